import { inertText } from "./inert-text.ts";
import { encodedPath, type Listed, type Method } from "./methods.ts";
import { type YamlValue, yamlLine } from "./yaml.ts";

export interface SourceEntries extends Listed {
  /** `http://host/datasets/air`. */
  readonly url: string;
  readonly description: string;
  readonly metadata: { readonly [key: string]: YamlValue | undefined };
  /** The default first; not empty. */
  readonly methods: readonly Method[];
  /** Paths of groups that get entries beside the root's. */
  readonly groups: readonly string[];
}

/**
 * Version 1 sources of one dataset: `{id}` with the parameter `method`, and `{id}.{method}` for clients that cannot
 * pass one (Intake 2 ignores it); the same for its groups, `{id}/{group}`.
 */
export function sourceEntries(entries: SourceEntries): string {
  const { id, methods, groups } = entries;
  const lines = [withParameter(id, entries, "")];
  for (const method of methods) lines.push(ofMethod(`${id}.${method}`, entries, method));
  for (const group of groups) lines.push(withParameter(`${id}/${group}`, entries, group));
  return lines.join("");
}

function withParameter(
  name: string,
  { url, description, metadata, methods }: SourceEntries,
  group: string,
): string {
  const [preferred = "zarr"] = methods;
  const parameter = {
    description: "how the server hands the data out",
    type: "str",
    default: preferred,
    allowed: [...methods],
  };
  const path = group === "" ? "" : `/${encodedPath(group)}`;
  return (
    yamlLine(2, inertText(name)) +
    yamlLine(4, "driver", "zarr") +
    yamlLine(4, "description", description) +
    yamlLine(4, "args", { consolidated: true, urlpath: `${url}/{{ method }}${path}` }) +
    yamlLine(4, "parameters", { method: parameter }) +
    yamlLine(4, "metadata", metadata)
  );
}

/** A source without parameters. */
export function ofMethod(
  name: string,
  { url, description }: Pick<SourceEntries, "url" | "description">,
  method: Method,
): string {
  return (
    yamlLine(2, inertText(name)) +
    yamlLine(4, "driver", "zarr") +
    yamlLine(4, "description", description) +
    yamlLine(4, "args", { consolidated: true, urlpath: `${url}/${method}` })
  );
}
