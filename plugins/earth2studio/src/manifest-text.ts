import type { JobRecord, ResultEntry, StoredResults } from "@zarr-gateway/jobs";
import { catalogEntry } from "./catalog-entry.ts";
import { executionParameters } from "./execution-metadata.ts";
import { runFacts } from "./run-facts.ts";
import { timestampOrNull } from "./timestamp.ts";

export interface ManifestFacts {
  readonly job: JobRecord;
  readonly stored: StoredResults | undefined;
  /** Bytes of the archive, where the list names it. */
  readonly archiveBytes: number | undefined;
  readonly isStrict: boolean;
}

/** Name under which all files can be had as one archive. */
export function archiveName({ definition, id }: JobRecord): string {
  return `${definition}:${id}`;
}

/**
 * The manifest as text in pieces, since a result may have a file for each chunk. Paths begin with the execution's id;
 * the entries keep their order, the main Zarr store first.
 */
export async function* manifestPieces(
  facts: ManifestFacts,
  pages: AsyncIterable<readonly ResultEntry[]>,
): AsyncGenerator<string> {
  const { job, archiveBytes, isStrict } = facts;
  const head = JSON.stringify(headOf(facts));
  yield `${head.slice(0, -1)},"output_files":[`;
  let between = "";
  for await (const entries of pages)
    for (const entry of entries) {
      yield between + entryText(job.id, entry, isStrict);
      between = ",";
    }
  if (archiveBytes !== undefined)
    yield between + JSON.stringify({ path: archiveName(job), size: archiveBytes });
  const tail = JSON.stringify({ ...storageOf(facts), ...catalogEntry(job), workflow_name: job.definition });
  yield `],${tail.slice(1)}`;
}

function headOf({ job, archiveBytes, isStrict }: ManifestFacts): object {
  const { seconds, metadata } = runFacts(job);
  const ended = timestampOrNull(job.endedAt);
  return {
    request_id: job.id,
    status: isStrict ? "pending_results" : "completed",
    completion_time: isStrict ? null : ended,
    execution_time_seconds: seconds ?? null,
    created_at: timestampOrNull(job.createdAt),
    peak_memory_usage: metadata["peak_memory_usage"] ?? null,
    device: metadata["device"] ?? null,
    // the one time that upstream writes with a Z
    zip_created_at: archiveBytes === undefined && !isStrict ? null : (ended?.replace("+00:00", "Z") ?? null),
    // of upstream's workflows only those that keep them in what they say of themselves have them here
    parameters: isStrict && isTold(metadata) ? (metadata["parameters"] ?? null) : executionParameters(job),
  };
}

function isTold(metadata: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(metadata).length > 0;
}

function entryText(id: string, { path, size, sha256, mediaType }: ResultEntry, isStrict: boolean): string {
  const known = { path: `${id}/${path}`, size };
  return JSON.stringify(isStrict ? known : { ...known, sha256, media_type: mediaType });
}

/**
 * The client knows `server` and `s3`, and reads whatever store stands behind a signed prefix as the latter. Without one
 * it is sent to this server, which has the files too.
 */
function storageOf({ stored, isStrict }: ManifestFacts): Readonly<Record<string, unknown>> {
  if (stored === undefined) return { storage_type: "server" };
  const { storageType, remotePath, signedUrl, account, blobUrl } = stored;
  const readable = signedUrl === undefined ? "server" : "s3";
  return {
    storage_type: isStrict ? storageType : readable,
    ...(!isStrict && { stored_as: storageType }),
    ...(signedUrl !== undefined && { signed_url: signedUrl }),
    remote_path: remotePath,
    ...(account !== undefined && { azure_account_name: account }),
    ...(blobUrl !== undefined && { blob_url: blobUrl }),
  };
}
