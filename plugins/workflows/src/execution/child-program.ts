import { symlinkSync, unlinkSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processFolderPrefix, removeStaleFolders } from "@zarr-gateway/primitives";
import type { DatasetAddress } from "../child/messages.ts";
import { WORKFLOW_PROCESS } from "../child/program-file.ts";

/** How processes of workflows are started. */
export interface ChildProgramOptions {
  /** A module that makes packages of this project known to files outside of it. */
  readonly moduleHooks?: string;
  /** Files and folders, `*` for all: what workflows may read besides what they write. */
  readonly readable: readonly string[];
  /** Folders that they may write besides, and so read. */
  readonly writable: readonly string[];
  /** What workflows may do besides. */
  readonly allow: readonly Permission[];
  readonly memoryBytes: number;
}

export interface ChildProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const FLAGS = {
  addons: "--allow-addons",
  workers: "--allow-worker",
  processes: "--allow-child-process",
  sqlite: "--experimental-sqlite",
} as const;
type Permission = keyof typeof FLAGS;
/** What programs and the system need. Everything else, keys of buckets above all, stays with the server. */
const NAMES = [
  "PATH",
  "HOME",
  "LANG",
  "TZ",
  "LD_LIBRARY_PATH",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "SYSTEMROOT",
];
const PREFIXES = ["LC_", "CUDA_", "CUDNN_", "NVIDIA_", "ORT_", "OMP_"];
/** Of all memory, what JavaScript's heap may take: the rest are buffers. */
const HEAP_SHARE = 0.75;

/** Node, with its permission model: it may read what workflows are made of, and write into its own scratch folder and where it is told. */
export function nodeProgram(
  scratch: Scratch,
  address: DatasetAddress,
  options: ChildProgramOptions,
): ChildProgram {
  const heap = Math.max(32, Math.floor((options.memoryBytes * HEAP_SHARE) / 2 ** 20));
  return {
    command: process.execPath,
    args: [
      "--permission",
      ...[...options.readable, ...options.writable, scratch.path].map((path) => `--allow-fs-read=${path}`),
      ...[...options.writable, scratch.path].map((path) => `--allow-fs-write=${path}`),
      // the permission model does not know the databases that it opens: they could lie anywhere
      "--no-experimental-sqlite",
      ...options.allow.map((name) => FLAGS[name]),
      `--max-old-space-size=${heap}`,
      "--disable-warning=ExperimentalWarning",
      "--disable-warning=SecurityWarning",
      ...(options.moduleHooks === undefined ? [] : ["--import", options.moduleHooks]),
      WORKFLOW_PROCESS,
    ],
    env: {
      ...childEnvironment(process.env, scratch),
      ZARR_GATEWAY_DATASETS: address.url,
      ZARR_GATEWAY_TOKEN: address.token,
    },
  };
}

/** The environment of a process that runs workflows. */
export function childEnvironment(environment: NodeJS.ProcessEnv, scratch: Scratch): Record<string, string> {
  const passed = Object.entries(environment).filter((entry): entry is [string, string] => {
    const upper = entry[0].toUpperCase();
    const isKnown = NAMES.includes(upper) || PREFIXES.some((prefix) => upper.startsWith(prefix));
    return isKnown && entry[1] !== undefined;
  });
  return {
    ...Object.fromEntries(passed),
    TMPDIR: scratch.temporary,
  };
}

const SCRATCH = "zarr-gateway-workflow";

/**
 * A folder of one process. It may write there alone; results reach their place through a link that is there as long as
 * their run, so that a process can never write into the results of another.
 */
export class Scratch {
  readonly path: string;
  readonly temporary: string;
  #count = 0;

  private constructor(path: string) {
    this.path = path;
    this.temporary = join(path, "tmp");
  }

  /** Removes what servers left behind that were killed. */
  static removeStale(): Promise<void> {
    return removeStaleFolders(tmpdir(), SCRATCH);
  }

  static async create(): Promise<Scratch> {
    const scratch = new Scratch(await mkdtemp(join(tmpdir(), processFolderPrefix(SCRATCH))));
    await mkdir(scratch.temporary);
    return scratch;
  }

  /** A path below this folder that leads to another. The system's own folder: a thread that waits for it would take longer. */
  link(folder: string): { readonly path: string; remove(): void } {
    this.#count += 1;
    const path = join(this.path, `run-${this.#count}`);
    symlinkSync(folder, path, "dir");
    const remove = (): void => {
      try {
        unlinkSync(path);
      } catch {
        // the workflow has taken it away itself, or the folder with it
      }
    };
    return { path, remove };
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }
}
