import { createHash } from "node:crypto";

/** Letters, digits, `.`, `_`, `-`; the first a letter or digit; not ending in `.zarr`, which is part of other URLs. */
export const DATASET_ID = /^(?!.*\.zarr$)[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Words that stand in the place of an id in some URL: `/datasets/zarr.json` is the whole server. */
const RESERVED: ReadonlySet<string> = new Set(["zarr.json"]);

/** One dataset below a folder. */
export interface FoundDataset {
  /** Below the folder, "/"-separated; the folder's own name where the folder is the dataset. */
  readonly path: string;
  readonly isFolder: boolean;
  readonly isRoot?: boolean;
}

/** A dataset with the template that its id is made by. */
export interface IdCandidate {
  readonly found: FoundDataset;
  readonly template: string;
}

export interface AssignedIds<Candidate> {
  readonly byId: ReadonlyMap<string, Candidate>;
  /** Sentences about datasets whose id is not the one the template gives. */
  readonly problems: readonly string[];
}

/** How far an id is from its template: as it says, with the extension back, with a digest of the path. */
const LEVELS = 3;

/**
 * Gives every dataset an id of its own. Those with the same id get their extensions back, and where that does not help,
 * a digest of their path: unlike a number, it stays when other files come and go. Reserved ids are left to others.
 */
export function assignIds<Candidate extends IdCandidate>(
  candidates: readonly Candidate[],
  reserved: ReadonlySet<string>,
): AssignedIds<Candidate> {
  const ids = candidates.map((candidate) => formatId(candidate, 0));
  const levels = new Array<number>(candidates.length).fill(0);
  const problems: string[] = [];
  for (let round = 1; round < LEVELS; round += 1) {
    for (const [id, positions] of findClashes(ids, reserved)) {
      if (round === 1) problems.push(describeClash(id, candidates, positions));
      for (const position of positions) levels[position] = (levels[position] ?? 0) + 1;
    }
    for (const [position, candidate] of candidates.entries()) {
      const level = levels[position] ?? 0;
      if (level > 0) ids[position] = formatId(candidate, level);
    }
  }
  const byId = new Map<string, Candidate>();
  for (const [position, candidate] of candidates.entries()) {
    const id = ids[position] ?? "";
    if (byId.has(id) || reserved.has(id))
      problems.push(`"${candidate.found.path}" is left out: "${id}" is taken`);
    else byId.set(id, candidate);
  }
  return { byId, problems };
}

/** Positions of the candidates that share an id, or have one that is reserved. */
function findClashes(
  ids: readonly string[],
  reserved: ReadonlySet<string>,
): [id: string, positions: number[]][] {
  const positionsById = new Map<string, number[]>();
  for (const [position, id] of ids.entries()) {
    const positions = positionsById.get(id);
    if (positions) positions.push(position);
    else positionsById.set(id, [position]);
  }
  return [...positionsById].filter(([id, positions]) => positions.length > 1 || reserved.has(id));
}

/** Names both files, without the folder they lie in. */
function describeClash(id: string, candidates: readonly IdCandidate[], positions: readonly number[]): string {
  const paths = positions.slice(0, 10).map((position) => `"${candidates[position]?.found.path ?? ""}"`);
  return positions.length === 1
    ? `the id "${id}" is taken: ${paths.join()} is published under a longer one`
    : `the id "${id}" fits more than one dataset: ${paths.join(", ")}; they are published under longer ids`;
}

function formatId(candidate: IdCandidate, level: number): string {
  const { found, template } = candidate;
  const id = cleanId(fillTemplate(template, found));
  if (level === 0) return id;
  const extension = splitExtension(found).extension;
  const withExtension = extension === "" ? id : cleanId(`${id}-${extension}`);
  return level === 1 ? withExtension : `${withExtension}-${digestOf(found.path)}`;
}

/** `{path}` and `{stem}` of a dataset, in the characters an id may have. */
export function fillTemplate(template: string, found: FoundDataset): string {
  const { path } = splitExtension(found);
  const stem = path.slice(path.lastIndexOf("/") + 1);
  return template.replaceAll(/\{(path|stem)\}/g, (_, key: string) => (key === "path" ? path : stem));
}

/** `/` becomes `.`, any other character outside the set `-`; never a reserved word or something ending in `.zarr`. */
export function cleanId(text: string): string {
  const characters = text.replaceAll("/", ".").replaceAll(/[^A-Za-z0-9._-]/gu, "-");
  const id = characters.replace(/^[._-]+/, "") || "dataset";
  return RESERVED.has(id) || id.endsWith(".zarr") ? id.replace(/\.(?=[^.]*$)/, "-") : id;
}

/** A folder's name may hold dots that are no extension: only these are. */
function splitExtension({ path, isFolder }: FoundDataset): { path: string; extension: string } {
  const [, stem, extension] =
    (isFolder ? /^(.*[^/])\.(zarr|icechunk|parq|parquet)$/i : /^(.*?[^/])\.(json\.zstd?|[^./]+)$/i).exec(
      path,
    ) ?? [];
  return stem === undefined || extension === undefined ? { path, extension: "" } : { path: stem, extension };
}

function digestOf(path: string): string {
  return createHash("sha256").update(path).digest("hex").slice(0, 6);
}
