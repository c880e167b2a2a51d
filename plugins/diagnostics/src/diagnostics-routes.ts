import { htmlResource, jsonResource, type Resource, respond, textResource } from "@zarr-gateway/http";
import { type DatasetRoutes, datasetRoutes, described } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import { arrayJsonText } from "./array-texts.ts";
import { chartSvg } from "./chart.ts";
import { type DerivedArray, readArray } from "./derived-array.ts";
import { type Diagnostic, diagnosticsOf } from "./diagnostics.ts";
import { diagnosticsPage } from "./diagnostics-page.ts";
import type { DiagnosticsServices } from "./groupby-request.ts";
import { type DatasetContext, etagOf, formatOf, rootOf, variableOf } from "./groupby-routes.ts";
import { histogramOf } from "./histogram.ts";
import { statisticsOf } from "./statistics.ts";
import { datasetPath, viewId } from "./view-id.ts";

const VARIABLE = {
  name: "variable",
  in: "path",
  description: "Name of a variable of the root group",
  required: true,
} as const;
const PAGE_OPERATION = {
  summary: "Diagnostics of a variable: time series, climatology, zonal mean, trend, histogram, statistics",
  tags: ["diagnostics"],
  parameters: [
    VARIABLE,
    {
      name: "format",
      in: "query",
      description: "`html` unless told",
      schema: { type: "string", enum: ["html", "json"] },
    },
  ],
  answers: { "text/html": {}, "application/json": {} },
} as const;
const ONE_OPERATION = {
  summary: "One diagnostic as JSON, or as a picture (`timeseries.json`, `trend.png`, `histogram.svg`)",
  tags: ["diagnostics"],
  parameters: [
    VARIABLE,
    {
      name: "file",
      in: "path",
      description: "Name and `.json`, of views `.png`, of the histogram `.svg`",
      required: true,
    },
  ],
  answers: { "application/json": {}, "image/png": {}, "image/svg+xml": {} },
} as const;

/** `P/diagnostics/{variable}` and below. */
export function diagnosticsRoutes(services: DiagnosticsServices): DatasetRoutes {
  const routes = datasetRoutes();
  routes.get(
    "/diagnostics/:variable",
    described(PAGE_OPERATION, (c: DatasetContext) => answerAll(c, services)),
  );
  routes.get(
    "/diagnostics/:variable/:file",
    described(ONE_OPERATION, (c: DatasetContext) => answerOne(c, services)),
  );
  return routes;
}

interface Asked {
  readonly name: string;
  readonly diagnostics: readonly Diagnostic[];
}

function askedFor(c: DatasetContext): Asked {
  const name = c.req.param("variable") ?? "";
  const variable = c.var.dataset.variables.get(name);
  if (variable === undefined) throw new GatewayError("not_found", `Variable '${name}' not found in dataset`);
  return { name, diagnostics: diagnosticsOf(c.var.dataset, variable) };
}

async function answerAll(c: DatasetContext, services: DiagnosticsServices): Promise<Response> {
  const { name, diagnostics } = askedFor(c);
  const format = formatOf(c.req.query("format"), ["html", "json"]);
  const { dataset, datasetId } = c.var;
  if (format === "html") {
    const plugins = new Set(services.host.plugins().map((plugin) => plugin.name));
    const options = { id: datasetId, dataset, name, diagnostics, root: rootOf(c, 3), plugins };
    return respond(c, htmlResource(diagnosticsPage(options)));
  }
  const base = services.host.baseUrl(c.req.raw);
  const list = diagnostics.map(({ name: own, title, steps, kind }) => ({
    name: own,
    title,
    json: `${base}/${datasetPath(datasetId)}/diagnostics/${encodeURIComponent(name)}/${own}.json`,
    ...(kind === "view" && {
      view: viewId(datasetId, steps),
      zarr: `${base}/${datasetPath(viewId(datasetId, steps))}.zarr`,
    }),
  }));
  return respond(c, jsonResource({ dataset: datasetId, variable: name, diagnostics: list }));
}

async function answerOne(c: DatasetContext, services: DiagnosticsServices): Promise<Response> {
  const { name, diagnostics } = askedFor(c);
  const [, own = "", format = ""] = /^(.+)\.(json|png|svg)$/.exec(c.req.param("file") ?? "") ?? [];
  const diagnostic = diagnostics.find((one) => one.name === own);
  if (diagnostic === undefined) {
    const choices = diagnostics.map((one) => `${one.name}.json`).join(", ");
    throw new GatewayError(
      "not_found",
      `there is no such diagnostic of '${name}'; there are ${choices} and, of views, .png`,
    );
  }
  const view = viewId(c.var.datasetId, diagnostic.steps);
  if (format === "png") {
    if (diagnostic.kind !== "view") throw new GatewayError("not_found", `'${own}' is numbers, not a picture`);
    const base = services.host.baseUrl(c.req.raw);
    return c.redirect(
      `${base}/${datasetPath(view)}/plot/${encodeURIComponent(name)}.png${new URL(c.req.url).search}`,
      303,
    );
  }
  if (format === "svg" && diagnostic.kind !== "histogram")
    throw new GatewayError("not_found", `'${own}' has no line to draw here; views have .png`);
  return answerNumbers(c, { name, diagnostic, view, format }, services);
}

interface One {
  readonly name: string;
  readonly diagnostic: Diagnostic;
  readonly view: string;
  readonly format: string;
}

/** Readable on light and on dark ground. */
const INK = "#78838f";

function svgOf(array: DerivedArray, validator: { readonly etag?: string }): Resource {
  const drawn = chartSvg(array, INK);
  if (drawn === undefined) throw new GatewayError("not_found", "there is nothing to draw");
  const tag = validator.etag === undefined ? {} : { etag: `${validator.etag}-svg` };
  return textResource(drawn.text, { ...tag, contentType: "image/svg+xml" });
}

async function answerNumbers(
  c: DatasetContext,
  { name, diagnostic, view, format }: One,
  services: DiagnosticsServices,
): Promise<Response> {
  const { signal } = c.req.raw;
  const { datasets } = services.host;
  const validator = etagOf(c.var.dataset, `${diagnostic.name}-${Buffer.from(name).toString("base64url")}`);
  const read = async (id: string): Promise<DerivedArray> => {
    const lease = await datasets.lease(id, { signal });
    try {
      return await readArray(lease.dataset, variableOf(lease.dataset, name), {
        maxValues: services.maxValues,
        signal,
      });
    } finally {
      lease.release();
    }
  };
  const wanted = { id: c.var.datasetId, name, dataset: c.var.dataset, read };
  switch (diagnostic.kind) {
    case "view": {
      const array = await read(view);
      return respond(c, jsonResource(arrayJsonText(array), validator));
    }
    case "statistics":
      return respond(c, jsonResource(await statisticsOf(wanted), validator));
    case "histogram": {
      const histogram = await histogramOf(wanted, { signal });
      return format === "svg"
        ? respond(c, svgOf(histogram, validator))
        : respond(c, jsonResource(arrayJsonText(histogram), validator));
    }
    default:
      return diagnostic.kind satisfies never;
  }
}
