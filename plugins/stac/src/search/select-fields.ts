import type { Fields } from "./search-request.ts";

type Members = Record<string, unknown>;

/** What an item is without a wish, for those who wish to have some more. */
const STANDARD = [
  "type",
  "stac_version",
  "id",
  "geometry",
  "bbox",
  "links",
  "assets",
  "collection",
  "properties.datetime",
];
/** Without these a feature is none. */
const NEEDED = ["type", "stac_version", "id", "collection"];

/** Without one of these pystac refuses the item. */
const TIMES = ["properties.datetime", "properties.start_datetime", "properties.end_datetime"];

/** An item with the fields that were asked for (STAC API fields extension). */
export function selectFields(item: Members, { include, exclude }: Fields): Members {
  const wanted = include.length === 0 ? undefined : [...include, ...NEEDED, ...TIMES];
  if (wanted === undefined && exclude.length === 0) return pick(item, STANDARD);
  const chosen = wanted === undefined ? structuredClone(item) : pick(item, wanted);
  for (const path of exclude) if (!include.includes(path) && !NEEDED.includes(path)) drop(chosen, path);
  return chosen;
}

function pick(item: Members, paths: readonly string[]): Members {
  const chosen: Members = {};
  for (const path of paths) {
    const names = namesOf(item, path);
    let from: unknown = item;
    let to = chosen;
    for (const [position, name] of names.entries()) {
      if (typeof from !== "object" || from === null || !Object.hasOwn(from, name)) break;
      const value = (from as Members)[name]; // an own member
      if (position === names.length - 1) to[name] = value;
      else {
        const known = Object.hasOwn(to, name) ? to[name] : undefined;
        // what is there already may be the item's own part, which is not to be changed
        const next: Members = typeof known === "object" && known !== null ? { ...(known as Members) } : {};
        to[name] = next;
        to = next;
        from = value;
      }
    }
  }
  return chosen;
}

function drop(item: Members, path: string): void {
  const names = namesOf(item, path);
  let from: unknown = item;
  for (const name of names.slice(0, -1)) {
    if (typeof from !== "object" || from === null || !Object.hasOwn(from, name)) return;
    from = (from as Members)[name]; // an own member
  }
  if (typeof from === "object" && from !== null) delete (from as Members)[names.at(-1) ?? ""];
}

/** Properties may be named without `properties.` before them. */
function namesOf(item: Members, path: string): string[] {
  const names = path.split(".").slice(0, 10);
  const [head = ""] = names;
  return Object.hasOwn(item, head) || head === "properties" ? names : ["properties", ...names];
}
