import { fileURLToPath } from "node:url";
import { type CallOptions, GatewayError, SingleFlight } from "@zarr-gateway/primitives";
import { locationName, type OpenStoreOptions, openStore } from "@zarr-gateway/stores";
import type { FoundDataset } from "./dataset-id.ts";
import type { ReferenceFiles } from "./reference-files.ts";
import { scanFolder } from "./scan-folder.ts";
import { scanStore } from "./scan-store.ts";

export interface LocationScan extends CallOptions {
  readonly isMatch?: (path: string) => boolean;
  readonly mayHold?: (folder: string) => boolean;
  /** Real paths of this machine that links may lead into, besides the folder itself. */
  readonly allow?: readonly string[];
  /** What is known of JSON documents from earlier scans: of files, and of each folder in a bucket. */
  readonly references?: ReferenceFiles;
  readonly documents?: Map<string, boolean>;
  readonly onProblem?: (problem: { readonly path: string; readonly cause: unknown }) => void;
}

export interface Scanned {
  readonly found: readonly FoundDataset[];
  /** Requests it took, which the owner of a bucket pays for; 0 for a folder of this machine. */
  readonly listings: number;
}

/** Finds the datasets below a folder of this machine or in a bucket. */
export type LocationScanner = (folder: URL, scan: LocationScan) => Promise<Scanned>;

/** Listings of buckets are made anew after a minute at the earliest, and take a request a second at most. */
const LIST_EVERY_MS = 60_000;
const MS_A_LISTING = 1000;
/** Of folders in buckets whose files are combined. */
const MAX_REMEMBERED = 256;

/** How long what a scan found is believed. */
export function scanAgainAfterMs({ listings }: Pick<Scanned, "listings">, checkEveryMs: number): number {
  return listings === 0 ? checkEveryMs : Math.max(LIST_EVERY_MS, checkEveryMs, listings * MS_A_LISTING);
}

/** @param stores what opens buckets; each may be listed below the folder only */
export function locationScanner(stores: Omit<OpenStoreOptions, "allow">): LocationScanner {
  return async (folder, scan) => {
    if (folder.protocol === "file:")
      return { found: await scanFolder(fileURLToPath(folder), scan), listings: 0 };
    const { isMatch, mayHold, documents, onProblem, signal } = scan;
    const store = openStore(folder, { ...stores, allow: [folder] });
    try {
      if (store.list === undefined) throw unlisted(folder);
      return await scanStore(store, {
        name: locationName(folder),
        ...(isMatch && { isMatch }),
        ...(mayHold && { mayHold }),
        ...(documents && { references: documents }),
        ...(onProblem && { onProblem }),
        signal,
      });
    } finally {
      await store.close?.();
    }
  };
}

/** The same scanner that lists each folder of a bucket only so often, however often it is asked. */
export function rememberedScans(
  scan: LocationScanner,
  { checkEveryMs, now = Date.now }: { readonly checkEveryMs: number; readonly now?: () => number },
): (folder: URL, match: string | undefined, scan: LocationScan) => Promise<Scanned> {
  const known = new Map<string, { readonly scanned: Scanned; readonly until: number }>();
  const flights = new SingleFlight<string, Scanned>();
  return async (folder, match, options) => {
    if (folder.protocol === "file:") return scan(folder, options);
    const key = `${folder.href}\n${match ?? ""}`;
    const last = known.get(key);
    if (last !== undefined && now() < last.until) return last.scanned;
    return flights.run(
      key,
      async (shared) => {
        const scanned = await scan(folder, { ...options, ...shared });
        known.delete(key);
        known.set(key, { scanned, until: now() + scanAgainAfterMs(scanned, checkEveryMs) });
        for (const [oldest] of known) {
          if (known.size <= MAX_REMEMBERED) break;
          known.delete(oldest);
        }
        return scanned;
      },
      options,
    );
  };
}

function unlisted(folder: URL): GatewayError {
  return new GatewayError(
    "unsupported",
    `a web server (${folder.host}) does not tell what lies in a folder: name each dataset under datasets`,
  );
}
