import {
  callOptionsOf,
  fileResource,
  jsonResource,
  notFoundResponse,
  respond,
  textBelowRoute,
} from "@zarr-gateway/http";
import type { EntryRange, JobRecord, JobResults } from "@zarr-gateway/jobs";
import { GatewayError } from "@zarr-gateway/primitives";
import type { Context } from "hono";
import type { FrontDoor } from "./front-door.ts";

const DEFAULT_ENTRIES = 1000;
const MAX_ENTRIES = 10_000;
const ARCHIVE = "archive.zip";

/** `…/results`: what a job left behind, a page of it. */
export async function answerManifest(c: Context, door: FrontDoor, job: JobRecord): Promise<Response> {
  const { results } = door;
  if (results === undefined) return notFoundResponse(c, "this server keeps no results of jobs");
  const query = new URL(c.req.url).searchParams;
  const range = { offset: numberOf(query, "offset", 0), limit: entriesOf(query) };
  const manifest = await results.manifest(job, range, callOptionsOf(c.req.raw));
  const self = `${door.host.baseUrl(c.req.raw)}/v1/jobs/${job.id}/results`;
  const stored = results.stored(job);
  if (manifest === undefined) {
    const files = await results.folder(job, "", callOptionsOf(c.req.raw));
    if (files === undefined) return notFoundResponse(c, "this job has no results, or none yet");
    return respond(c, jsonResource({ job: job.id, isComplete: false, names: files }));
  }
  return respond(
    c,
    jsonResource({
      job: job.id,
      isComplete: true,
      createdAt: new Date(manifest.createdAt).toISOString(),
      files: manifest.files,
      bytes: manifest.bytes,
      entries: manifest.entries.map((entry) => ({ ...entry, href: `${self}/${encodedPath(entry.path)}` })),
      ...(stored && { stored }),
      links: { archive: `${self}/${ARCHIVE}`, ...nextLink(self, range, manifest.files) },
    }),
  );
}

/** `…/results/{path}`: a file, the names of a folder, or all as `archive.zip`. */
export async function answerResult(c: Context, door: FrontDoor, job: JobRecord): Promise<Response> {
  const { results } = door;
  if (results === undefined) return notFoundResponse(c);
  const path = decodedPath(textBelowRoute(c));
  if (path === undefined) return notFoundResponse(c);
  const options = callOptionsOf(c.req.raw);
  if (path === ARCHIVE) {
    const archive = await results.archive(job, job.id, options);
    const headers = { "Content-Disposition": `attachment; filename="${job.id}.zip"` };
    return archive === undefined ? notFoundResponse(c) : respond(c, fileResource(archive, { headers }));
  }
  return (await answerFolder(c, { results, job, path })) ?? answerFile(c, { results, job, path });
}

interface Place {
  readonly results: JobResults;
  readonly job: JobRecord;
  readonly path: string;
}

async function answerFolder(c: Context, { results, job, path }: Place): Promise<Response | undefined> {
  const names = await results.folder(job, path.replace(/\/$/, ""), callOptionsOf(c.req.raw));
  return names === undefined ? undefined : respond(c, jsonResource({ path, names }));
}

async function answerFile(c: Context, { results, job, path }: Place): Promise<Response> {
  if (path.endsWith("/")) return notFoundResponse(c);
  const file = await results.file(job, path, callOptionsOf(c.req.raw));
  return file === undefined ? notFoundResponse(c) : respond(c, fileResource(file));
}

/** undefined: percent-encoding that means nothing. */
function decodedPath(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}

export function encodedPath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

function entriesOf(query: URLSearchParams): number {
  const limit = numberOf(query, "limit", DEFAULT_ENTRIES);
  if (limit === 0) throw new GatewayError("invalid_request", "limit: expected a number from 1; got 0");
  return Math.min(MAX_ENTRIES, limit);
}

function numberOf(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  if (!/^\d{1,9}$/.test(text))
    throw new GatewayError("invalid_request", `${name}: expected a number such as 100`);
  return Number(text);
}

function nextLink(self: string, { offset, limit }: EntryRange, files: number): { readonly next?: string } {
  const next = offset + limit;
  return next < files ? { next: `${self}?offset=${next}&limit=${limit}` } : {};
}
