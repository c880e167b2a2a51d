import type { ChunkPlace } from "@zarr-gateway/dataset";
import {
  type CallOptions,
  GatewayError,
  type JsonValue,
  mapConcurrently,
  messageOf,
  parseJson,
} from "@zarr-gateway/primitives";
import { type ByteStore, isStoreKey } from "@zarr-gateway/stores";
import { readWithStat } from "../zarr/shard-indexes.ts";
import { chunkPlacesV1 } from "./format/config-v1.ts";
import { damagedObject } from "./format/damaged-object.ts";
import { hasIcechunkMagic, readObjectFile } from "./format/object-file.ts";
import { isObjectId } from "./format/object-id.ts";
import { type NamedSnapshot, RepoInfo, type SnapshotInfo } from "./format/repo-info.ts";
import { readSnapshot } from "./format/snapshot.ts";
import type { IcechunkLimits } from "./limits.ts";
import { MAIN_KEY, type Ref, refOfFolder, refsNamed } from "./ref-key.ts";

/** What of a repository is read: the newest of a branch, or one state for ever. */
export type IcechunkPin =
  | { readonly branch: string }
  | { readonly tag: string }
  | { readonly snapshot: string };

/** A pin, followed. */
export interface ResolvedPin {
  readonly snapshot: string;
  /** File that named it; undefined where the caller did. */
  readonly namedBy: string | undefined;
}

/** Branches, tags and history, which the two versions of the format keep in different places. */
export interface IcechunkRepository {
  /** @throws GatewayError not_found when there is no such branch, tag or snapshot */
  resolve(pin: IcechunkPin, options?: CallOptions): Promise<ResolvedPin>;
  /** Snapshots from one back to the first. */
  ancestry(from: ResolvedPin, options?: CallOptions): AsyncIterable<SnapshotInfo>;
  /** All branches and tags, or as many as may be read; none where a store of version 1 cannot list. */
  refs(options?: CallOptions): Promise<readonly NamedSnapshot[]>;
  /** Prefix that the repository's configuration gives a container of virtual chunks. */
  containerPrefix(name: string): string | undefined;
  /** Where virtual chunks may lie. */
  chunkPlaces(options?: CallOptions): Promise<readonly ChunkPlace[]>;
  /** True when nothing at all has happened to the repository; false also where that cannot be told without reading. */
  isUntouched(options?: CallOptions): Promise<boolean>;
}

const REPO_INFO = "repo";
const MAX_REF_BYTES = 4096;
/** Branches and tags that are told: each costs a read in version 1. */
const MAX_REFS = 1000;
const CONCURRENT_REFS = 8;

/**
 * The repository in a store, in its present state.
 * @throws GatewayError upstream when its file `repo` is damaged
 */
export async function openRepository(
  store: ByteStore,
  limits: IcechunkLimits,
  { signal }: CallOptions = {},
): Promise<IcechunkRepository> {
  const options = { kind: "repo info", maxBytes: limits.maxRepoInfoBytes, signal } as const;
  const file = await readObjectFile(store, REPO_INFO, options);
  if (!file) return repositoryV1(store, limits);
  const { version } = file.stat;
  return {
    ...repositoryV2(new RepoInfo(file.buffer)),
    isUntouched: async (call) =>
      version !== undefined && (await store.stat(REPO_INFO, call))?.version === version,
  };
}

/** Judged by the content of the file that every repository has: some web servers have a page for every name. */
export async function isIcechunkRepository(store: ByteStore, { signal }: CallOptions = {}): Promise<boolean> {
  const start = await store.get(REPO_INFO, { range: { offset: 0, length: 12 }, signal });
  if (start && hasIcechunkMagic(start)) return true;
  const ref = await store.get(MAIN_KEY, { range: { offset: 0, length: MAX_REF_BYTES }, signal });
  return ref !== undefined && /^\s*\{\s*"snapshot"\s*:/.test(Buffer.from(ref).toString("latin1"));
}

/** Version 2: all in one file. */
function repositoryV2(info: RepoInfo): Omit<IcechunkRepository, "isUntouched"> {
  return {
    async resolve(pin) {
      if ("snapshot" in pin) {
        if (info.hasSnapshot(pin.snapshot)) return { snapshot: pin.snapshot, namedBy: undefined };
        throw unknownSnapshot(pin.snapshot);
      }
      const [kind, name] = refOf(pin);
      const snapshot = info.target(kind, name);
      if (snapshot !== undefined) return { snapshot, namedBy: REPO_INFO };
      const known = info.names(kind).slice(0, 20).join(", ");
      throw unknownRef(kind, name, `, there are: ${known || "none"}`);
    },
    async *ancestry({ snapshot }) {
      yield* info.ancestry(snapshot);
    },
    refs: async () => info.refs().take(MAX_REFS).toArray(),
    containerPrefix: (name) => info.containerPrefix(name),
    chunkPlaces: async () => info.chunkPlaces(),
  };
}

/** Version 1: a small JSON file for each branch and tag, and each snapshot knows its parent. */
function repositoryV1(store: ByteStore, limits: IcechunkLimits): IcechunkRepository {
  const maxBytes = limits.maxSnapshotBytes;
  return {
    async resolve(pin, options = {}) {
      if ("snapshot" in pin) {
        if (isObjectId(pin.snapshot)) return { snapshot: pin.snapshot, namedBy: undefined };
        throw unknownSnapshot(pin.snapshot);
      }
      const [kind, name] = refOf(pin);
      for (const ref of refsNamed(kind, name)) {
        const snapshot = await readLiveRef(store, ref, options);
        if (snapshot !== undefined) return { snapshot, namedBy: ref.key };
      }
      throw unknownRef(kind, name, "");
    },
    async *ancestry(from, options = {}) {
      const seen = new Set<string>();
      let next: { readonly id: string; readonly namedBy: string | undefined } | undefined = {
        id: from.snapshot,
        namedBy: from.namedBy,
      };
      while (next) {
        if (seen.has(next.id)) throw damagedObject(`snapshots/${next.id}`, "it is its own ancestor");
        seen.add(next.id);
        const snapshot = await readSnapshot(store, next.id, {
          ...options,
          namedBy: next.namedBy,
          maxBytes,
        });
        const { id, parent, time, message } = snapshot;
        yield { id, parent, time, message, metadata: snapshot.metadata() };
        next = parent === undefined ? undefined : { id: parent, namedBy: `snapshots/${id}` };
      }
    },
    refs: (options) => refsV1(store, options),
    containerPrefix: () => undefined,
    chunkPlaces: (options) => chunkPlacesV1(store, options),
    isUntouched: async () => false,
  };
}

function refOf(pin: { readonly branch: string } | { readonly tag: string }): ["branch" | "tag", string] {
  const [kind, name]: ["branch" | "tag", string] =
    "branch" in pin ? ["branch", pin.branch] : ["tag", pin.tag];
  if (isStoreKey(name) && !name.includes("/")) return [kind, name];
  throw new GatewayError(
    "invalid_request",
    `${JSON.stringify(name.slice(0, 100))} cannot be the name of a ${kind}`,
  );
}

async function refsV1(store: ByteStore, options: CallOptions = {}): Promise<NamedSnapshot[]> {
  const listed: Ref[] = [];
  for await (const entry of store.list?.("refs", options) ?? []) {
    const ref = refOfFolder(entry);
    if (ref) listed.push(ref);
    if (listed.length === MAX_REFS) break;
  }
  const found = await mapConcurrently(listed, CONCURRENT_REFS, async (ref) => {
    const snapshot = await readLiveRef(store, ref, options);
    return snapshot === undefined ? [] : [{ kind: ref.kind, name: ref.name, snapshot }];
  });
  return found.flat();
}

/** Undefined too for a tag that was deleted: its file stays, so that nobody gives the name to another snapshot. */
async function readLiveRef(
  store: ByteStore,
  { kind, key }: Ref,
  options: CallOptions,
): Promise<string | undefined> {
  const isDeleted = kind === "tag" && (await store.stat(`${key}.deleted`, options)) !== undefined;
  return isDeleted ? undefined : readRef(store, key, options);
}

async function readRef(store: ByteStore, key: string, { signal }: CallOptions): Promise<string | undefined> {
  const found = await readWithStat(store, key, { range: { offset: 0, length: MAX_REF_BYTES }, signal });
  if (!found) return undefined;
  const snapshot = snapshotIn(found.bytes, key);
  if (typeof snapshot === "string" && isObjectId(snapshot)) return snapshot;
  throw damagedObject(key, `"snapshot" is not the name of a snapshot`);
}

function snapshotIn(bytes: Uint8Array, key: string): JsonValue | undefined {
  try {
    const value = parseJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof value === "object" && value !== null && "snapshot" in value) return value.snapshot;
  } catch (error) {
    throw damagedObject(key, `it is not JSON (${messageOf(error)})`, error);
  }
  return undefined;
}

function unknownRef(kind: "branch" | "tag", name: string, known: string): GatewayError {
  return new GatewayError("not_found", `the Icechunk repository has no ${kind} "${name}"${known}`, {
    [kind]: name,
  });
}

function unknownSnapshot(id: string): GatewayError {
  return new GatewayError("not_found", `the Icechunk repository has no snapshot "${id.slice(0, 100)}"`);
}
