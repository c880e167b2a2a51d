import { callOptionsOf, jsonResource, respond } from "@zarr-gateway/http";
import { type DatasetEnv, type DatasetRoutes, datasetRoutes, described } from "@zarr-gateway/plugin";
import type { Context } from "hono";
import { type CatalogService, GEOJSON_TYPE } from "./catalog-service.ts";

const DATASET_ID = { name: "dataset_id", in: "path", description: "Id of the dataset" } as const;

/** `P/stac`. */
export function itemRoutes(service: CatalogService): DatasetRoutes {
  const routes = datasetRoutes();
  routes.get(
    "/stac",
    described(
      {
        summary: "The dataset as a STAC item",
        tags: ["stac"],
        parameters: [DATASET_ID],
        answers: { [GEOJSON_TYPE]: {} },
      },
      (c: Context<DatasetEnv>) => itemAnswer(c, service),
    ),
  );
  return routes;
}

export async function itemAnswer(c: Context<DatasetEnv>, service: CatalogService): Promise<Response> {
  const { datasetId, dataset } = c.var;
  const context = service.contextOf(c.req.raw);
  const { text, etag } = await service.writer.ofDataset(
    datasetId,
    dataset,
    context,
    callOptionsOf(c.req.raw),
  );
  return respond(c, jsonResource(text, { etag, contentType: GEOJSON_TYPE }));
}
