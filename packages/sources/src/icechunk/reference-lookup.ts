import type { ChunkIndex } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { ByteStore } from "@zarr-gateway/stores";
import type { ChunkReference } from "./chunk-reference.ts";
import { damagedObject } from "./format/damaged-object.ts";
import type { ManifestPart, SnapshotNode } from "./format/snapshot.ts";
import type { ManifestCache } from "./manifest-cache.ts";

export interface ReferenceLookupOptions {
  readonly store: ByteStore;
  readonly manifests: ManifestCache;
  readonly repository: string;
  /** Key of the snapshot, for messages. */
  readonly snapshot: string;
}

interface ArrayNode {
  readonly node: SnapshotNode;
  /** Read at the first look-up. */
  parts: readonly ManifestPart[] | undefined;
}

/** Finds the reference of a chunk by its Zarr key, reading only the manifest that covers it. */
export class ReferenceLookup {
  readonly #options: ReferenceLookupOptions;
  readonly #arrays: ReadonlyMap<string, ArrayNode>;

  constructor(nodes: readonly SnapshotNode[], options: ReferenceLookupOptions) {
    this.#options = options;
    const arrays = nodes.filter(({ isArray }) => isArray);
    this.#arrays = new Map(arrays.map((node) => [node.path, { node, parts: undefined }]));
  }

  async find(key: string, options: CallOptions): Promise<ChunkReference | undefined> {
    const place = this.#placeOf(key);
    if (!place) return undefined;
    const { array, numbers } = place;
    array.parts ??= array.node.manifests();
    for (const { id, extents } of array.parts) {
      const index = this.#indexIn(numbers, extents.length / 2, array);
      if (!isWithin(extents, index)) continue;
      const found = await this.#findIn(id, array.node.id, index, options);
      if (found) return found;
    }
    return undefined;
  }

  #indexIn(numbers: readonly number[], rank: number, { node }: ArrayNode): ChunkIndex {
    if (numbers.length === rank) return numbers;
    // the only chunk of an array without dimensions is "0" where keys are spelled as in Zarr v2
    if (rank === 0 && numbers.length === 1 && numbers[0] === 0) return [];
    throw damagedObject(
      this.#options.snapshot,
      `manifests of "/${node.path}" have ${rank} dimensions, its chunks ${numbers.length}`,
    );
  }

  #findIn(
    id: string,
    node: string,
    index: ChunkIndex,
    options: CallOptions,
  ): Promise<ChunkReference | undefined> {
    return this.#options.manifests.use(
      { ...this.#options, id },
      (manifest) => manifest.find(node, index),
      options,
    );
  }

  /** The longest path of an array that the key begins with; the rest are numbers, after a "c" or alone. */
  #placeOf(key: string): { readonly array: ArrayNode; readonly numbers: readonly number[] } | undefined {
    for (let end = key.length; end >= 0; end = end === 0 ? -1 : Math.max(key.lastIndexOf("/", end - 1), 0)) {
      const array = this.#arrays.get(key.slice(0, end));
      if (array) return { array, numbers: numbersIn(key.slice(end)) };
    }
    return undefined;
  }
}

/** Numbers of a chunk key in all its spellings: `c/0/1`, `c.0.1`, `0/1`, `0.1`. */
function numbersIn(text: string): number[] {
  return text
    .split(/[/.]/)
    .filter((part) => part !== "" && part !== "c")
    .map(Number);
}

function isWithin(extents: readonly number[], index: ChunkIndex): boolean {
  return index.every(
    (value, axis) => value >= (extents[2 * axis] ?? 0) && value < (extents[2 * axis + 1] ?? 0),
  );
}
