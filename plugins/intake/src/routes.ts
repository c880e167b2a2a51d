import { respond, respondGathered, textResource } from "@zarr-gateway/http";
import {
  admittedBatches,
  BatchTexts,
  type DatasetEnv,
  type DatasetRoutes,
  type Descriptions,
  datasetRoutes,
  described,
  type Host,
} from "@zarr-gateway/plugin";
import { type Context, Hono } from "hono";
import {
  type Batches,
  type CatalogOptions,
  datasetCatalog,
  flatCatalog,
  type ListOptions,
  nestedCatalog,
  type Pieces,
  versionTwoCatalog,
} from "./catalogs.ts";
import type { Method } from "./methods.ts";

const YAML = "text/yaml; charset=utf-8";

export interface IntakeServices {
  readonly host: Host;
  readonly descriptions: Descriptions;
  readonly form: "flat" | "nested";
  readonly method: Method;
}

type Write = (batches: Batches, options: ListOptions) => Pieces;

export function intakeRoutes(services: IntakeServices): Hono {
  const routes = new Hono();
  const texts = new BatchTexts(services.host.cache, "intake");
  const get = (path: string, summary: string, write: Write): void => {
    const operation = { summary, tags: ["catalogs"], answers: { "text/yaml": {} } };
    routes.get(
      path,
      described(operation, (c: Context) => {
        const { host, descriptions } = services;
        const batches = admittedBatches(host, descriptions, c.req.raw);
        return respondGathered(c, YAML, write(batches, { ...optionsOf(c, services, path), texts }));
      }),
    );
  };
  const usual = services.form === "nested" ? nestedCatalog : flatCatalog;
  get("/intake.yaml", "All datasets as an Intake catalog, version 1", usual);
  get("/intake-nested.yaml", "All datasets as an Intake catalog of catalogs, version 1", nestedCatalog);
  get("/intake2.yaml", "All datasets as an Intake catalog, version 2", versionTwoCatalog);
  return routes;
}

/** `P/catalog.yaml`. */
export function datasetIntakeRoutes(services: IntakeServices): DatasetRoutes {
  const routes = datasetRoutes();
  const operation = {
    summary: "The dataset as an Intake catalog, version 1",
    tags: ["catalogs"],
    answers: { "text/yaml": {} },
  };
  const answer = async (c: Context<DatasetEnv>): Promise<Response> => {
    const { datasetId, dataset } = c.var;
    const known = await services.descriptions.of(datasetId, dataset, { signal: c.req.raw.signal });
    const path = `/datasets/${encodeURIComponent(datasetId)}/catalog.yaml`;
    const text = datasetCatalog(known, optionsOf(c, services, path));
    return respond(c, textResource(text, { contentType: YAML }));
  };
  routes.get("/catalog.yaml", described(operation, answer));
  return routes;
}

function optionsOf(
  { req }: { readonly req: { readonly raw: Request } },
  { host, method }: IntakeServices,
  path: string,
): CatalogOptions {
  const base = host.baseUrl(req.raw);
  const plugins = new Set(host.plugins().map(({ name }) => name));
  return { base, accessUrl: `${base}${path}`, plugins, preferred: method };
}
