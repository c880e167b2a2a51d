import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { type ChunkCoder, createChunkCoder } from "@zarr-gateway/codecs";
import type { Values } from "@zarr-gateway/dataset";
import { GatewayError, type Transferred, type WorkerPool } from "@zarr-gateway/primitives";
import { fileVersion, paged, type RandomAccess } from "@zarr-gateway/stores";
import { openNetcdf } from "../netcdf/netcdf-opener.ts";
import { describeMember } from "./describe-member.ts";
import { factsKey } from "./facts-key.ts";
import { inGroup } from "./group-of.ts";
import type { MemberFacts } from "./member.ts";

/** NetCDF files of this machine, described on a thread of the pool: opening one is many small reads. */
export interface DescribeInput {
  readonly paths: readonly string[];
  /** Folders and files that may be read; links may not lead out of them. */
  readonly allow: readonly string[];
  readonly group: string;
  readonly along: string | undefined;
}

export interface DescribeOutput {
  /** Each kind once, by its key. */
  readonly facts: ReadonlyMap<string, MemberFacts>;
  /** null: not a NetCDF file that can be read so; the usual way says what it is. */
  readonly members: readonly (DescribedFile | null)[];
}

export interface DescribedFile {
  readonly facts: string;
  readonly version: string;
  readonly values: ReadonlyMap<string, Values>;
}

const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** Most of what is read of a file lies in the first pages of it. */
const PAGES = { pageBytes: 32 * 1024, maxPages: 16 };

export async function describeFiles(input: DescribeInput): Promise<DescribeOutput> {
  const allow = input.allow.flatMap(realPath);
  const coder = createChunkCoder({});
  const folders = new Map<string, string>();
  const facts = new Map<string, MemberFacts>();
  const members: (DescribedFile | null)[] = [];
  for (const path of input.paths) {
    try {
      members.push(await describeFile(path, { ...input, allow, coder, facts, folders }));
    } catch {
      members.push(null); // tried again the usual way, whose errors people can read
    }
  }
  return { facts, members };
}

interface Context extends DescribeInput {
  readonly coder: ChunkCoder;
  readonly facts: Map<string, MemberFacts>;
  /** Real paths of folders. */
  readonly folders: Map<string, string>;
}

async function describeFile(path: string, context: Context): Promise<DescribedFile> {
  const descriptor = openAllowed(path, context);
  try {
    const access = paged(fileAccess(descriptor), PAGES);
    const location = pathToFileURL(path);
    const dataset = await openNetcdf(access, { location, pool: INLINE_POOL, coder: context.coder }, {});
    const { facts, values } = await describeMember(inGroup(dataset, context.group), { along: context.along });
    const key = factsKey(facts);
    if (!context.facts.has(key)) context.facts.set(key, facts);
    return { facts: key, version: access.version ?? key, values };
  } finally {
    closeSync(descriptor);
  }
}

/** Most files are no links: then the real path of the folder, which thousands share, is all that has to be found out. */
function openAllowed(path: string, { allow, folders }: Context): number {
  const folder = dirname(path);
  const real = folders.get(folder) ?? realpathSync.native(folder);
  folders.set(folder, real);
  try {
    return openInside(join(real, basename(path)), allow);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ELOOP")) throw error;
    return openInside(realpathSync.native(path), allow);
  }
}

/** The path is a real one: a link in the place of the file appeared since. */
function openInside(real: string, allow: readonly string[]): number {
  if (!allow.some((folder) => isInside(real, folder))) throw new GatewayError("forbidden", "outside");
  return openSync(real, OPEN_FLAGS);
}

function fileAccess(descriptor: number): RandomAccess {
  const stat = fstatSync(descriptor, { bigint: true });
  if (!stat.isFile()) throw new GatewayError("unsupported", "not a file");
  const size = Number(stat.size);
  return {
    size,
    version: fileVersion(stat),
    read(offset, length) {
      if (length < 0 || offset < 0 || offset + length > size)
        return Promise.reject(new GatewayError("upstream", "truncated"));
      const bytes = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const count = readSync(descriptor, bytes, filled, length - filled, offset + filled);
        if (count === 0) return Promise.reject(new GatewayError("upstream", "truncated"));
        filled += count;
      }
      return Promise.resolve(bytes);
    },
  };
}

/** This thread is one of the pool: its tasks run here. */
const INLINE_POOL: WorkerPool = {
  queued: 0,
  running: 0,
  async run<Input, Output>(task: { module: URL; name: string }, input: Input): Promise<Output> {
    const module = (await import(task.module.href)) as Record<string, (input: Input) => unknown>; // a task module
    const result = await module[task.name]?.(input);
    const isTransferred = typeof result === "object" && result !== null && "transfer" in result;
    return (isTransferred ? (result as Transferred<Output>).value : result) as Output; // what the task is declared to return
  },
  close: () => Promise.resolve(),
};

function realPath(path: string): string[] {
  try {
    return [realpathSync.native(path)];
  } catch {
    return []; // nothing can lie below what is not there
  }
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
