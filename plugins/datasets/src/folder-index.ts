import { pathToFileURL } from "node:url";
import type { Log } from "@zarr-gateway/plugin";
import {
  type CallOptions,
  type GatewayError,
  isGatewayError,
  messageOf,
  SingleFlight,
} from "@zarr-gateway/primitives";
import { type AssignedIds, assignIds, type FoundDataset, type IdCandidate } from "./dataset-id.ts";
import { ReferenceFiles } from "./reference-files.ts";
import { scanFolder } from "./scan-folder.ts";

/** A local folder whose datasets are all published. */
export interface PublishedFolder {
  readonly root: string;
  readonly template: string;
  readonly isMatch?: (path: string) => boolean;
  /** False: scanned once. */
  readonly watch: boolean;
}

/** A dataset of a folder, with what may be read to open it. */
export interface FolderDataset extends IdCandidate {
  readonly folder: PublishedFolder;
}

export interface FolderIndexOptions {
  readonly folders: readonly PublishedFolder[];
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
  failure: GatewayError | undefined;
}

/**
 * What lies in the published folders, by id. Scanned when somebody asks, at most every `checkEveryMs`; a folder that
 * cannot be read keeps what it had.
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
      this.#states.set(folder, { found: [], scannedAt: undefined, failure: undefined });
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

  /** Looks again at folders that were last scanned more than `checkEveryMs` ago; at all that are watched with `force`. */
  async refresh(options: CallOptions & { readonly force?: boolean } = {}): Promise<void> {
    const due = [...this.#states].filter(([folder, state]) =>
      this.#isDue(folder, state, options.force === true),
    );
    if (due.length === 0) return;
    // one flight for all who ask: the scan goes on for the others when one of them leaves
    await this.#scans.run("scan", (call) => this.#scan(due, call), options);
  }

  #isDue(folder: PublishedFolder, { scannedAt, failure }: FolderState, isForced: boolean): boolean {
    if (scannedAt === undefined) return true;
    const mayChange = folder.watch || failure !== undefined;
    return mayChange && (isForced || this.#now() - scannedAt >= this.#options.checkEveryMs);
  }

  async #scan(due: readonly (readonly [PublishedFolder, FolderState])[], call: CallOptions): Promise<void> {
    let isChanged = false;
    for (const [folder, state] of due) {
      try {
        const found = await this.#scanFolder(folder, call);
        isChanged ||= !isSame(found, state.found);
        state.found = found;
        state.failure = undefined;
      } catch (error) {
        if (!isGatewayError(error)) throw error;
        state.failure = error;
        this.#tell(`${messageOf(error)}; its datasets stay as they were`, error.cause);
      }
      state.scannedAt = this.#now();
    }
    if (isChanged) this.#assign();
  }

  #scanFolder(folder: PublishedFolder, { signal }: CallOptions): Promise<FoundDataset[]> {
    return scanFolder(folder.root, {
      ...(folder.isMatch && { isMatch: folder.isMatch }),
      allow: this.#options.allow,
      references: this.#references,
      signal,
      onProblem: ({ path, cause }) =>
        this.#tell(`the folder "${path}" is left out: it cannot be read`, cause),
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
  const root = pathToFileURL(folder.root.endsWith("/") ? folder.root : `${folder.root}/`);
  if (found.isRoot === true) return root;
  return new URL(`${root.href}${found.path.split("/").map(encodeURIComponent).join("/")}`);
}

function isSame(a: readonly FoundDataset[], b: readonly FoundDataset[]): boolean {
  return a.length === b.length && a.every((found, position) => found.path === b[position]?.path);
}
