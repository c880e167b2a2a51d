import { type CallOptions, GatewayError, isGatewayError, mapConcurrently } from "@zarr-gateway/primitives";
import { looksLikeReferences, REFERENCES_HEAD_BYTES } from "@zarr-gateway/sources";
import type { ByteStore } from "@zarr-gateway/stores";
import type { FoundDataset } from "./dataset-id.ts";
import { FILE_EXTENSION, isMarker, isStoreFolder, ZARR_EXTENSION } from "./dataset-marks.ts";
import { REFERENCES_EXTENSION } from "./reference-files.ts";

export interface StoreScanOptions extends CallOptions {
  /** What the folder is called, in messages and where it is itself the dataset. */
  readonly name: string;
  /** Judges a dataset by its path below the folder; by extension where absent. */
  readonly isMatch?: (path: string) => boolean;
  /** False for folders that hold nothing that fits: they are not listed. */
  readonly mayHold?: (folder: string) => boolean;
  /** Which JSON documents are reference sets, from the last scan: replaced by what this one has seen. */
  readonly references?: Map<string, boolean>;
  readonly onProblem?: (problem: { readonly path: string; readonly cause: unknown }) => void;
  readonly limits?: Partial<ScanLimits>;
}

export interface ScanLimits {
  readonly maxDepth: number;
  /** Requests for a page of a listing, of a thousand names each. */
  readonly maxListings: number;
  readonly maxDatasets: number;
  /** JSON documents that are looked into. */
  readonly maxDocuments: number;
}

/** What a scan found, and what it cost. */
export interface StoreScan {
  readonly found: FoundDataset[];
  /** Requests for a page of a listing, about. */
  readonly listings: number;
}

const LIMITS: ScanLimits = { maxDepth: 32, maxListings: 5000, maxDatasets: 200_000, maxDocuments: 1000 };
/** Of S3, Google; Azure's are longer. */
const NAMES_A_PAGE = 1000;
const CONCURRENT_LISTINGS = 8;

/**
 * The datasets below the root of a store that lists, in order of their paths: the same as in a local folder. A Zarr store
 * or an Icechunk repository is one dataset, whose other names are not even listed.
 * @throws GatewayError upstream when the folder cannot be listed or exceeds a limit
 */
export function scanStore(store: ByteStore, options: StoreScanOptions): Promise<StoreScan> {
  return new StoreScanner(store, options).scan();
}

interface Listed {
  readonly folder: string;
  readonly isStore: boolean;
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

class StoreScanner {
  readonly #store: ByteStore;
  readonly #options: StoreScanOptions;
  readonly #limits: ScanLimits;
  readonly #found: FoundDataset[] = [];
  #listings = 0;
  #documents = new Map<string, boolean>();

  constructor(store: ByteStore, options: StoreScanOptions) {
    this.#store = store;
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
  }

  async scan(): Promise<StoreScan> {
    let level = [""];
    for (let depth = 0; level.length > 0; depth += 1) {
      if (depth > this.#limits.maxDepth) throw this.#tooMuch(`folders below ${this.#limits.maxDepth} others`);
      const listed = await mapConcurrently(level, CONCURRENT_LISTINGS, (folder) => this.#list(folder));
      if (depth === 0 && listed[0]?.isStore) {
        return {
          found: [{ path: this.#options.name, isFolder: true, isRoot: true }],
          listings: this.#listings,
        };
      }
      level = [];
      for (const one of listed) for (const folder of await this.#visit(one)) level.push(folder);
    }
    this.#keepDocuments();
    return {
      found: this.#found.sort((a, b) => (a.path < b.path ? -1 : 1)),
      listings: this.#listings,
    };
  }

  /** @returns the folders that have to be listed next */
  async #visit({ folder, isStore, files, folders }: Listed): Promise<string[]> {
    if (isStore) {
      this.#add({ path: folder, isFolder: true });
      return [];
    }
    const documents = files.filter((path) => !this.#isFile(path));
    for (const path of files) if (this.#isFile(path)) this.#add({ path, isFolder: false });
    const areSets = await mapConcurrently(documents, CONCURRENT_LISTINGS, (path) => this.#isSet(path));
    for (const [position, path] of documents.entries())
      if (areSets[position]) this.#add({ path, isFolder: false });
    for (const path of folders) if (ZARR_EXTENSION.test(path)) this.#add({ path, isFolder: true });
    return folders.filter((path) => !ZARR_EXTENSION.test(path) && (this.#options.mayHold?.(path) ?? true));
  }

  async #list(folder: string): Promise<Listed> {
    const { signal, onProblem } = this.#options;
    try {
      return await this.#listNames(folder);
    } catch (cause) {
      signal?.throwIfAborted();
      if (folder === "") throw unlistable(this.#options.name, cause);
      // refused is one folder less; anything else may pass, and half a listing would say that datasets have gone
      if (!isGatewayError(cause) || cause.code !== "forbidden") throw cause;
      onProblem?.({ path: folder, cause });
      return { folder, isStore: false, files: [], folders: [] };
    }
  }

  async #listNames(folder: string): Promise<Listed> {
    const { signal } = this.#options;
    if (this.#store.list === undefined) throw new GatewayError("unsupported", "the server lists no folders");
    this.#countListing();
    signal?.throwIfAborted();
    const files: string[] = [];
    const folders: string[] = [];
    const marks = new Set<string>();
    let names = 0;
    for await (const name of this.#store.list(folder, { signal })) {
      names += 1;
      if (names % NAMES_A_PAGE === 0) this.#countListing();
      const isFolder = name.endsWith("/");
      const plain = isFolder ? name.slice(0, -1) : name;
      if (isMarker(plain)) marks.add(plain);
      // metadata of version 2 come first: what follows are chunks without number
      if (names % NAMES_A_PAGE === 0 && isStoreFolder(marks)) break;
      if (plain.startsWith(".")) continue;
      const path = folder === "" ? plain : `${folder}/${plain}`;
      if (isFolder) folders.push(path);
      else if (this.#isFile(path) || this.#isDocument(path)) files.push(path);
    }
    return { folder, isStore: isStoreFolder(marks), files, folders };
  }

  #isFile(path: string): boolean {
    return this.#options.isMatch === undefined ? FILE_EXTENSION.test(path) : this.#options.isMatch(path);
  }

  #isDocument(path: string): boolean {
    return this.#options.isMatch === undefined && REFERENCES_EXTENSION.test(path);
  }

  /** Each document is looked into once, while it stays in the listing: a look is a request. */
  async #isSet(path: string): Promise<boolean> {
    const known = this.#options.references?.get(path);
    if (known === undefined && this.#documents.size >= this.#limits.maxDocuments) {
      const cause = `more than ${this.#limits.maxDocuments} JSON documents: "match" says which are reference sets`;
      this.#options.onProblem?.({ path, cause });
      return false;
    }
    const isSet = known ?? (await this.#looksLikeSet(path));
    this.#documents.set(path, isSet);
    return isSet;
  }

  async #looksLikeSet(path: string): Promise<boolean> {
    const range = { offset: 0, length: REFERENCES_HEAD_BYTES };
    const head = await this.#store.get(path, { range, signal: this.#options.signal });
    return head !== undefined && looksLikeReferences(head);
  }

  #keepDocuments(): void {
    const { references } = this.#options;
    references?.clear();
    for (const [path, isSet] of this.#documents) references?.set(path, isSet);
  }

  #add(dataset: FoundDataset): void {
    if (this.#options.isMatch?.(dataset.path) === false) return;
    if (this.#found.length >= this.#limits.maxDatasets)
      throw this.#tooMuch(`more than ${this.#limits.maxDatasets} datasets`);
    this.#found.push(dataset);
  }

  #countListing(): void {
    if (this.#listings >= this.#limits.maxListings)
      throw this.#tooMuch(`more than ${this.#limits.maxListings} pages of names`);
    this.#listings += 1;
  }

  #tooMuch(what: string): GatewayError {
    return new GatewayError(
      "upstream",
      `the folder "${this.#options.name}" holds ${what}: name a folder further down, or "match" with fewer folders`,
    );
  }
}

function unlistable(name: string, cause: unknown): unknown {
  if (!isGatewayError(cause)) return cause;
  const advice =
    cause.code === "forbidden"
      ? "; that takes the right to list (S3: s3:ListBucket, Azure: List, Google: storage.objects.list), or name each dataset under datasets"
      : "";
  const reason = cause.message.replace(/^"[^"]*": /, "");
  return new GatewayError("upstream", `the folder "${name}" cannot be listed: ${reason}${advice}`, {}, cause);
}
