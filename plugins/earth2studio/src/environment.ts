/** Values of environment variables, given by the caller. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A key of the configuration and what a variable makes of it. */
export interface Override {
  readonly variable: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

export interface ReadEnvironment {
  readonly overrides: readonly Override[];
  /** Variables that say nothing that can be read, with what was expected. */
  readonly problems: readonly { readonly variable: string; readonly message: string }[];
}

/** Undefined: not of this kind. */
type Read = (text: string) => unknown;

interface Row {
  readonly variable: string;
  readonly path: readonly string[];
  readonly read: Read;
  readonly expected: string;
}

const whole: Read = (text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined);
const hours: Read = (text) => (/^\d{1,7}$/.test(text) ? `${text}h` : undefined);
const seconds: Read = (text) => (/^[1-9]\d{0,8}$/.test(text) ? `${text}s` : undefined);
const asIs: Read = (text) => text;
const names: Read = (text) => {
  const all = parts(text, ",");
  return all.length === 0 ? ["*"] : all;
};
/** Comma or colon, whichever is there; the first of two equal ones counts. */
const folders: Read = (text) => [...new Set(parts(text, text.includes(",") ? "," : ":"))];

const LEVELS: Readonly<Record<string, string>> = {
  trace: "debug",
  debug: "debug",
  info: "info",
  success: "info",
  warning: "warn",
  error: "error",
  critical: "error",
};

/** Earth2Studio's variables with a counterpart of their own; docs/earth2studio.md has the same table. */
const ROWS: readonly Row[] = [
  row("MAX_QUEUE_SIZE", ["jobs", "queue", "maxSize"], whole, "a number"),
  row("DEFAULT_OUTPUT_DIR", ["jobs", "results", "path"], asIs, "a folder"),
  row("RESULTS_TTL_HOURS", ["jobs", "results", "keep"], hours, "a number of hours"),
  row("REDIS_RETENTION_TTL", ["jobs", "records", "keep"], seconds, "a number of seconds"),
  row("OUTPUT_FORMAT", ["workflows", "outputFormat"], asIs, "zarr or netcdf4"),
  row("EXPOSED_WORKFLOWS", ["workflows", "expose"], names, "names with commas between them"),
  row("WORKFLOW_DIR", ["workflows", "directories"], folders, "folders with commas or colons between them"),
  row("SIGNED_URL_EXPIRES_IN", ["jobs", "objectStorage", "linkLifetime"], seconds, "a number of seconds"),
  row("SERVER_PORT", ["server", "port"], whole, "a port"),
  row(
    "LOG_LEVEL",
    ["server", "logLevel"],
    (text) => LEVELS[text.toLowerCase()],
    "DEBUG, INFO, WARNING or ERROR",
  ),
];

/** Keys of S3 below the prefix of the bucket. */
const S3_KEYS: Readonly<Record<string, string>> = {
  OBJECT_STORAGE_REGION: "region",
  OBJECT_STORAGE_ACCESS_KEY_ID: "accessKeyId",
  OBJECT_STORAGE_SECRET_ACCESS_KEY: "secretAccessKey",
  OBJECT_STORAGE_SESSION_TOKEN: "sessionToken",
  OBJECT_STORAGE_ENDPOINT_URL: "endpoint",
};

const CLOUDFRONT_KEYS: Readonly<Record<string, string>> = {
  CLOUDFRONT_DOMAIN: "domain",
  CLOUDFRONT_KEY_PAIR_ID: "keyPairId",
  CLOUDFRONT_PRIVATE_KEY: "privateKey",
};

const DEFAULT_PREFIX = "outputs";

/** What Earth2Studio's environment variables say, as keys of our configuration. An empty variable counts as unset. */
export function earth2studioEnvironment(environment: Environment): ReadEnvironment {
  const overrides: Override[] = [];
  const problems: { variable: string; message: string }[] = [];
  for (const { variable, path, read, expected } of ROWS) {
    const text = textOf(environment, variable);
    if (text === undefined) continue;
    const value = read(text);
    if (value === undefined)
      problems.push({ variable, message: `expected ${expected} in the environment variable ${variable}` });
    else overrides.push({ variable, path, value });
  }
  const storage = storageOverrides(environment);
  return { overrides: [...overrides, ...storage.overrides], problems: [...problems, ...storage.problems] };
}

/** Uploads of every result to S3; with `azure` it is the request that names the container. */
function storageOverrides(environment: Environment): ReadEnvironment {
  const nothing = { overrides: [], problems: [] };
  if (textOf(environment, "OBJECT_STORAGE_ENABLED")?.toLowerCase() !== "true") return nothing;
  const variable = "OBJECT_STORAGE_TYPE";
  const type = textOf(environment, variable)?.toLowerCase() ?? "s3";
  if (type === "azure") return nothing;
  if (type !== "s3")
    return {
      overrides: [],
      problems: [{ variable, message: `expected s3 or azure in the environment variable ${variable}` }],
    };
  const bucket = textOf(environment, "OBJECT_STORAGE_BUCKET");
  if (bucket === undefined) {
    const message = "expected a bucket in the environment variable OBJECT_STORAGE_BUCKET";
    return { overrides: [], problems: [{ variable: "OBJECT_STORAGE_BUCKET", message }] };
  }
  const prefix = parts(textOf(environment, "OBJECT_STORAGE_PREFIX") ?? DEFAULT_PREFIX, "/").join("/");
  const target = {
    variable: "OBJECT_STORAGE_BUCKET",
    path: ["jobs", "objectStorage", "default"],
    value: `s3://${bucket}/${prefix === "" ? "" : `${prefix}/`}`,
  };
  const credentials = keysOf(environment, S3_KEYS, ["sources", "credentials", `s3://${bucket}/`]);
  const links = keysOf(environment, CLOUDFRONT_KEYS, ["jobs", "objectStorage", "cloudFront"]);
  return { overrides: [target, ...credentials, ...links], problems: [] };
}

function keysOf(
  environment: Environment,
  keys: Readonly<Record<string, string>>,
  above: readonly string[],
): readonly Override[] {
  return Object.entries(keys).flatMap(([variable, key]) => {
    const value = textOf(environment, variable);
    return value === undefined ? [] : [{ variable, path: [...above, key], value }];
  });
}

function row(variable: string, path: readonly string[], read: Read, expected: string): Row {
  return { variable, path, read, expected };
}

function textOf(environment: Environment, variable: string): string | undefined {
  const text = environment[variable]?.trim();
  return text === "" ? undefined : text;
}

function parts(text: string, separator: string): readonly string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
