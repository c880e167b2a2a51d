import { basename } from "node:path";
import type { Json } from "@zarr-gateway/jobs";

/** A folder of this machine, and what stands in its place where clients read; empty: what lies in it is told from there on. */
export interface HiddenPath {
  readonly path: string;
  readonly shown: string;
}

export type Hide = (text: string) => string;

/** Where packages and Python's own modules lie. */
const LIBRARY = /\/(?:node_modules|site-packages|dist-packages|python3\.\d+)\//;
/** What may be a path. Tokens are looked at one by one: time grows as the text does, whatever is in it. */
const TOKEN = /[^\s'"()]+/g;

/** Texts without these folders, longer ones before those that they lie in, and without the way to packages. */
export function hidingPaths(hidden: readonly HiddenPath[]): Hide {
  let known: { readonly expression: RegExp; readonly names: ReadonlyMap<string, string> } | undefined;
  return (text) => {
    if (!text.includes("/")) return text;
    known ??= compiled(hidden);
    const { expression, names } = known;
    return text
      .replaceAll(expression, (_, path: string, slash: string) => {
        const name = names.get(path) ?? "";
        if (name !== "") return `${name}${slash}`;
        return slash === "" ? "." : "";
      })
      .replaceAll(TOKEN, withoutWay);
  };
}

/** The same of every text in a value, names of members apart. */
export function hiddenIn(value: Json, hide: Hide): Json {
  if (typeof value === "string") return hide(value);
  if (Array.isArray(value)) return value.map((one: Json) => hiddenIn(one, hide));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, hiddenIn(one, hide)]));
}

/** Folders under their own names. */
export function namedFolders(paths: readonly string[]): HiddenPath[] {
  return paths.filter((path) => path.startsWith("/")).map((path) => ({ path, shown: basename(path) }));
}

/** Without what leads to a package. */
function withoutWay(token: string): string {
  const library = LIBRARY.exec(token)?.index;
  if (library === undefined) return token;
  const url = token.indexOf("file:///");
  const start = url >= 0 ? url : token.indexOf("/");
  return start > library || token[start + 1] === "/"
    ? token
    : token.slice(0, start) + token.slice(library + 1);
}

function compiled(hidden: readonly HiddenPath[]) {
  // the first of a path that is named twice counts
  const names = new Map(
    hidden
      .map(({ path, shown }) => [path.replace(/\/+$/, ""), shown] as const)
      .filter(([path]) => path !== "")
      .reverse(),
  );
  const longest = [...names.keys()].sort((a, b) => b.length - a.length).map((path) => RegExp.escape(path));
  const expression = new RegExp(`(?:file://)?(${longest.join("|") || "(?!)"})(/|(?![\\w-]|\\.\\w))`, "g");
  return { expression, names };
}
