import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { messageOf } from "@zarr-gateway/primitives";
import { objectLocationProblem } from "@zarr-gateway/stores";
import { credentialProblems } from "./credentials.ts";
import { type ConfigurationDocument, type KeyPath, parseConfigurationText } from "./document.ts";
import type { Environment } from "./environment.ts";
import { configurationJsonSchema } from "./json-schema.ts";
import { ownerProblems } from "./owner-problems.ts";
import { ConfigurationError, formatKey, type Problem } from "./problem.ts";
import { isUrl, REFERENCES_PREFIX, resolvePaths } from "./resolve-paths.ts";
import { type Configuration, configurationSchema, LATER_FORMATS, LATER_KEYS } from "./schema.ts";
import { withServeEnvironment } from "./serve-environment.ts";
import { explainIssues, issuesOf, valueAt } from "./validate.ts";

export interface LoadedConfiguration {
  /** Every path absolute. */
  readonly configuration: Configuration;
  /** Where keys stand, for problems found later; absent when there is no file. */
  readonly document?: ConfigurationDocument;
  /** Where the user's programs keep what they can make again; absent where the system names no such folder. */
  readonly cacheFolder?: string;
}

/**
 * Reads and checks a configuration file.
 * @throws ConfigurationError with every problem: file, line, column, key, what was expected
 */
export async function loadConfiguration(
  file: string,
  environment: Environment,
): Promise<LoadedConfiguration> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new ConfigurationError([{ key: "", message: `${file}: cannot be read (${reasonOf(error)})` }]);
  }
  return parseConfiguration(text, file, environment);
}

function reasonOf(error: unknown): string {
  const code = (error as { code?: unknown }).code; // file system errors have one
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a folder; give the file";
  return messageOf(error);
}

/** The same for text that is already there; `file` names it in messages and is what relative paths are relative to. */
export function parseConfiguration(
  text: string,
  file: string,
  environment: Environment,
): LoadedConfiguration {
  const parsed = withServeEnvironment(parseConfigurationText(text, file, environment), environment);
  const later = laterProblems(parsed);
  const document = { ...parsed, value: ordinaryNumbers(parsed.value, []) };
  const result = configurationSchema.safeParse(document.value);
  const wrong = result.success
    ? [
        ...locationProblems(result.data, document),
        ...credentialProblems(result.data.sources.credentials, document),
        ...ownerProblems(result.data, document),
      ]
    : explainIssues(issuesOf(result.error), { document, schema: configurationJsonSchema(), at: [] });
  const laterKeys = new Set(later.map(({ key }) => key));
  const problems = [...later, ...wrong.filter(({ key }) => !laterKeys.has(key))];
  if (problems.length > 0 || !result.success) throw new ConfigurationError(problems.sort(byPlace));
  return { configuration: resolvePaths(result.data, dirname(resolve(file))), document };
}

/** What a configuration without a file means. */
export function defaultConfiguration(): Configuration {
  return configurationSchema.parse({});
}

function byPlace(a: Problem, b: Problem): number {
  return (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0);
}

/** Integers are numbers everywhere but in attributes, whose integers and floats clients tell apart. */
function ordinaryNumbers(value: unknown, path: KeyPath): unknown {
  const isOfDataset = ["datasets", "forecasts", "maps"].includes(String(path[0]));
  if (path.length === 3 && isOfDataset && path[2] === "attributes") return value;
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map((item, position) => ordinaryNumbers(item, [...path, position]));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, ordinaryNumbers(item, [...path, key])]),
  );
}

function laterProblems(document: ConfigurationDocument): Problem[] {
  const problems: Problem[] = [];
  const refuse = (path: KeyPath, what: string): void => {
    problems.push({
      place: document.placeOf(path),
      key: formatKey(path),
      message: `${what} is not available in this version`,
    });
  };
  for (const pattern of LATER_KEYS) {
    for (const path of matchingPaths(document.value, pattern.split("."))) refuse(path, String(path.at(-1)));
  }
  for (const path of matchingPaths(document.value, ["datasets", "*", "format"])) {
    const format = valueAt(document.value, path);
    if (LATER_FORMATS.some((later) => later === format)) refuse(path, `the format ${String(format)}`);
  }
  return problems;
}

/** Paths of the document that fit a pattern, where `*` is any one name. */
function matchingPaths(root: unknown, pattern: readonly string[]): KeyPath[] {
  let paths: KeyPath[] = [[]];
  for (const part of pattern) {
    paths = paths.flatMap((path) => {
      const value = valueAt(root, path);
      if (typeof value !== "object" || value === null) return [];
      return Object.keys(value)
        .filter((key) => part === "*" || part === key)
        .map((key) => [...path, key]);
    });
  }
  return paths;
}

function locationProblems(configuration: Configuration, document: ConfigurationDocument): Problem[] {
  const problem = (path: KeyPath, message: string | undefined): Problem[] =>
    message === undefined ? [] : [{ place: document.placeOf(path), key: formatKey(path), message }];
  const ofDatasets = Object.entries(configuration.datasets).flatMap(([id, { location }]) =>
    [location].flat().flatMap((one, position) => {
      const path = ["datasets", id, "location", ...(Array.isArray(location) ? [position] : [])];
      return problem(path, locationProblem(one));
    }),
  );
  const ofFolders = configuration.folders.flatMap(({ path }, position) =>
    problem(["folders", position, "path"], folderProblem(path)),
  );
  return [...ofDatasets, ...ofFolders];
}

function folderProblem(path: string): string | undefined {
  if (isUrl(path) && !/^(file|s3|az|abfss?|gs):/i.test(path)) {
    return "expected a path, or a bucket such as s3://bucket/folder/; other servers do not tell what they have: name each dataset under datasets";
  }
  return locationProblem(path);
}

/** Why a location of the configuration or the command line cannot be read by this version; undefined when it can. */
export function locationProblem(written: string): string | undefined {
  const location = written.replace(/^icechunk\+(?=[A-Za-z])/i, "").replace(REFERENCES_PREFIX, "");
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+)::?/.exec(location)?.[1];
  if (isUrl(location) && !/^(https?|file|s3|az|abfss?|gs):/i.test(location)) {
    return `${scheme ?? ""} locations are not available; expected a path or a URL that begins with https:, s3:, az:, abfss: or gs:`;
  }
  if (/^https?:/i.test(location) && URL.parse(location) === null)
    return "expected a URL such as https://host/data.zarr";
  return isUrl(location) && !/^(https?|file):/i.test(location) ? bucketProblem(location) : undefined;
}

/** What the store would say, before it is asked for. */
function bucketProblem(location: string): string | undefined {
  const url = /^[a-z0-9]+:\/\/./i.test(location) ? URL.parse(location) : null;
  if (url === null || url.hostname === "")
    return "expected a bucket and a path, such as s3://bucket/data.zarr";
  return objectLocationProblem(url);
}
