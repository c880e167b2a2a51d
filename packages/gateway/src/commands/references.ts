import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pathToFileURL } from "node:url";
import { createZstdCompress } from "node:zlib";
import { createChunkCoder } from "@zarr-gateway/codecs";
import type { Dataset, DatasetWarning } from "@zarr-gateway/dataset";
import { silentLog } from "@zarr-gateway/server";
import {
  absoluteTarget,
  relativeTarget,
  type WriteReferencesOptions,
  writeReferencesJson,
  writeReferencesParquet,
} from "@zarr-gateway/sources";
import { type ReferencesOptions, UsageError } from "../command-line.ts";
import { createProgram, type Program } from "../program.ts";
import type { Terminal } from "../terminal.ts";
import { configure } from "./configure.ts";
import { createCountProgress } from "./progress.ts";

const JSON_NAME = /\.json(\.zstd?)?$/i;
const PARQUET_NAME = /\.parq(uet)?$/i;

/**
 * Writes where the chunks of a dataset lie as a kerchunk reference set: a JSON file, or a folder of Parquet files. What
 * was there before is replaced once all of it is written.
 */
export async function references(
  terminal: Terminal,
  location: string,
  { output, relative, config }: ReferencesOptions,
): Promise<void> {
  const path = resolve(terminal.folder, output);
  if (!JSON_NAME.test(path) && !PARQUET_NAME.test(path))
    throw new UsageError(`${output}: expected a name that ends in .json, .json.zst or .parquet`);
  await assertReplaceable(path, output);
  const program = await createProgram(
    await configure(terminal, config, config === undefined ? [location] : []),
    silentLog(),
  );
  const progress = createCountProgress(terminal, "references");
  try {
    const warnings = await write(await opened(program, location, config), path, {
      coder: createChunkCoder(),
      targets: relative === true ? relativeTarget(pathToFileURL(dirname(path))) : absoluteTarget,
      onProgress: progress.update,
    });
    progress.end();
    for (const { path: variable, message } of warnings) terminal.say(`${variable}: ${message}\n`);
  } finally {
    progress.end();
    await program.close();
  }
}

/** With a configuration its dataset of that id, else what lies at the location. */
async function opened({ gateway }: Program, location: string, config: string | undefined): Promise<Dataset> {
  if (config !== undefined) return gateway.datasets.open(location);
  const ids: string[] = [];
  for await (const id of gateway.datasets.ids()) ids.push(id);
  const [id, another] = ids;
  if (id === undefined) throw new Error(`${location}: no dataset here`);
  if (another !== undefined)
    throw new Error(`${location}: ${ids.length} datasets are here, a reference set is of one`);
  return gateway.datasets.open(id);
}

async function write(
  dataset: Dataset,
  path: string,
  options: WriteReferencesOptions,
): Promise<readonly DatasetWarning[]> {
  // beside the place itself, so that it can be moved there in one step
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  const variables = variableCount(dataset);
  try {
    const { warnings, done } = JSON_NAME.test(path)
      ? writeFileOf(dataset, { draft, isCompressed: !/\.json$/i.test(path) }, options)
      : writeFolder(dataset, draft, options);
    // asked before anything is written: it can take long
    if (variables > 0 && warnings.length >= variables)
      throw new Error(`no variable can be written: ${warnings[0]?.path}: ${warnings[0]?.message}`);
    await done();
    await replace(draft, path);
    return warnings;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

function variableCount({ variables, groups }: Dataset): number {
  return [...groups.values()].reduce((sum, group) => sum + variableCount(group), variables.size);
}

interface Writing {
  readonly warnings: readonly DatasetWarning[];
  done(): Promise<void>;
}

function writeFileOf(
  dataset: Dataset,
  { draft, isCompressed }: { readonly draft: string; readonly isCompressed: boolean },
  options: WriteReferencesOptions,
): Writing {
  const { parts, warnings } = writeReferencesJson(dataset, options);
  const text = Readable.from(parts);
  return {
    warnings,
    done: () =>
      isCompressed
        ? pipeline(text, createZstdCompress(), createWriteStream(draft))
        : pipeline(text, createWriteStream(draft)),
  };
}

function writeFolder(dataset: Dataset, draft: string, options: WriteReferencesOptions): Writing {
  const { files, warnings } = writeReferencesParquet(dataset, options);
  return {
    warnings,
    async done() {
      for await (const { name, bytes } of files) {
        await mkdir(dirname(join(draft, name)), { recursive: true });
        await writeFile(join(draft, name), bytes);
      }
    },
  };
}

/** A file is replaced as by any program; a folder only where it is a reference set, which is all that is lost then. */
async function assertReplaceable(path: string, output: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found) {
    const folder = await stat(dirname(path)).catch(() => undefined);
    if (folder?.isDirectory() !== true) throw new Error(`${output}: there is no folder to write it into`);
    return;
  }
  if (JSON_NAME.test(path)) {
    if (!found.isFile()) throw new Error(`${output}: there is a folder of this name`);
    return;
  }
  const metadata = await readFile(join(path, ".zmetadata"), "latin1").catch(() => "");
  if (!/"record_size"\s*:/.test(metadata))
    throw new Error(`${output}: exists already and is no reference set, so it is not replaced`);
}

async function replace(draft: string, path: string): Promise<void> {
  await synchronized(draft);
  const old = `${draft}.old`;
  const hasOld = await rename(path, old).then(
    () => true,
    () => false, // there was none
  );
  await rename(draft, path);
  if (hasOld) await rm(old, { recursive: true, force: true });
}

/** On the disk before the name is, so that a crash leaves no empty file under it. */
async function synchronized(path: string): Promise<void> {
  await using file = await open(path, "r");
  await file.sync();
}
