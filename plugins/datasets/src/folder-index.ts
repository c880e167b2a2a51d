import type { Log } from "@zarr-gateway/plugin";
import {
  type CallOptions,
  type GatewayError,
  isGatewayError,
  messageOf,
  SingleFlight,
} from "@zarr-gateway/primitives";
import { locationBelow } from "@zarr-gateway/stores";
import { type AssignedIds, assignIds, type FoundDataset, type IdCandidate } from "./dataset-id.ts";
import { type LocationScanner, type Scanned, scanAgainAfterMs } from "./location-scanner.ts";
import { ReferenceFiles } from "./reference-files.ts";

/** A folder of this machine or in a bucket, whose datasets are all published. */
export interface PublishedFolder {
  readonly location: URL;
  readonly template: string;
  readonly isMatch?: (path: string) => boolean;
  readonly mayHold?: (folder: string) => boolean;
  /** False: scanned once. */
  readonly watch: boolean;
}

/** A dataset of a folder, with what may be read to open it. */
export interface FolderDataset extends IdCandidate {
  readonly folder: PublishedFolder;
}

export interface FolderIndexOptions {
  readonly folders: readonly PublishedFolder[];
  readonly scan: LocationScanner;
  /** Ids of configured datasets: theirs in any case. */
  readonly reserved: ReadonlySet<string>;
  /** Real paths that links may lead into, besides the folder itself. */
  readonly allow: readonly string[];
  readonly checkEveryMs: number;
  readonly log: Log;
  readonly now?: () => number;
}

interface FolderState {
  found: readonly FoundDataset[];
  scannedAt: number | undefined;
  /** From `scannedAt`. */
  validMs: number;
  failure: GatewayError | undefined;
  /** JSON documents of a bucket that were looked into. */
  readonly documents: Map<string, boolean>;
}

/** After a bucket could not be listed: attempts with growing waits went before. */
const RETRY_LISTING_MS = 10_000;

/**
 * What lies in the published folders, by id. Scanned when somebody asks, at most every `checkEveryMs`, and buckets, where
 * listing costs money, once in a minute or less; a folder that cannot be read keeps what it had.
 */
export class FolderIndex {
  readonly #options: FolderIndexOptions;
  readonly #states = new Map<PublishedFolder, FolderState>();
  readonly #scans = new SingleFlight<string, void>();
  readonly #references = new ReferenceFiles();
  readonly #now: () => number;
  #assigned: AssignedIds<FolderDataset> = { byId: new Map(), problems: [] };
  #told = new Set<string>();

  constructor(options: FolderIndexOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    for (const folder of options.folders) {
      const documents = new Map<string, boolean>();
      this.#states.set(folder, {
        found: [],
        scannedAt: undefined,
        validMs: 0,
        failure: undefined,
        documents,
      });
    }
  }

  /** What is known without looking. */
  get byId(): ReadonlyMap<string, FolderDataset> {
    return this.#assigned.byId;
  }

  /** The first folder that could not be read when last asked. */
  get failure(): GatewayError | undefined {
    for (const { failure } of this.#states.values()) if (failure !== undefined) return failure;
    return undefined;
  }

  /** Looks again at folders whose last scan is too old; with `force` at all that are watched, buckets at most every `checkEveryMs`. */
  async refresh(options: CallOptions & { readonly force?: boolean } = {}): Promise<void> {
    const due = [...this.#states].filter(([folder, state]) =>
      this.#isDue(folder, state, options.force === true),
    );
    if (due.length === 0) return;
    // one flight for all who ask: the scan goes on for the others when one of them leaves
    await this.#scans.run("scan", (call) => this.#scan(due, call), options);
  }

  #isDue(folder: PublishedFolder, state: FolderState, isForced: boolean): boolean {
    const { scannedAt, validMs, failure } = state;
    if (scannedAt === undefined) return true;
    if (!folder.watch && failure === undefined) return false;
    const forcedMs = isLocal(folder) ? 0 : this.#options.checkEveryMs;
    return this.#now() - scannedAt >= (isForced ? Math.min(forcedMs, validMs) : validMs);
  }

  async #scan(due: readonly (readonly [PublishedFolder, FolderState])[], call: CallOptions): Promise<void> {
    const changes = await Promise.all(due.map(([folder, state]) => this.#rescan(folder, state, call)));
    if (changes.includes(true)) this.#assign();
  }

  /** @returns true where it holds other datasets than before */
  async #rescan(folder: PublishedFolder, state: FolderState, call: CallOptions): Promise<boolean> {
    const { checkEveryMs } = this.#options;
    try {
      const scanned = await this.#scanFolder(folder, state, call);
      const isChanged = !isSame(scanned.found, state.found);
      state.found = scanned.found;
      state.scannedAt = this.#now();
      state.failure = undefined;
      state.validMs = scanAgainAfterMs(scanned, checkEveryMs);
      return isChanged;
    } catch (error) {
      if (!isGatewayError(error)) throw error;
      state.failure = error;
      state.scannedAt = this.#now();
      state.validMs = isLocal(folder) ? checkEveryMs : Math.max(checkEveryMs, RETRY_LISTING_MS);
      this.#tell(`${messageOf(error)}; its datasets stay as they were`, error.cause);
      return false;
    }
  }

  #scanFolder(
    folder: PublishedFolder,
    { documents }: FolderState,
    { signal }: CallOptions,
  ): Promise<Scanned> {
    const { isMatch, mayHold } = folder;
    return this.#options.scan(folder.location, {
      ...(isMatch && { isMatch }),
      ...(mayHold && { mayHold }),
      allow: this.#options.allow,
      references: this.#references,
      documents,
      signal,
      onProblem: ({ path, cause }) => this.#tell(`"${path}" is left out: it cannot be read`, cause),
    });
  }

  #assign(): void {
    const candidates = [...this.#states].flatMap(([folder, { found }]) =>
      found.map((item) => ({ found: item, template: folder.template, folder })),
    );
    this.#assigned = assignIds(candidates, this.#options.reserved);
    for (const problem of this.#assigned.problems) this.#tell(problem);
  }

  /** Once: scans repeat every few seconds. */
  #tell(message: string, cause?: unknown): void {
    if (this.#told.has(message)) return;
    if (this.#told.size > 10_000) this.#told = new Set();
    this.#told.add(message);
    this.#options.log.warn(cause === undefined ? {} : { cause: messageOf(cause) }, message);
  }
}

/** Where a dataset of a folder lies. */
export function locationOf({ folder, found }: FolderDataset): URL {
  return found.isRoot === true
    ? locationBelow(folder.location, "")
    : locationBelow(folder.location, found.path);
}

function isLocal({ location }: PublishedFolder): boolean {
  return location.protocol === "file:";
}

function isSame(a: readonly FoundDataset[], b: readonly FoundDataset[]): boolean {
  return a.length === b.length && a.every((found, position) => found.path === b[position]?.path);
}
