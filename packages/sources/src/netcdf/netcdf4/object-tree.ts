import type { DatasetWarning } from "@zarr-gateway/dataset";
import { type CallOptions, mapConcurrently, messageOf } from "@zarr-gateway/primitives";
import {
  damaged,
  type Hdf5Dataset,
  type Hdf5File,
  type Hdf5Group,
  type Hdf5Link,
  type Hdf5Type,
  readObject,
} from "../hdf5/index.ts";

export interface DatasetNode {
  /** Name of its link. */
  readonly name: string;
  /** Absolute path in the file. */
  readonly path: string;
  readonly object: Hdf5Dataset;
}
export interface GroupNode {
  readonly name: string;
  readonly path: string;
  readonly object: Hdf5Group;
  readonly datasets: readonly DatasetNode[];
  readonly groups: readonly GroupNode[];
}

export interface ObjectTree {
  readonly root: GroupNode;
  /** Of all groups. */
  readonly namedTypes: readonly Hdf5Type[];
  readonly warnings: readonly DatasetWarning[];
}

/** Far above real files; a damaged one may link groups so that paths multiply. */
const MAX_OBJECTS = 100_000;
const MAX_DEPTH = 64;
const MAX_LINK_HOPS = 16;
/** Objects of one group whose headers are read at the same time. */
const PARALLEL_READS = 8;

/** All groups and datasets of a file in its order; what cannot be read is left out with a warning. */
export async function readTree(file: Hdf5File, options: CallOptions = {}): Promise<ObjectTree> {
  const walk = new TreeWalk(file, options);
  return { root: await walk.root(), namedTypes: walk.namedTypes, warnings: walk.warnings };
}

/** The dataset at an absolute path. */
export function findDataset(group: GroupNode, path: string): DatasetNode | undefined {
  const child = group.groups.find((candidate) => path.startsWith(`${candidate.path}/`));
  return child ? findDataset(child, path) : group.datasets.find((candidate) => candidate.path === path);
}

class TreeWalk {
  readonly warnings: DatasetWarning[] = [];
  readonly namedTypes: Hdf5Type[] = [];
  readonly #file: Hdf5File;
  readonly #options: CallOptions;
  #objects = 0;

  constructor(file: Hdf5File, options: CallOptions) {
    this.#file = file;
    this.#options = options;
  }

  async root(): Promise<GroupNode> {
    const address = this.#file.superblock.rootAddress;
    const object = await readObject(this.#file, address, this.#options);
    if (object.kind !== "group") throw damaged("its root is no group");
    return this.#group({ name: "", path: "", object }, [address]);
  }

  async #group(
    group: { readonly name: string; readonly path: string; readonly object: Hdf5Group },
    ancestors: readonly number[],
  ): Promise<GroupNode> {
    this.#report(group.path === "" ? "/" : group.path, group.object.problems);
    const datasets: DatasetNode[] = [];
    const groups: { name: string; path: string; object: Hdf5Group }[] = [];
    const links = this.#linksOf(group);
    const found = await mapConcurrently(links, PARALLEL_READS, (link) => this.#follow(group, link));
    for (const [i, object] of found.entries()) {
      const name = links[i]?.name ?? "";
      const path = `${group.path}/${name}`;
      if (object?.kind === "dataset") {
        this.#report(path, object.problems);
        datasets.push({ name, path, object });
      } else if (object?.kind === "group") {
        if (!ancestors.includes(object.address) && ancestors.length < MAX_DEPTH)
          groups.push({ name, path, object });
        else this.#warn(path, "left out: the group contains itself");
      } else if (object) {
        this.namedTypes.push(object.type);
      }
    }
    const children: GroupNode[] = [];
    for (const child of groups) children.push(await this.#group(child, [...ancestors, child.object.address]));
    return { ...group, datasets, groups: children };
  }

  /** Only damage gives two links one name; the HDF5 library would then read another object than the one seen here. */
  #linksOf({ path, object }: { readonly path: string; readonly object: Hdf5Group }): readonly Hdf5Link[] {
    const counts = new Map<string, number>();
    for (const { name } of object.links) counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const [name, count] of counts) {
      if (count > 1) this.#warn(`${path}/${name}`, `left out: ${count} links have this name`);
    }
    return object.links.filter(({ name }) => counts.get(name) === 1);
  }

  async #follow(group: { readonly path: string; readonly object: Hdf5Group }, link: Hdf5Link) {
    const path = `${group.path}/${link.name}`;
    this.#objects += 1;
    if (this.#objects > MAX_OBJECTS) throw damaged(`it has more than ${MAX_OBJECTS} objects`);
    try {
      const address = await this.#addressOf(group.object, link);
      if (address !== undefined) return await readObject(this.#file, address, this.#options);
      this.#warn(
        path,
        link.kind === "external"
          ? "left out: it lies in another file"
          : "left out: a link that leads nowhere",
      );
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      this.#warn(path, `left out: ${messageOf(error)}`);
    }
    return undefined;
  }

  /** Soft links are paths, from the root or from the group they lie in. */
  async #addressOf(group: Hdf5Group, link: Hdf5Link, hops = 0): Promise<number | undefined> {
    if (link.kind === "hard") return link.address;
    if (link.kind === "external" || hops >= MAX_LINK_HOPS) return undefined;
    let address = link.path.startsWith("/") ? this.#file.superblock.rootAddress : group.address;
    const names = link.path.split("/").filter((name) => name !== "" && name !== ".");
    for (const name of names.slice(0, MAX_DEPTH)) {
      const object = await readObject(this.#file, address, this.#options);
      const next = object.kind === "group" ? object.links.find((child) => child.name === name) : undefined;
      const found =
        next && object.kind === "group" ? await this.#addressOf(object, next, hops + 1) : undefined;
      if (found === undefined) return undefined;
      address = found;
    }
    return address;
  }

  #report(path: string, problems: readonly string[]): void {
    for (const problem of problems) this.#warn(path, problem);
  }
  #warn(path: string, message: string): void {
    this.warnings.push({ path, message });
  }
}
