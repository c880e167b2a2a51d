import {
  callOptionsOf,
  createAnswer,
  formatDate,
  formatTag,
  ifRangeHolds,
  type Resource,
  respond,
  scopeOf,
} from "@zarr-gateway/http";
import type { JobRecord, ResultFile } from "@zarr-gateway/jobs";
import { type CallOptions, isGatewayError } from "@zarr-gateway/primitives";
import type { Context } from "hono";
import { severalRanges } from "./byte-ranges.ts";
import { executionStatus } from "./execution-status.ts";
import { findExecution } from "./find-execution.ts";
import { archiveName } from "./manifest-text.ts";
import { explained, type Refusal, refuse } from "./refusal.ts";
import { answerParts } from "./result-parts.ts";
import type { ServeServices } from "./serve-services.ts";
import { strictRange } from "./strict-range.ts";

/** A file, and the name under which a browser keeps it. */
interface Download {
  readonly file: ResultFile;
  readonly name: string;
}

interface Answered extends Download {
  /** Whether the job is still known to be what it was. */
  readonly isCurrent: () => boolean;
}

/** `GET /v1/infer/{workflow}/{execution}/results/{path}`. */
export async function answerResultFile(c: Context, services: ServeServices): Promise<Response> {
  const isStrict = services.options.strict;
  const options = callOptionsOf(c.req.raw, scopeOf(c));
  const asked = { workflow: c.req.param("workflow") ?? "", id: c.req.param("execution") ?? "" };
  const known = await findExecution({ ...asked, unknownStatus: 404 }, services, options);
  if ("refusal" in known)
    return refuse(c, !isStrict && services.jobs.hasLeft(asked.id) ? expired(asked) : known.refusal, isStrict);
  const job = known.found;
  const unavailable = notAvailable(job, isStrict);
  if (unavailable !== undefined) return refuse(c, unavailable, isStrict);
  const found = await download(job, c.req.param("path") ?? "", services, options);
  if ("refusal" in found) return refuse(c, found.refusal, isStrict);
  return answerFile(c, { ...found, isCurrent: () => services.jobs.isCurrent(job) }, isStrict);
}

/**
 * Results that were removed are gone, not missing: who has a store open would read 404 as fill values.
 * Upstream has 404 for all of them.
 */
function notAvailable(job: JobRecord, isStrict: boolean): Refusal | undefined {
  const status = executionStatus(job);
  if (status === "completed") return undefined;
  if (status === "expired" && !isStrict) return expired(job);
  return explained(404, "Results not available", `Workflow execution ${job.id} is ${status}`);
}

function expired({ id }: Pick<JobRecord, "id">): Refusal {
  return explained(410, "Results expired", `Results for workflow execution ${id} have expired`);
}

async function download(
  job: JobRecord,
  asked: string,
  services: ServeServices,
  options: CallOptions,
): Promise<Download | { readonly refusal: Refusal }> {
  const { results, options: settings } = services;
  const whole = archiveName(job);
  if (asked === whole) {
    const file = settings.zip || !settings.strict ? await results.archive(job, job.id, options) : undefined;
    if (file !== undefined)
      return { file, name: settings.strict ? whole : `${job.definition}_${job.id}.zip` };
    const details = `No zip file associated with execution ${job.id}`;
    return { refusal: explained(404, "Zip file not found", details) };
  }
  const path = asked.startsWith(`${job.id}/`) ? asked.slice(job.id.length + 1) : asked;
  // the folder itself is asked by its name or by nothing; upstream takes its bare name for a file's
  const isFolder = path === "" || (path === job.id && !settings.strict);
  try {
    const file = await results.file(job, isFolder ? "." : path, options);
    if (file !== undefined) return { file, name: path.slice(path.lastIndexOf("/") + 1) };
  } catch (error) {
    const refusal = isGatewayError(error) ? fileRefusal(error.code, path, job) : undefined;
    if (refusal === undefined) throw error;
    return { refusal };
  }
  return { refusal: explained(404, "File not found", `The file '${path}' does not exist in the results`) };
}

function fileRefusal(code: string, path: string, job: JobRecord): Refusal | undefined {
  if (code === "forbidden")
    return explained(403, "Access denied", "The requested file path is not within the results directory");
  if (code === "invalid_request") return explained(400, "Not a file", `'${path}' is not a file`);
  return code === "expired" ? expired(job) : undefined;
}

async function answerFile(c: Context, answered: Answered, isStrict: boolean): Promise<Response> {
  const { file, name } = answered;
  const headers = { "Content-Disposition": attachment(name) };
  const range = c.req.method === "GET" ? c.req.header("range") : undefined;
  if (isStrict && range !== undefined) return strictAnswer(c, file, { range, headers });
  const several = severalAnswer(c, file, range, headers);
  if (several !== undefined) return several;
  const answer = await respond(c, fileResource(answered, headers));
  return answer.status === 416 ? refuse(c, outside(range ?? "", file.size), isStrict) : answer;
}

/** Ranges as upstream has them, which knows no conditions either. */
function strictAnswer(
  c: Context,
  file: ResultFile,
  { range, headers }: { readonly range: string; readonly headers: Readonly<Record<string, string>> },
): Response {
  const asked = strictRange(range, file.size);
  switch (asked.kind) {
    case "failed":
      return refuse(c, explained(500, "Failed to retrieve file", asked.details), true);
    case "unsatisfiable":
      return refuse(c, unsatisfiable(asked.details, asked.tellsSize ? file.size : undefined), true);
    case "part": {
      const all = { ...headers, ...validators(file) };
      const options = callOptionsOf(c.req.raw, scopeOf(c));
      return answerParts(c, { file, parts: [asked.part], headers: all }, options);
    }
  }
}

/** Without a size where upstream does not tell it. */
function unsatisfiable(details: string, size: number | undefined): Refusal {
  const error = "Range Not Satisfiable";
  const headers = size === undefined ? {} : { "Content-Range": `bytes */${size}` };
  return { status: 416, detail: { error, details }, error, details, headers };
}

function outside(range: string, size: number): Refusal {
  const asked = range.replace(/^\s*bytes=/i, "");
  return unsatisfiable(`Requested range ${asked} is invalid for file size ${size}`, size);
}

/** What a plain answer cannot say: several ranges, and any range of an empty file. Undefined: it can. */
function severalAnswer(
  c: Context,
  file: ResultFile,
  range: string | undefined,
  headers: Readonly<Record<string, string>>,
): Response | undefined {
  if (range === undefined || !isUnconditional(c, file)) return undefined;
  const all = { ...headers, ...validators(file) };
  if (file.size === 0) {
    const empty = { ...all, "Content-Type": file.mediaType, "Content-Length": "0" };
    return createAnswer(scopeOf(c), 200, empty, new Uint8Array());
  }
  const asked = severalRanges(range, file.size);
  if (asked.kind === "unsatisfiable") return refuse(c, outside(range, file.size), false);
  if (asked.kind !== "parts") return undefined;
  return answerParts(c, { file, parts: asked.parts, headers: all }, callOptionsOf(c.req.raw, scopeOf(c)));
}

const CONDITIONS = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"] as const;

/** Whether the range counts as it stands: conditions are evaluated first, and elsewhere (RFC 9110 §13.2.2). */
function isUnconditional(c: Context, file: ResultFile): boolean {
  if (CONDITIONS.some((name) => c.req.header(name) !== undefined)) return false;
  const ifRange = c.req.header("if-range");
  return ifRange === undefined || ifRangeHolds(ifRange, file.version, file.modifiedAt);
}

function validators({ version, modifiedAt }: ResultFile): Record<string, string> {
  return { ETag: formatTag(version), "Last-Modified": formatDate(modifiedAt), "Accept-Ranges": "bytes" };
}

/** Never compressed: chunks are, and a ranged answer must not be. */
function fileResource({ file, isCurrent }: Answered, headers: Readonly<Record<string, string>>): Resource {
  const { size, version, modifiedAt, givesExclusive = false } = file;
  return {
    contentType: file.mediaType,
    cacheControl: "no-cache",
    headers,
    shareable: true,
    isCurrent,
    givesExclusive,
    stat: () => ({ size, etag: version, modifiedAt }),
    read: (range, options) => file.read(range ?? { offset: 0, length: size }, options),
  };
}

/** RFC 6266: a name that every system can keep, and the real one where it differs. */
function attachment(name: string): string {
  const plain = name.replaceAll(/[^\x20-\x7e]|["\\]/g, "_");
  const real = plain === name ? "" : `; filename*=UTF-8''${encodeURIComponent(name).replaceAll("'", "%27")}`;
  return `attachment; filename="${plain}"${real}`;
}
