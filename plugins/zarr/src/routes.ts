import { type DocumentName, parseZarrKey, type ZarrFormat, type ZarrKey } from "@zarr-gateway/codecs";
import type { Variable } from "@zarr-gateway/dataset";
import {
  listingResource,
  notFoundResponse,
  type Resource,
  rawPath,
  respond,
  textBelowRoute,
} from "@zarr-gateway/http";
import { type DatasetEnv, type DatasetRoutes, datasetRoutes, described } from "@zarr-gateway/plugin";
import type { Context, Next } from "hono";
import { documentResource } from "./documents.ts";
import { listNode } from "./listing.ts";
import type { Publisher } from "./publisher.ts";

type DatasetContext = Context<DatasetEnv>;

/** What one store answers. */
interface Store {
  /** Keys of chunks, the store's own format first. */
  readonly formats: readonly ZarrFormat[];
  readonly groupDocuments: readonly DocumentName[];
  readonly arrayDocuments: readonly DocumentName[];
  /** Documents that are not named in listings. */
  readonly unlisted: readonly DocumentName[];
}

/**
 * Zarr v3, for older clients also v2's consolidated metadata and chunk keys. `.zgroup` and `.zarray` are absent,
 * because zarr-python warns where it finds both formats.
 */
const STORE_V3: Store = {
  formats: ["v3", "v2"],
  groupDocuments: ["zarr.json"],
  arrayDocuments: ["zarr.json"],
  unlisted: [".zmetadata"],
};
const STORE_V2: Store = {
  formats: ["v2"],
  groupDocuments: [".zgroup", ".zattrs", ".zmetadata"],
  arrayDocuments: [".zarray", ".zattrs"],
  unlisted: [],
};

/** The stores of one dataset, and its keys as a part of the whole server's hierarchy. */
export function datasetKeyRoutes(publisher: Publisher): DatasetRoutes {
  const routes = datasetRoutes();
  for (const [prefix, store, name] of [
    ["/zarr", STORE_V3, "Zarr v3"],
    ["/zarr2", STORE_V2, "Zarr v2"],
  ] as const) {
    const answer = described(storeOperation(name), (c: DatasetContext) => answerKey(c, publisher, store));
    routes.get(prefix, answer);
    routes.get(`${prefix}/*`, answer);
  }
  routes.get(
    TREE_ROUTE,
    described(TREE_OPERATION, (c: DatasetContext, next: Next) => answerTreeKey(c, next, publisher)),
  );
  return routes;
}

const KEY = {
  name: "path",
  in: "path",
  description: "Key in the store: `zarr.json`, `tas/c/0/1`, `group/tas/`",
  required: true,
} as const;

function storeOperation(name: string) {
  return {
    summary: `A key of the dataset as a ${name} store: metadata, a chunk, or the listing of a folder`,
    tags: ["zarr"],
    parameters: [KEY],
    answers: { "application/json": {}, "application/octet-stream": {}, "text/html": {} },
  } as const;
}

function answerKey(c: DatasetContext, publisher: Publisher, store: Store): Response | Promise<Response> {
  for (const key of parseZarrKey(textBelowRoute(c), store.formats)) {
    const resource =
      key.kind === "node" ? listing(c, key.path, publisher, store) : keyResource(c, key, publisher, store);
    if (resource) return respond(c, resource);
  }
  return notFoundResponse(c, "there is no such key in this Zarr store");
}

function keyResource(
  c: DatasetContext,
  key: Exclude<ZarrKey, { kind: "node" }>,
  publisher: Publisher,
  store: Store,
): Resource | undefined {
  const publication = publisher.publication(c.var.dataset);
  if (key.kind === "chunk") return publication.chunk(key.format, key.path, key.index, c.var.datasetId);
  const allowed = [...store.groupDocuments, ...store.arrayDocuments, ...store.unlisted];
  if (!allowed.includes(key.name)) return undefined;
  const document = publication.document(key.path, key.name);
  return document && documentResource(document, publication.cacheControl);
}

function listing(
  c: DatasetContext,
  path: readonly string[],
  publisher: Publisher,
  { formats, groupDocuments: group, arrayDocuments: array }: Store,
): Resource | undefined {
  const publication = publisher.publication(c.var.dataset);
  const isPublished = (variable: Variable, name: string): boolean =>
    formats[0] !== undefined && publication.describe(formats[0])(variable, name) !== undefined;
  const found = listNode(c.var.dataset, path, { group, array, isPublished });
  return found && listingResource(c, found);
}

const TREE_ROUTE = "/:name/*";
const TREE_OPERATION = {
  summary: "Keys of the whole server as one tree",
  description:
    "What a client that opened `/datasets/zarr.json` or `/datasets/.zmetadata` asks for: documents and chunks below " +
    "the group that is named by the dataset's id.",
  tags: ["zarr"],
  parameters: [
    { name: "name", in: "path", description: "A group or variable of the dataset", required: true },
    { ...KEY, description: "Key below it: `zarr.json`, `c/0/1`, `0.1`" },
  ],
  answers: { "application/json": {}, "application/octet-stream": {} },
} as const;

/** `/datasets/{id}/tas/c/0`: what a client of `/datasets/zarr.json` asks for. Anything else is another plugin's. */
const TREE_KEY = /\/(?:zarr\.json|\.zmetadata|c(?:\/\d+)*|\d+(?:\.\d+)*)$/;

async function answerTreeKey(
  c: DatasetContext,
  next: Next,
  publisher: Publisher,
): Promise<Response | undefined> {
  if (TREE_KEY.test(rawPath(c.req.raw.url))) {
    for (const key of parseZarrKey(textBelowRoute(c, 1), STORE_V3.formats)) {
      const resource = key.kind === "node" ? undefined : keyResource(c, key, publisher, STORE_V3);
      if (resource) return respond(c, resource);
    }
  }
  await next();
  return undefined;
}
