import {
  callOptionsOf,
  fileResource,
  notFoundResponse,
  respond,
  type SentFile,
  scopeOf,
  textBelowRoute,
} from "@zarr-gateway/http";
import type { JobEngine, JobRecord, JobResults } from "@zarr-gateway/jobs";
import { described, type Operation } from "@zarr-gateway/plugin";
import { type CallOptions, GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import { openStore } from "@zarr-gateway/stores";
import { type Context, Hono } from "hono";
import { STORE_STEP, stepNamed } from "../job-run.ts";
import { mediaTypeOf } from "../manifest/media-type.ts";
import type { PrefixTokens } from "./prefix-token.ts";
import type { RemoteStores } from "./remote-copies.ts";
import { storeOutput } from "./store-step.ts";

export interface SignedRoutesOptions {
  readonly engine: Pick<JobEngine, "get">;
  readonly results: Pick<JobResults, "file">;
  readonly tokens: PrefixTokens;
  readonly stores: RemoteStores;
  readonly now: () => number;
}

const OPERATION: Operation = {
  summary: "A file of a job's results, by a link that holds until a time",
  description: "The same query opens every file of the job: readers of Zarr put it behind each key.",
  tags: ["results"],
  parameters: [
    { name: "job", in: "path", description: "id of a job", required: true, schema: { type: "string" } },
    {
      name: "token",
      in: "query",
      description: "what signs the link",
      required: true,
      schema: { type: "string" },
    },
  ],
  answers: { "application/octet-stream": {} },
};

/** `GET /v1/results/{job}/{path}?token=…`: from this disk, or from where the results were stored. */
export function signedRoutes(options: SignedRoutesOptions): Hono {
  const routes = new Hono();
  routes.get(
    "/v1/results/:job/*",
    described(OPERATION, (c) => answerSigned(c, options)),
  );
  return routes;
}

async function answerSigned(c: Context, options: SignedRoutesOptions): Promise<Response> {
  const id = c.req.param("job") ?? "";
  options.tokens.assert(id, c.req.query("token"), options.now());
  const call = callOptionsOf(c.req.raw, scopeOf(c));
  const job = await options.engine.get(id, call);
  if (job === undefined) throw new GatewayError("expired", `there is no job "${id}" any more`);
  const path = decoded(textBelowRoute(c));
  const file = await fileOf(job, path, { ...options, call });
  return file === undefined ? notFoundResponse(c) : respond(c, fileResource(file));
}

type Finding = SignedRoutesOptions & { readonly call: CallOptions };

/** What is gone here may still lie where it was stored: a machine may have a disk of its own. */
async function fileOf(job: JobRecord, path: string, finding: Finding): Promise<SentFile | undefined> {
  const { results, call } = finding;
  try {
    return await results.file(job, path, call);
  } catch (error) {
    const isGoneHere = isGatewayError(error) && error.code === "expired" && job.expiredAt === undefined;
    if (!isGoneHere) throw error;
    return (await storedFile(job, path, finding)) ?? Promise.reject(error);
  }
}

async function storedFile(
  job: JobRecord,
  path: string,
  { stores, call }: Finding,
): Promise<SentFile | undefined> {
  const stored = storeOutput.safeParse(stepNamed(job, STORE_STEP)?.output).data;
  if (stored === undefined) return undefined;
  const location = new URL(stored.location);
  const store = openStore(location, { allow: [location], ...stores });
  const stat = await store.stat(path, call);
  if (stat === undefined) return undefined;
  const { size, version = String(size), etag, modifiedAt = 0 } = stat;
  return {
    size,
    version: version.replaceAll('"', ""),
    modifiedAt,
    mediaType: mediaTypeOf(path),
    async read(range, options) {
      const bytes = await store.get(path, {
        ...options,
        range,
        ...(etag !== undefined && { ifMatch: etag }),
      });
      if (bytes === undefined) throw new GatewayError("upstream", `"${path}" of the results is gone`);
      return bytes;
    },
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new GatewayError("invalid_request", "the path is not percent-encoded UTF-8", {}, error);
  }
}
