import { coordinateNames, type Dataset, type Variable } from "@zarr-gateway/dataset";
import { htmlResource, jsonResource, respond, textResource } from "@zarr-gateway/http";
import { type DatasetEnv, type DatasetRoutes, datasetRoutes, described } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import type { Context } from "hono";
import { arrayCsv, arrayJsonText } from "./array-texts.ts";
import { readArray } from "./derived-array.ts";
import { groupbyPage } from "./groupby-page.ts";
import type { DiagnosticsServices, GroupbyRequest } from "./groupby-request.ts";
import { datasetPath, viewId, viewName } from "./view-id.ts";

export type DatasetContext = Context<DatasetEnv>;

const ACTIONS = ["mean", "min", "max", "count", "first", "last", "sum", "std", "var", "median"];
const FORMATS = ["html", "json", "csv", "nc", "zarr"];

const OPERATION = {
  summary:
    "A variable grouped by a coordinate or a part of its dates (`time.month`), and each group made one value",
  tags: ["diagnostics"],
  parameters: [
    { name: "variable", in: "path", description: "Name of a variable of the root group", required: true },
    { name: "coordinate", in: "path", description: "`time.month`, `time.season`, `lat`, …", required: true },
    {
      name: "action",
      in: "path",
      description: "What becomes of a group",
      required: true,
      schema: { type: "string", enum: ACTIONS },
    },
    {
      name: "format",
      in: "query",
      description: "`html` unless told",
      schema: { type: "string", enum: FORMATS },
    },
  ],
  answers: { "text/html": {}, "application/json": {}, "text/csv": {}, "application/x-netcdf": {} },
} as const;

/** `P/groupby/{variable}/{coordinate}/{action}`: the path and the complaints of cloudify, the values of xarray. */
export function groupbyRoutes(services: DiagnosticsServices): DatasetRoutes {
  const routes = datasetRoutes();
  routes.get(
    "/groupby/:variable/:coordinate/:action",
    described(OPERATION, (c: DatasetContext) => answerGroupby(c, services)),
  );
  return routes;
}

async function answerGroupby(c: DatasetContext, services: DiagnosticsServices): Promise<Response> {
  const { host, maxValues } = services;
  const request = groupbyRequest(c);
  const format = formatOf(c.req.query("format"), FORMATS);
  const base = host.baseUrl(c.req.raw);
  if (format === "zarr") return c.redirect(`${base}/${datasetPath(request.view)}.zarr/`, 303);
  if (format === "nc") return c.redirect(`${base}/${datasetPath(request.view)}/download.nc`, 303);
  const { signal } = c.req.raw;
  const lease = await host.datasets.lease(request.view, { signal });
  try {
    const result = lease.dataset;
    const variable = variableOf(result, request.variable);
    const options = etagOf(result, format);
    if (format === "html") {
      const page = await groupbyPage({ request, result, variable, root: rootOf(c, 5), services, signal });
      return await respond(c, htmlResource(page));
    }
    const array = await readArray(result, variable, { maxValues, signal });
    if (format === "json") return await respond(c, jsonResource(arrayJsonText(array), options));
    return await respond(
      c,
      textResource(arrayCsv(array), { ...options, contentType: "text/csv; charset=utf-8" }),
    );
  } finally {
    lease.release();
  }
}

/** In the order and the words of cloudify. */
function groupbyRequest(c: DatasetContext): GroupbyRequest {
  const { dataset, datasetId } = c.var;
  const { variable = "", coordinate = "", action = "" } = c.req.param();
  if (!dataset.variables.has(variable)) throw notFound(`Variable '${variable}' not found in dataset`);
  const [name = ""] = coordinate.split(".");
  const isDimension = [...dataset.variables.values()].some(
    ({ dims }) => dims.includes(name) || dims.includes(coordinate),
  );
  const isKnown = isDimension || [name, coordinate].some((own) => coordinateNames(dataset).has(own));
  if (!isKnown) throw notFound(`Groupby coordinate '${coordinate}' not found in dataset`);
  if (!ACTIONS.includes(action)) throw notFound(`Groupby action '${action}' not recognized`);
  const view = viewId(datasetId, [
    `vars(${viewName(variable)})`,
    `groupby(${viewName(coordinate)},${action})`,
  ]);
  return { variable, coordinate, action, view };
}

export function formatOf(asked: string | undefined, formats: readonly string[]): string {
  const format = asked ?? formats[0] ?? "html";
  if (formats.includes(format)) return format;
  throw new GatewayError(
    "invalid_request",
    `there is no format "${asked?.slice(0, 20)}", expected ${formats.join(", ")}`,
  );
}

export function variableOf(dataset: Dataset, name: string): Variable {
  const variable = dataset.variables.get(name);
  if (variable === undefined)
    throw new GatewayError("invalid_request", `"${name}" has no values that this could be made of`);
  return variable;
}

/** A validator where the version covers what is read. */
export function etagOf(
  { version, versionCoversChunks }: Dataset,
  format: string,
): { readonly etag?: string } {
  return version === undefined || versionCoversChunks !== true
    ? {}
    : { etag: `${version}-diagnostics-${format}` };
}

/** From a page so many segments below the root to the root. */
export function rootOf(c: DatasetContext, depth: number): string {
  return "../".repeat(depth + (c.req.path.endsWith("/") ? 1 : 0));
}

function notFound(message: string): GatewayError {
  return new GatewayError("not_found", message);
}
