import type { CallOptions } from "@zarr-gateway/primitives";
import type { Json } from "./json-value.ts";
import type { JobRecord } from "./record.ts";

/**
 * Output of the step named `run` of every job that makes files: read by the steps after it and by whoever serves results.
 * Plain JSON, so that any program can make one.
 */
export interface RunOutput {
  /** The attempt whose folder holds the files. */
  readonly attempt: number;
  /** What the workflow gave back or said about its results: summaries, forecast times. */
  readonly metadata: Json;
  /** Seconds of the run itself, without waiting. */
  readonly seconds: number;
  /** Versions, seeds, model hashes: what it takes to make the same again. */
  readonly provenance: Json;
}

/** One file of a result. `path` is relative to the folder of the results, with "/" between its parts. */
export interface ResultEntry {
  readonly path: string;
  readonly size: number;
  readonly mediaType: string;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** Of the whole file, as zip wants it. */
  readonly crc32: number;
}

/** Everything that a finished run left, sorted so that the main Zarr store comes first. */
export interface ResultManifest {
  readonly job: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly files: number;
  readonly bytes: number;
  /** A page of the entries. */
  readonly entries: readonly ResultEntry[];
}

/** Where results were copied to, as the `store` step gives it. */
export interface StoredResults {
  readonly storageType: "s3" | "azure" | "google";
  /** `s3://bucket/prefix`, `azure://container/prefix`, `gs://bucket/prefix`. */
  readonly remotePath: string;
  /** `https://…/prefix/*?token`: each file below it can be read with the same query until `expiresAt`. */
  readonly signedUrl?: string;
  readonly expiresAt?: number;
  /** Azure. */
  readonly account?: string;
  readonly blobUrl?: string;
}

/** A file to be sent, opened lazily: nothing is read before `read` or `stream` is called. */
export interface ResultFile {
  readonly path: string;
  readonly size: number;
  readonly mediaType: string;
  /** Strong validator without quotes; same value, same bytes. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
  /** True where the bytes that `read` gives belong to who asked: nobody else has them. */
  readonly givesExclusive?: boolean;
  /** At most a few MiB at once; larger pieces by `stream`. */
  read(range: FileRange, options?: CallOptions): Promise<Uint8Array>;
  stream(range?: FileRange, options?: CallOptions): ReadableStream<Uint8Array>;
}

export interface FileRange {
  readonly offset: number;
  readonly length: number;
}

export interface EntryRange {
  readonly offset: number;
  readonly limit: number;
}

/** What jobs left behind. Provided by the plugin `results` as service `jobs.results`. */
export interface JobResults {
  /** Undefined while there are none yet, and for jobs that make none. @throws GatewayError expired (410) when they were removed */
  manifest(job: JobRecord, page: EntryRange, options?: CallOptions): Promise<ResultManifest | undefined>;
  /**
   * Undefined: no such file. Also of a run that is not over: what the latest attempt has written so far.
   * @throws GatewayError forbidden for paths out of the folder, invalid_request for a folder, expired
   */
  file(job: JobRecord, path: string, options?: CallOptions): Promise<ResultFile | undefined>;
  /** Names directly below a folder, folders with a slash at the end; undefined: no such folder. */
  folder(job: JobRecord, path: string, options?: CallOptions): Promise<readonly string[] | undefined>;
  /** All files as one archive that is made while it is sent: stored, zip64 where it must, so that ranges work. `<root>/` stands before each name. */
  archive(job: JobRecord, root: string, options?: CallOptions): Promise<ResultFile | undefined>;
  stored(job: JobRecord): StoredResults | undefined;
  /** Ids of its datasets, the main one first; of a run that is not over those that can be opened so far. */
  datasets?(job: JobRecord): Promise<readonly string[]>;
  /** Removes all files of a job here and where they were stored; the record stays. */
  remove(job: JobRecord, options?: CallOptions): Promise<void>;
  /** Whether results were removed here of a job of which no record may be left: who reads on must not take them for missing. */
  isGone?(job: string): boolean;
  /** At set-up: is told each job whose results this process is about to remove, so that nothing made of them is given any more. */
  onRemoval?(tell: (job: string) => void): void;
}
