import type { Dataset } from "@zarr-gateway/dataset";
import { htmlResource, jsonResource, respond } from "@zarr-gateway/http";
import {
  type DatasetEnv,
  type DatasetRoutes,
  datasetRoutes,
  described,
  type OperationParameter,
} from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import type { Context } from "hono";
import { decodedGroupAt, dictDocument, groupsDocument, infoDocument, keysDocument } from "./documents.ts";
import { treePage } from "./tree.ts";
import { MAX_VERSIONS, versionsDocument } from "./versions.ts";

type DatasetContext = Context<DatasetEnv>;
type DocumentName = "keys" | "dict" | "info";

const DOCUMENTS = { keys: keysDocument, dict: dictDocument, info: infoDocument } as const;
const SUMMARIES: Readonly<Record<DocumentName, string>> = {
  keys: "Names of the variables, coordinates included",
  dict: "Schema without data, as xarray's Dataset.to_dict(data=False)",
  info: "Dimensions, variables and attributes after CF decoding",
};
const DATASET_ID: OperationParameter = { name: "dataset_id", in: "path", description: "Id of the dataset" };
const GROUP_PATH: OperationParameter = {
  name: "group_path",
  in: "path",
  description: "Path of the group, slashes included",
};
const LIMIT: OperationParameter = {
  name: "limit",
  in: "query",
  description: "Versions at most",
  required: false,
  schema: { type: "integer", minimum: 1, maximum: MAX_VERSIONS, default: 100 },
};
const JSON_ANSWER = { "application/json": {} } as const;

/** Xpublish's documents about a dataset and its groups. */
export function infoRoutes(): DatasetRoutes {
  const routes = datasetRoutes();
  const answers = (
    summary: string,
    parameters: readonly OperationParameter[],
    media: object = JSON_ANSWER,
  ) => ({
    summary,
    tags: ["info"],
    parameters,
    answers: media as Readonly<Record<string, Readonly<Record<string, unknown>>>>, // media types without a schema
  });
  for (const name of Object.keys(DOCUMENTS) as DocumentName[]) {
    routes.get(
      `/${name}`,
      described(answers(SUMMARIES[name], [DATASET_ID]), (c: DatasetContext) => document(c, [], name)),
    );
  }
  routes.get(
    "/groups",
    described(answers("Paths of all groups", [DATASET_ID]), (c: DatasetContext) =>
      respond(c, jsonResource(groupsDocument(c.var.dataset), validator(c, "groups"))),
    ),
  );
  routes.get(
    "/tree",
    described(answers("The whole tree of groups", [DATASET_ID], { "text/html": {} }), (c: DatasetContext) =>
      tree(c, []),
    ),
  );
  routes.get(
    "/versions",
    described(
      answers("History of a source that keeps one (Icechunk), newest first", [DATASET_ID, LIMIT]),
      versions,
    ),
  );
  routes.get(
    "/groups/*",
    described(
      answers(
        "One group: HTML, or with /keys, /dict or /info at the end the same documents as of the dataset",
        [DATASET_ID, GROUP_PATH],
      ),
      groupDocument,
    ),
  );
  return routes;
}

function groupDocument(c: DatasetContext): Response | Promise<Response> {
  const below = c.req.path.split("/groups/").slice(1).join("/groups/");
  const path = below
    .split("/")
    .filter((part) => part !== "")
    .map(decodeURIComponent);
  const last = path.at(-1);
  if (last === "keys" || last === "dict" || last === "info") return document(c, path.slice(0, -1), last);
  return tree(c, path);
}

function document(
  c: DatasetContext,
  path: readonly string[],
  name: DocumentName,
): Response | Promise<Response> {
  const group = decodedGroupAt(c.var.dataset, path);
  if (!group) throw groupNotFound(c, path);
  return respond(c, jsonResource(DOCUMENTS[name](group), validator(c, `${name}/${path.join("/")}`)));
}

function tree(c: DatasetContext, path: readonly string[]): Response | Promise<Response> {
  if (!decodedGroupAt(c.var.dataset, path)) throw groupNotFound(c, path);
  const page = treePage(c.var.dataset, `${c.var.datasetId}/${path.join("/")}`, path);
  return respond(c, htmlResource(page, validator(c, `tree/${path.join("/")}`)));
}

/** No validator from the dataset's version: branches and tags move without it. */
async function versions(c: DatasetContext): Promise<Response> {
  const options = { signal: c.req.raw.signal };
  return respond(c, jsonResource(await versionsDocument(c.var.dataset, c.req.query("limit"), options)));
}

/** Xpublish's own words, which its clients compare. */
function groupNotFound(c: DatasetContext, path: readonly string[]): GatewayError {
  return new GatewayError("not_found", `Group '${path.join("/")}' not found in dataset '${c.var.datasetId}'`);
}

/** Documents change with the dataset only. */
function validator(c: DatasetContext, what: string): { readonly etag?: string } {
  const { version }: Dataset = c.var.dataset;
  return version === undefined ? {} : { etag: `${version}-info-${Buffer.from(what).toString("base64url")}` };
}
