import { jsonResource, notFoundResponse, respond, respondGathered } from "@zarr-gateway/http";
import {
  admittedBatches,
  BatchTexts,
  type DatasetEnv,
  type DatasetRoutes,
  type DescribedDataset,
  type Descriptions,
  datasetRoutes,
  described,
  type Host,
  structuredData,
} from "@zarr-gateway/plugin";
import { type Context, Hono } from "hono";
import {
  type CatalogTexts,
  type ListForm,
  type ListOptions,
  listPieces,
  type WrittenBatch,
} from "./catalog-texts.ts";
import { dcatCatalog } from "./dcat/dcat-catalog.ts";
import { esmCollection } from "./esm/esm-collection.ts";
import { esmTable } from "./esm/esm-table.ts";
import { gridlookCatalog } from "./gridlook/gridlook-catalog.ts";
import { gridlookIndex } from "./gridlook/gridlook-index.ts";
import { threddsCatalog } from "./thredds/thredds-catalog.ts";

export interface DialectServices {
  readonly host: Host;
  readonly descriptions: Descriptions;
  readonly texts: CatalogTexts;
}

interface ListRoute {
  readonly path: string;
  readonly summary: string;
  readonly contentType: string;
  readonly form: ListForm;
}

const LISTS: readonly ListRoute[] = [
  {
    path: "/gridlook.json",
    summary: "All datasets that have a place on Earth, for Gridlook",
    contentType: "application/json",
    form: gridlookCatalog,
  },
  {
    path: "/catalog.jsonld",
    summary: "All datasets as a DCAT-AP catalog",
    contentType: "application/ld+json",
    form: dcatCatalog,
  },
  {
    path: "/catalog.xml",
    summary: "All datasets as a THREDDS client catalog",
    contentType: "application/xml; charset=utf-8",
    form: threddsCatalog,
  },
  {
    path: "/esm-collection.csv",
    summary: "All variables of all datasets, the table of /esm-collection.json",
    contentType: "text/csv; charset=utf-8",
    form: esmTable,
  },
];

export function dialectRoutes(services: DialectServices): Hono {
  const { host, descriptions } = services;
  const routes = new Hono();
  const texts = new BatchTexts(host.cache, "dialects");
  for (const { path, summary, contentType, form } of LISTS) {
    const operation = { summary, tags: ["catalogs"], answers: { [mediaTypeOf(contentType)]: {} } };
    const answer = (c: Context): Promise<Response> => {
      const options = listOptions(c, services);
      const written: WrittenBatch = (batch, write) => texts.of(batch, `${path} ${options.base}`, write);
      const batches = admittedBatches(host, descriptions, c.req.raw);
      return respondGathered(c, contentType, listPieces(batches, form, { options, written }));
    };
    routes.get(path, described(operation, answer));
  }
  const operation = {
    summary: "All datasets as a collection of intake-esm",
    tags: ["catalogs"],
    answers: { "application/json": {} },
  };
  const collection = (c: Context): Promise<Response> =>
    respond(c, jsonResource(esmCollection(listOptions(c, services))));
  routes.get("/esm-collection.json", described(operation, collection));
  return routes;
}

/** Below a dataset: `croissant.json` and `gridlook.json`. */
export function datasetDialectRoutes(services: DialectServices): DatasetRoutes {
  const routes = datasetRoutes();
  const get = (
    path: string,
    summary: string,
    contentType: string,
    write: (described: DescribedDataset, base: string) => object | undefined,
  ): void => {
    const operation = { summary, tags: ["catalogs"], answers: { [contentType]: {} } };
    const answer = async (c: Context<DatasetEnv>): Promise<Response> => {
      const { datasetId, dataset } = c.var;
      const known = await services.descriptions.of(datasetId, dataset, { signal: c.req.raw.signal });
      const document = write(known, services.host.baseUrl(c.req.raw));
      return document === undefined
        ? notFoundResponse(c, "this dataset has no variable that can be drawn")
        : respond(c, jsonResource(document, { contentType }));
    };
    routes.get(path, described(operation, answer));
  };
  const croissant = {
    summary: "The dataset as schema.org and Croissant describe it",
    tags: ["catalogs"],
    answers: { [JSON_LD]: {} },
  };
  routes.get(
    "/croissant.json",
    described(croissant, (c: Context<DatasetEnv>) => croissantAnswer(c, services)),
  );
  get("/gridlook.json", "What Gridlook draws of the dataset", "application/json", gridlookIndex);
  return routes;
}

export const JSON_LD = "application/ld+json";

/** `P/croissant.json`, and `P` for who asks for JSON-LD. */
export async function croissantAnswer(
  c: Context<DatasetEnv>,
  { descriptions, host }: DialectServices,
): Promise<Response> {
  const { datasetId, dataset } = c.var;
  const known = await descriptions.of(datasetId, dataset, { signal: c.req.raw.signal });
  const url = `${host.baseUrl(c.req.raw)}/datasets/${encodeURIComponent(datasetId)}`;
  return respond(c, jsonResource(structuredData(known, url), { contentType: JSON_LD }));
}

function listOptions({ req }: Context, { host, texts }: DialectServices): ListOptions {
  return { ...texts, base: host.baseUrl(req.raw) };
}

function mediaTypeOf(contentType: string): string {
  return contentType.split(";")[0] ?? contentType;
}
