import { groupAt, walkGroups } from "@zarr-gateway/dataset";
import { respond } from "@zarr-gateway/http";
import { type DatasetEnv, type DatasetRoutes, datasetRoutes, described } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import type { Context } from "hono";
import { type DownloadServices, netcdfResource } from "./netcdf-resource.ts";

type DatasetContext = Context<DatasetEnv>;

const OPERATION = {
  summary: "The dataset, or one of its groups, as one NetCDF file (classic format, CDF-2 or CDF-5)",
  tags: ["data"],
  parameters: [
    {
      name: "group",
      in: "query",
      description: "Path of a group, `/` for the root; needed where a dataset has groups",
      schema: { type: "string" },
    },
  ],
  answers: { "application/x-netcdf": {} },
} as const;

export function downloadRoutes(services: DownloadServices): DatasetRoutes {
  const routes = datasetRoutes();
  routes.get(
    "/download.nc",
    described(OPERATION, (c: DatasetContext) => answerFile(c, services)),
  );
  return routes;
}

async function answerFile(c: DatasetContext, services: DownloadServices): Promise<Response> {
  const { dataset, datasetId } = c.var;
  const path = groupPath(c);
  const group = groupAt(dataset, path);
  if (group === undefined)
    throw new GatewayError("not_found", `Group '${path.join("/")}' not found in dataset '${datasetId}'`);
  const resource = netcdfResource({ dataset, group, scope: `${datasetId} /${path.join("/")}` }, services);
  const answer = await respond(c, resource);
  if (answer.ok)
    answer.headers.set("Content-Disposition", `attachment; filename="${fileName(datasetId, path)}"`);
  return answer;
}

/** A file holds one group: which of several, the client says. */
function groupPath(c: DatasetContext): readonly string[] {
  const asked = c.req.query("group");
  const { dataset } = c.var;
  if (asked !== undefined) return asked.split("/").filter((part) => part !== "");
  if (dataset.groups.size === 0) return [];
  const groups = [...walkGroups(dataset)]
    .filter(([, { variables }]) => variables.size > 0)
    .map(([path]) => `?group=/${path.join("/")}`);
  throw new GatewayError(
    "invalid_request",
    `a file holds one group, and this dataset has several: ask for ${groups.slice(0, 20).join(", ")}`,
  );
}

function fileName(id: string, path: readonly string[]): string {
  const name = [id, ...path].join("_").replaceAll(/[^A-Za-z0-9._-]+/g, "_");
  return `${name.slice(0, 120)}.nc`;
}
