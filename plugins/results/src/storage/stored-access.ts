import type { JobRecord, StoredResults } from "@zarr-gateway/jobs";
import { STORE_STEP, stepNamed } from "../job-run.ts";
import { type CloudFrontSigner, cloudFrontUrl } from "./cloudfront.ts";
import type { PrefixTokens } from "./prefix-token.ts";
import { storeOutput } from "./store-step.ts";

export interface StoredAccessOptions {
  readonly tokens: PrefixTokens;
  readonly cloudFront: CloudFrontSigner | undefined;
  /** Of this server; without it nobody can be sent here. */
  readonly publicUrl: string | undefined;
  readonly now: () => number;
  /** Milliseconds that a link holds at most; as long as the results where it is absent. */
  readonly linkLifetimeMs?: number | undefined;
}

/** Links that were signed lately: RSA takes a millisecond, and lists ask for each job again. */
const MAX_LINKS = 1000;

/**
 * Where results were copied to, with a link that holds for every file below it as long as they are kept: of the store itself,
 * of CloudFront, or of this server, which hands out the same files.
 */
export function storedAccess(options: StoredAccessOptions): (job: JobRecord) => StoredResults | undefined {
  const links = new Map<string, string>();
  return (job) => {
    const parsed = storeOutput.safeParse(stepNamed(job, STORE_STEP)?.output);
    if (!parsed.success) return undefined;
    const { storageType, remotePath, location, account, blobUrl, signedUrl } = parsed.data;
    const expiresAt = parsed.data.expiresAt ?? linkUntil(job, options.now(), options.linkLifetimeMs);
    const key = `${job.id} ${expiresAt}`;
    const link = signedUrl ?? links.get(key) ?? signed(job, { storageType, location, expiresAt }, options);
    if (link !== undefined && signedUrl === undefined) links.set(key, link);
    const [oldest] = links.size > MAX_LINKS ? links.keys() : [];
    if (oldest !== undefined) links.delete(oldest);
    return {
      storageType,
      remotePath,
      ...(link !== undefined && { signedUrl: link, expiresAt }),
      ...(account !== undefined && { account }),
      ...(blobUrl !== undefined && { blobUrl }),
    };
  };
}

/** Of a job that goes on: whole hours, so that its link stays the same for a while. */
export function keptUntil(job: JobRecord, now: number): number {
  if (job.endedAt !== undefined) return job.endedAt + job.retentionMs;
  return Math.ceil((now + job.retentionMs) / 3_600_000) * 3_600_000;
}

/** A link stays the same for a quarter of its life, and never holds longer than that life. */
export function linkUntil(job: JobRecord, now: number, lifetimeMs: number | undefined): number {
  const kept = keptUntil(job, now);
  if (lifetimeMs === undefined) return kept;
  const step = Math.max(1, Math.floor(lifetimeMs / 4));
  return Math.min(kept, Math.floor((now + lifetimeMs) / step) * step);
}

interface Stored {
  readonly storageType: StoredResults["storageType"];
  readonly location: string;
  readonly expiresAt: number;
}

function signed(
  job: JobRecord,
  { storageType, location, expiresAt }: Stored,
  { tokens, cloudFront, publicUrl }: StoredAccessOptions,
): string | undefined {
  if (storageType === "s3" && cloudFront !== undefined)
    return cloudFrontUrl(cloudFront, new URL(location).pathname.replace(/^\//, ""), expiresAt);
  if (publicUrl === undefined) return undefined;
  return `${publicUrl}/v1/results/${job.id}/*?token=${tokens.create(job.id, expiresAt)}`;
}
