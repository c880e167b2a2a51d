import { messageOf } from "@zarr-gateway/primitives";
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  Scalar,
} from "yaml";
import { keyBelow, type PackageProblem } from "./package-problem.ts";
import type { Place, Report, Written } from "./written.ts";

export interface PackageDocument {
  /** undefined where the text is no YAML; then there are problems. */
  readonly root: Written | undefined;
  readonly problems: readonly PackageProblem[];
  /** Makes a problem of a mistake found later. */
  problemAt(place: Place, message: string): PackageProblem;
}

/** A list of 100 levels in 100 tensors is 10 000 values; aliases of aliases would make millions. */
const MAX_VALUES = 200_000;
const MAX_DEPTH = 32;
const MAX_TEXT = 4 * 1024 ** 2;

/**
 * Parses the text of a model package, anchors, aliases and merge keys (`<<`) included.
 * @param file name of the file, for messages
 */
export function parsePackageDocument(text: string, file: string): PackageDocument {
  const lines = new LineCounter();
  const problems: PackageProblem[] = [];
  const problemAt = ({ key, offset }: Place, message: string): PackageProblem => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col), key, message };
  };
  const report: Report = (place, message) => void problems.push(problemAt(place, message));
  const document = documentOf(text, lines, report);
  if (document === undefined || problems.length > 0) return { root: undefined, problems, problemAt };
  const root = new TreeReader(document, report).read(document.contents, { key: "", offset: 0 }, 0);
  return { root, problems, problemAt };
}

function documentOf(text: string, lines: LineCounter, report: Report): Document | undefined {
  const start = { key: "", offset: 0 };
  if (text.length > MAX_TEXT) {
    report(start, `expected at most ${MAX_TEXT} characters; got ${text.length}`);
    return undefined;
  }
  try {
    const document = parseDocument(text, { lineCounter: lines, intAsBigInt: true, prettyErrors: false });
    for (const { code, pos, message } of document.errors) {
      const reason = code === "DUPLICATE_KEY" ? duplicateKey(text, pos[0]) : `not valid YAML: ${message}`;
      report({ key: "", offset: pos[0] }, reason);
    }
    return document;
  } catch (error) {
    report(start, `not valid YAML: ${messageOf(error)}`); // nested deeper than the parser's stack
    return undefined;
  }
}

function duplicateKey(text: string, start: number): string {
  const key = /^(?:"[^"]*"|'[^']*'|[^\s:]+)/.exec(text.slice(start, start + 200))?.[0] ?? "";
  return `the key ${JSON.stringify(key.replace(/^["']|["']$/g, ""))} is there twice; keep one`;
}

type Pairs = readonly { readonly key: unknown; readonly value: unknown }[];

/** Walks the syntax tree once. */
class TreeReader {
  readonly #document: Document;
  readonly #report: Report;
  #values = 0;

  constructor(document: Document, report: Report) {
    this.#document = document;
    this.#report = report;
  }

  read(node: unknown, place: Place, depth: number): Written {
    this.#values += 1;
    if (this.#values > MAX_VALUES || depth > MAX_DEPTH) return this.#tooMuch(place, depth);
    if (isAlias(node)) return this.#aliased(node, place, depth);
    if (isSeq(node)) {
      const items = node.items.map((item, position) =>
        this.read(item, placeOf(item, keyBelow(place.key, position), place), depth + 1),
      );
      return { ...place, kind: "list", items };
    }
    if (isMap(node)) return { ...place, kind: "map", entries: this.#entries(node.items, place, depth) };
    return { ...place, kind: "scalar", value: isScalar(node) ? this.#scalar(node, place) : null };
  }

  #aliased(alias: Alias, place: Place, depth: number): Written {
    const node = alias.resolve(this.#document);
    if (node === undefined) this.#report(place, `there is no anchor &${alias.source} before this`);
    return this.read(node, place, depth + 1);
  }

  #entries(pairs: Pairs, place: Place, depth: number): Map<string, Written> {
    const own = new Map<string, Written>();
    const merged: Map<string, Written>[] = [];
    for (const { key, value } of pairs) {
      if (isMerge(key)) {
        merged.push(...this.#merged(value, placeOf(key, keyBelow(place.key, "<<"), place), depth));
        continue;
      }
      const name = String(isScalar(key) ? (key.source ?? key.value) : key);
      own.set(name, this.read(value, placeOf(key, keyBelow(place.key, name), place), depth + 1));
    }
    if (merged.length === 0) return own;
    // the map's own keys win, then the first that is merged
    const all = new Map<string, Written>();
    for (const entries of [...merged.reverse(), own]) for (const entry of entries) all.set(...entry);
    return all;
  }

  #merged(value: unknown, place: Place, depth: number): Map<string, Written>[] {
    const node = isAlias(value) ? value.resolve(this.#document) : value;
    const parent = { ...place, key: place.key.replace(/\.?<<$|\["<<"\]$/, "") };
    if (depth > MAX_DEPTH || this.#values++ > MAX_VALUES) return [];
    if (isMap(node)) return [this.#entries(node.items, parent, depth + 1)];
    if (isSeq(node)) return node.items.flatMap((item) => this.#merged(item, place, depth + 1));
    this.#report(place, "expected a map, or a list of maps, to be merged");
    return [];
  }

  #scalar(node: Scalar, place: Place): null | boolean | number | bigint | string {
    const { value } = node;
    if (value === null || value === undefined) return null;
    if (["boolean", "number", "bigint", "string"].includes(typeof value))
      return value as boolean | number | bigint | string; // just looked at
    this.#report(place, "expected a text, a number or a truth value");
    return null;
  }

  #tooMuch(place: Place, depth: number): Written {
    // told once: what follows is not read either
    if (this.#values <= MAX_VALUES + 1) {
      const limit = depth > MAX_DEPTH ? `${MAX_DEPTH} levels of nesting` : `${MAX_VALUES} values`;
      this.#report(place, `more than ${limit}`);
      this.#values = MAX_VALUES + 1;
    }
    return { ...place, kind: "scalar", value: null };
  }
}

function isMerge(key: unknown): boolean {
  return isScalar(key) && key.type === Scalar.PLAIN && key.source === "<<";
}

function placeOf(node: unknown, key: string, above: Place): Place {
  const start = (node as { range?: readonly number[] | null } | null)?.range?.[0]; // every parsed node has a range
  return { key, offset: start ?? above.offset };
}
