import type { Attributes, ChunkPlace } from "@zarr-gateway/dataset";
import type { FlatBuffer, Table, Vector } from "./flatbuffer.ts";
import { FlexMap } from "./flexbuffer.ts";
import { formatObjectId } from "./object-id.ts";
import { dateOf } from "./snapshot.ts";
import { readMetadata } from "./snapshot-metadata.ts";

/** Fields of the tables in repo.fbs. */
const REPO = { tags: 1, branches: 2, snapshots: 4, config: 9 } as const;
const REF = { name: 0, snapshotIndex: 1 } as const;
const SNAPSHOT_INFO = { id: 0, parentOffset: 1, flushedAt: 2, message: 3, metadata: 4 } as const;

export interface SnapshotInfo {
  readonly id: string;
  readonly parent: string | undefined;
  readonly time: Date;
  readonly message: string;
  readonly metadata: Attributes;
}

/** A branch or a tag, and the snapshot it points to. */
export interface NamedSnapshot {
  readonly kind: "branch" | "tag";
  readonly name: string;
  readonly snapshot: string;
}

/** The file `repo` of version 2 of the format: branches, tags, history, configuration. */
export class RepoInfo {
  readonly #buffer: FlatBuffer;
  readonly #root: Table;
  readonly #snapshots: Vector;

  constructor(buffer: FlatBuffer) {
    this.#buffer = buffer;
    this.#root = buffer.root();
    this.#snapshots = this.#root.tables(REPO.snapshots, "snapshots");
  }

  /** Snapshot of a branch or a tag. */
  target(kind: "branch" | "tag", name: string): string | undefined {
    for (const ref of this.#refs(kind).tables()) {
      if (ref.string(REF.name) === name) return this.#snapshotId(ref.uint32(REF.snapshotIndex));
    }
    return undefined;
  }

  *refs(): Generator<NamedSnapshot> {
    for (const kind of ["branch", "tag"] as const) {
      for (const ref of this.#refs(kind).tables()) {
        const snapshot = this.#snapshotId(ref.uint32(REF.snapshotIndex));
        yield { kind, name: ref.string(REF.name) ?? "", snapshot };
      }
    }
  }

  names(kind: "branch" | "tag"): string[] {
    return Array.from(this.#refs(kind).tables(), (ref) => ref.string(REF.name) ?? "");
  }

  hasSnapshot(id: string): boolean {
    return this.#positions().has(id);
  }

  /** A snapshot, its parent, and so on. */
  *ancestry(id: string): Generator<SnapshotInfo> {
    let position = this.#positions().get(id) ?? -1;
    for (let steps = 0; position >= 0; steps += 1) {
      if (steps >= this.#snapshots.length) throw this.#buffer.damaged("a snapshot in it is its own ancestor");
      const info = this.#snapshot(position);
      position = info.int32(SNAPSHOT_INFO.parentOffset);
      yield {
        id: snapshotIdOf(info),
        parent: position < 0 ? undefined : this.#snapshotId(position),
        time: dateOf(info.uint64(SNAPSHOT_INFO.flushedAt), this.#buffer),
        message: info.string(SNAPSHOT_INFO.message) ?? "",
        metadata: readMetadata(info.vector(SNAPSHOT_INFO.metadata, 4), { buffer: this.#buffer, version: 2 }),
      };
    }
  }

  /** Prefix of the locations in a container that the configuration of the repository names. */
  containerPrefix(name: string): string | undefined {
    const config = this.#root.bytes(REPO.config);
    const containers = config && FlexMap.root(config, this.#buffer)?.map("virtual_chunk_containers");
    for (const container of containers?.maps() ?? []) {
      if (container.string("name") === name) return container.string("url_prefix");
    }
    // some writers give no name, only the key
    return containers?.map(name)?.string("url_prefix");
  }

  /** Where virtual chunks may lie. */
  chunkPlaces(): ChunkPlace[] {
    const config = this.#root.bytes(REPO.config);
    const containers = config && FlexMap.root(config, this.#buffer)?.map("virtual_chunk_containers");
    return Array.from(containers?.maps() ?? []).flatMap((container) => {
      const prefix = container.string("url_prefix");
      const region = container.map("store")?.map("s3")?.string("region");
      return prefix === undefined ? [] : [{ prefix, ...(region !== undefined && { region }) }];
    });
  }

  #refs(kind: "branch" | "tag"): Vector {
    return kind === "branch"
      ? this.#root.tables(REPO.branches, "branches")
      : this.#root.tables(REPO.tags, "tags");
  }

  #positions(): Map<string, number> {
    return new Map(Array.from(this.#snapshots.tables(), (info, position) => [snapshotIdOf(info), position]));
  }

  #snapshotId(position: number): string {
    return snapshotIdOf(this.#snapshot(position));
  }

  #snapshot(position: number): Table {
    if (position >= this.#snapshots.length)
      throw this.#buffer.damaged(`it has no snapshot number ${position}`);
    return this.#snapshots.table(position);
  }
}

function snapshotIdOf(info: Table): string {
  return formatObjectId(info.required(info.struct(SNAPSHOT_INFO.id, 12), "id"));
}
