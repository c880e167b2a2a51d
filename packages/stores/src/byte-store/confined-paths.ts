import { realpath, stat } from "node:fs";
import { join, sep } from "node:path";
import { promisify } from "node:util";
import { GatewayError } from "@zarr-gateway/primitives";
import { codeOf } from "./open-files.ts";

const realPath = promisify(realpath.native);
const statPath = promisify(stat);
/** Paths whose real path is remembered, as long as it holds: each chunk of Zarr v3 may have a folder of its own. */
const MAX_REMEMBERED = 16_384;

interface Resolved {
  readonly real: string;
  readonly at: number;
}

/**
 * Real paths below a root folder. Symbolic links are followed only where they stay inside the allowed folders;
 * what was resolved is remembered for `checkEveryMs`.
 */
export class ConfinedPaths {
  readonly #root: string;
  readonly #allow: readonly string[];
  readonly #checkEveryMs: number;
  readonly #now: () => number;
  readonly #remembered = new Map<string, Resolved>();
  /** Folders below the root that were found inside what is allowed. */
  readonly #folders = new Map<string, Resolved>();

  constructor(
    root: string,
    allow: readonly string[],
    clock: { readonly checkEveryMs: number; readonly now: () => number },
  ) {
    this.#root = root;
    this.#allow = allow;
    this.#checkEveryMs = clock.checkEveryMs;
    this.#now = clock.now;
  }

  /**
   * Path of an entry in its real folder; the entry itself may still be a link. At once where the folder is remembered.
   * @throws the system's error, or GatewayError forbidden when the folder lies outside
   */
  inRealFolder(key: string): string | Promise<string> {
    const slash = key.lastIndexOf("/");
    const folder = slash < 0 ? "" : key.slice(0, slash);
    const name = slash < 0 ? key : key.slice(slash + 1);
    const known = this.#folders.get(folder);
    if (known && this.#now() - known.at < this.#checkEveryMs) return `${known.real}${sep}${name}`;
    return this.#inNewFolder(folder, name, key);
  }

  async #inNewFolder(folder: string, name: string, key: string): Promise<string> {
    const at = this.#now();
    const real = await realPath(join(this.#root, folder));
    if (await this.#isAllowed(real)) {
      this.#remember(this.#folders, folder, { real: real === sep ? "" : real, at });
      return join(real, name);
    }
    const path = join(real, name);
    // the second way out: a single file is allowed, and it is a link
    return (await this.#isAllowed(path)) ? path : this.resolve(key);
  }

  /**
   * Real path of an entry or folder; "" is the root.
   * @throws the system's error, or GatewayError forbidden when it lies outside
   */
  async resolve(key: string): Promise<string> {
    const real = await this.#real(join(this.#root, key));
    if (await this.#isAllowed(real)) return real;
    throw new GatewayError("forbidden", `"${key}" leads out of the allowed folders`, { key });
  }

  /**
   * Which folder the root is now; another one after it was replaced.
   * @throws GatewayError upstream: a root that has gone is a failure, an absent entry below it is not
   */
  async rootIdentity(): Promise<string> {
    try {
      const { dev, ino } = await statPath(this.#root, { bigint: true });
      return `${dev} ${ino}`;
    } catch (error) {
      throw new GatewayError("upstream", "the location does not exist or cannot be reached", {}, error);
    }
  }

  /** Looks anew at where the folders of a key lie. */
  forget(key: string): void {
    const slash = key.lastIndexOf("/");
    const folder = slash < 0 ? "" : key.slice(0, slash);
    this.#folders.delete(folder);
    this.#remembered.delete(join(this.#root, folder));
    this.#remembered.delete(this.#root);
  }

  async #real(path: string): Promise<string> {
    const known = this.#remembered.get(path);
    if (known && this.#now() - known.at < this.#checkEveryMs) return known.real;
    const at = this.#now();
    const real = await realPath(path);
    this.#remember(this.#remembered, path, { real, at });
    return real;
  }

  async #isAllowed(path: string): Promise<boolean> {
    for (const folder of this.#allow) {
      const real = await this.#realOrNone(folder);
      if (real !== undefined && isInside(path, real)) return true;
    }
    return false;
  }

  async #realOrNone(folder: string): Promise<string | undefined> {
    try {
      return await this.#real(folder);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  /** The oldest first, so that what holds no longer goes as others come. */
  #remember(known: Map<string, Resolved>, path: string, resolved: Resolved): void {
    known.delete(path);
    known.set(path, resolved);
    for (const [oldest, { at }] of known) {
      if (known.size <= MAX_REMEMBERED && resolved.at - at < this.#checkEveryMs) break;
      known.delete(oldest);
    }
  }
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
