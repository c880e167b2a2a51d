import type { ModelInterface } from "@zarr-gateway/dataset";
import { jsonResource, respond } from "@zarr-gateway/http";
import { type DatasetRoutes, datasetRoutes, described } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";

/** `P/model`: what the model reads and writes that makes a dataset. */
export function modelRoute(modelOf: (id: string) => ModelInterface | undefined): DatasetRoutes {
  const routes = datasetRoutes();
  routes.get(
    "/model",
    described(
      {
        summary: "What the model reads and writes that makes the dataset: networks, tensors, version",
        tags: ["info"],
        parameters: [{ name: "dataset_id", in: "path", description: "Id of a forecast or a map" }],
        answers: { "application/json": {} },
      },
      (c) => {
        const id = c.var.datasetId;
        const model = modelOf(id);
        if (model === undefined) throw new GatewayError("not_found", `no model makes the dataset "${id}"`);
        return respond(c, jsonResource(model));
      },
    ),
  );
  return routes;
}
