import { chunkIndexOf, parseZarrKey, type ZarrKey } from "@zarr-gateway/codecs";
import { type Dataset, isInsideGrid } from "@zarr-gateway/dataset";
import {
  listingResource,
  notFoundResponse,
  type Resource,
  respond,
  textBelowRoute,
} from "@zarr-gateway/http";
import { type DatasetEnv, type DatasetRoutes, datasetRoutes, described } from "@zarr-gateway/plugin";
import type { Context } from "hono";
import { type RawServices, rawChunk } from "./raw-chunk.ts";
import { createRawDataset, type RawDataset } from "./raw-dataset.ts";
import { answerReferences, type ReferenceServices } from "./references-document.ts";

type DatasetContext = Context<DatasetEnv>;

const OPERATION = {
  summary: "A key of the Zarr v2 store of the stored chunks, byte for byte",
  tags: ["zarr"],
  parameters: [
    { name: "path", in: "path", description: "Key in the store: `.zmetadata`, `tas/0.1`", required: true },
  ],
  answers: { "application/json": {}, "application/octet-stream": {}, "text/html": {} },
} as const;

const REFERENCES_OPERATION = {
  summary: "kerchunk references: the metadata, and where the stored chunks are handed out",
  tags: ["zarr"],
  parameters: [
    {
      name: "targets",
      in: "query",
      description:
        "`gateway` (default): the chunks' addresses here; `source`: where they lie, if others may read there",
      schema: { type: "string", enum: ["gateway", "source"] },
    },
  ],
  answers: { "application/json": {} },
} as const;

/**
 * The dataset as a Zarr v2 store of its stored chunks, byte for byte, with the source's own codecs, and as a kerchunk
 * reference set.
 */
export function referencesRoutes(services: ReferenceServices): DatasetRoutes {
  const stores = new WeakMap<Dataset, RawDataset>();
  const storeOf = (dataset: Dataset): RawDataset => {
    const store = stores.get(dataset) ?? createRawDataset(dataset);
    stores.set(dataset, store);
    return store;
  };
  const answer = described(OPERATION, (c: DatasetContext) => answerKey(c, storeOf(c.var.dataset), services));
  const routes = datasetRoutes();
  routes.get("/kerchunk", answer);
  routes.get("/kerchunk/*", answer);
  routes.get(
    "/references.json",
    described(REFERENCES_OPERATION, (c: DatasetContext) => {
      const { refusal } = storeOf(c.var.dataset);
      return refusal === undefined ? answerReferences(c, services) : notFoundResponse(c, refusal);
    }),
  );
  return routes;
}

function answerKey(
  c: DatasetContext,
  store: RawDataset,
  services: RawServices,
): Response | Promise<Response> {
  if (store.refusal !== undefined) return notFoundResponse(c, store.refusal);
  let reason = "there is no such key in this Zarr store";
  for (const key of parseZarrKey(textBelowRoute(c), ["v2"])) {
    const found = resourceOf(c, key, store, services);
    if (typeof found === "object") return respond(c, found);
    reason = found ?? reason;
  }
  return notFoundResponse(c, reason);
}

/** The resource, or a sentence why the variable has none. */
function resourceOf(
  c: DatasetContext,
  key: ZarrKey,
  store: RawDataset,
  services: RawServices,
): Resource | string | undefined {
  const raw = store.variable(key.path);
  if (typeof raw === "string") return `/${key.path.join("/")} is not published here: ${raw}`;
  if (key.kind === "document") return store.document(key.path, key.name);
  if (key.kind === "node") {
    const listing = store.listing(key.path);
    return listing && listingResource(c, listing);
  }
  if (!raw) return undefined;
  const { grid } = raw.description.encoding;
  const index = chunkIndexOf(key.index, "v2", grid.shape.length);
  if (!isInsideGrid(grid, index)) return undefined;
  const { dataset, datasetId } = c.var;
  const scope = `${datasetId}/${key.path.join("/")}`;
  const { version } = dataset;
  return rawChunk({ raw, index, scope, version, cacheControl: store.cacheControl }, services);
}
