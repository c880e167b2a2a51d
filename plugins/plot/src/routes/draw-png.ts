import type { PictureDrawing } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import { dimensionsOf } from "../field/choose-dimensions.ts";
import { findVariable } from "../field/scope.ts";
import { parseRequest } from "../request/parse-request.ts";
import { type PictureServices, pictureResource } from "./picture-resource.ts";

/** Pictures as those of the routes, for who is no client. */
export function pictureDrawing(services: PictureServices): PictureDrawing {
  return {
    async png(dataset, { variable, query = "" }, options = {}) {
      const found = findVariable(dataset, variable.split("/"));
      const bytes =
        found === undefined || found.rest.length > 0
          ? undefined
          : await pictureResource(
              { dataset, found, request: parseRequest(new URLSearchParams(query), "png", namesOf(found)) },
              services,
            ).read(undefined, options);
      if (bytes === undefined)
        throw new GatewayError("not_found", `there is no variable "${variable}" to draw`);
      return bytes;
    },
  };
}

function namesOf(found: Parameters<typeof dimensionsOf>[0]): string[] {
  return dimensionsOf(found).map(({ name }) => name);
}
