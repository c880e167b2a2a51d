import { hash } from "node:crypto";
import { open } from "node:fs/promises";
import type { PackageLocation } from "./package-folder.ts";
import { ModelPackageError, type PackageProblem } from "./package-problem.ts";
import type { Report, Written } from "./written.ts";
import { type PackageDocument, parsePackageDocument } from "./yaml-document.ts";

/** A description that is YAML, and what is found to be wrong with it. */
export interface OpenedDescription {
  readonly bytes: Uint8Array;
  readonly root: Written;
  readonly report: Report;
  /** Filled by `report`, each mistake once. */
  readonly problems: PackageProblem[];
}

const MAX_BYTES = 4 * 1024 ** 2;
/** Descriptions are looked at every other second for changes. */
const MAX_KNOWN = 32;
const known = new Map<string, PackageDocument>();

/** @throws ModelPackageError where it cannot be read, or is no YAML */
export async function openDescription(place: PackageLocation): Promise<OpenedDescription> {
  const bytes = await readDescription(place);
  const document = parsed(bytes, place.name);
  const { root } = document;
  if (root === undefined || document.problems.length > 0) throw packageFailure(document.problems, place);
  const problems: PackageProblem[] = [];
  const told = new Set<string>();
  const report: Report = (at, message) => {
    // what an anchor says is read wherever it is used; under one key a mistake is one
    const id = `${at.key}\n${message}`;
    if (!told.has(id)) problems.push(document.problemAt(at, message));
    told.add(id);
  };
  return { bytes, root, report, problems };
}

/** All problems, in the order of the file. */
export function packageFailure(
  problems: readonly PackageProblem[],
  { yaml, folder }: PackageLocation,
): ModelPackageError {
  const sorted = problems.toSorted(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
  return new ModelPackageError(sorted, new Error(`${yaml}, files in ${folder}`));
}

async function readDescription({ yaml, name }: PackageLocation): Promise<Uint8Array> {
  const wrong = (message: string, cause?: unknown): ModelPackageError =>
    new ModelPackageError([{ file: name, key: "", message }], cause);
  try {
    await using file = await open(yaml, "r");
    const stat = await file.stat();
    if (!stat.isFile()) throw wrong("expected a file");
    if (stat.size > MAX_BYTES) throw wrong(`expected at most ${MAX_BYTES} bytes; got ${stat.size}`);
    return await file.readFile();
  } catch (error) {
    if (error instanceof ModelPackageError) throw error;
    const isMissing = (error as { code?: unknown }).code === "ENOENT"; // file system errors have one
    const message = "there is no such file; expected the description of a model";
    throw wrong(isMissing ? message : "cannot be read", error);
  }
}

function parsed(bytes: Uint8Array, name: string): PackageDocument {
  const id = `${name}\n${hash("sha256", bytes)}`;
  const document = known.get(id) ?? parsePackageDocument(Buffer.from(bytes).toString("utf8"), name);
  known.delete(id);
  known.set(id, document);
  const [oldest] = known.keys();
  if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
  return document;
}
