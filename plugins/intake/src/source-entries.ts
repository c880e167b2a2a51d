import { EntryNames } from "./entry-names.ts";
import { inertText } from "./inert-text.ts";
import { encodedPath, type Method } from "./methods.ts";
import { yamlText } from "./yaml.ts";

/** What all sources of a dataset have alike; `description` and `metadata` are YAML already. */
export interface SourceEntries {
  readonly id: string;
  /** `http://host/datasets/air`. */
  readonly url: string;
  readonly description: string;
  readonly metadata: string;
  /** The default first; not empty. */
  readonly methods: readonly Method[];
  /** Paths of groups that get entries beside the root's. */
  readonly groups: readonly string[];
}

/**
 * Version 1 sources of one dataset: `{id}` with the parameter `method`, and `{id}.{method}` for clients that cannot
 * pass one (Intake 2 ignores it); the same for its groups, `{id}/{group}`. Written from pieces and not by a serializer:
 * a catalog has tens of thousands of them.
 */
export function sourceEntries(entries: SourceEntries): string {
  const { methods, groups } = entries;
  const names = new EntryNames(inertText(entries.id, MAX_NAME));
  const start = sourceStart(entries);
  const end = `    parameters: ${parametersOf(methods)}\n    metadata: ${entries.metadata}\n`;
  let text = `${names.key()}${start}{{ method }}"}\n${end}`;
  for (const method of methods) text += `${names.key(`.${method}`)}${start}${method}"}\n`;
  for (const group of groups)
    text += `${names.key(`/${inertText(group)}`)}${start}{{ method }}/${encodedPath(group)}"}\n${end}`;
  return text;
}

/** `{id}-{method}`, without parameters, as xpublish-intake names them. */
export function methodEntries({
  id,
  url,
  description,
  methods,
}: Omit<SourceEntries, "groups" | "metadata">): string {
  const names = new EntryNames(inertText(id, MAX_NAME));
  const start = sourceStart({ url, description });
  return methods.map((method) => `${names.key(`-${method}`)}${start}${method}"}\n`).join("");
}

/** Longer than any id: a name that is cut would be another's too. */
const MAX_NAME = 4000;

/** After the name, up to the method in the address. */
function sourceStart({ url, description }: Pick<SourceEntries, "url" | "description">): string {
  const address = yamlText(`${url}/`).slice(0, -1); // open at its end
  return `\n    driver: "zarr"\n    description: ${description}\n    args: {consolidated: true, urlpath: ${address}`;
}

function parametersOf(methods: readonly Method[]): string {
  const [preferred = "zarr"] = methods;
  return `{method: {description: "how the server hands the data out", type: "str", default: "${preferred}", allowed: ["${methods.join('", "')}"]}}`;
}
