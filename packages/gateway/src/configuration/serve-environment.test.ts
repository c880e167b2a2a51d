import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfiguration } from "./load.ts";
import { valueAt } from "./validate.ts";

const SWITCH = "plugins: { earth2studio: { environment: true } }";
const BUCKET = { OBJECT_STORAGE_ENABLED: "TRUE", OBJECT_STORAGE_BUCKET: "b" };
const S3 = ["sources", "credentials", "s3://b/"];
const LINKS = ["jobs", "objectStorage", "cloudFront"];
const CLOUDFRONT = {
  ...BUCKET,
  CLOUDFRONT_DOMAIN: "https://d.example",
  CLOUDFRONT_KEY_PAIR_ID: "K1",
  CLOUDFRONT_PRIVATE_KEY: "-----BEGIN PRIVATE KEY-----",
};
const KEYS = { ...BUCKET, OBJECT_STORAGE_ACCESS_KEY_ID: "id", OBJECT_STORAGE_SECRET_ACCESS_KEY: "secret" };

/** Each variable alone (or with those it needs), and what the server is then configured with. */
const ROWS: readonly (readonly [
  variable: string,
  Record<string, string>,
  path: readonly string[],
  unknown,
])[] = [
  ["MAX_QUEUE_SIZE", { MAX_QUEUE_SIZE: "7" }, ["jobs", "queue", "maxSize"], 7],
  ["DEFAULT_OUTPUT_DIR", { DEFAULT_OUTPUT_DIR: "out" }, ["jobs", "results", "path"], "/etc/out"],
  ["RESULTS_TTL_HOURS", { RESULTS_TTL_HOURS: "2" }, ["jobs", "results", "keep"], 7_200_000],
  ["REDIS_RETENTION_TTL", { REDIS_RETENTION_TTL: "604800" }, ["jobs", "records", "keep"], 604_800_000],
  ["OUTPUT_FORMAT", { OUTPUT_FORMAT: "netcdf4" }, ["workflows", "outputFormat"], "netcdf4"],
  ["EXPOSED_WORKFLOWS", { EXPOSED_WORKFLOWS: "a, b" }, ["workflows", "expose"], ["a", "b"]],
  ["WORKFLOW_DIR", { WORKFLOW_DIR: "/w:v" }, ["workflows", "directories"], ["/w", "/etc/v"]],
  ["SERVER_PORT", { SERVER_PORT: "8080" }, ["server", "port"], 8080],
  ["LOG_LEVEL", { LOG_LEVEL: "Warning" }, ["server", "logLevel"], "warn"],
  [
    "SIGNED_URL_EXPIRES_IN",
    { SIGNED_URL_EXPIRES_IN: "60" },
    ["jobs", "objectStorage", "linkLifetime"],
    60_000,
  ],
  [
    "OBJECT_STORAGE_ENABLED",
    { ...BUCKET, OBJECT_STORAGE_ENABLED: "false" },
    ["jobs", "objectStorage", "default"],
    null,
  ],
  [
    "OBJECT_STORAGE_TYPE",
    { ...BUCKET, OBJECT_STORAGE_TYPE: "azure" },
    ["jobs", "objectStorage", "default"],
    null,
  ],
  ["OBJECT_STORAGE_BUCKET", BUCKET, ["jobs", "objectStorage", "default"], "s3://b/outputs/"],
  [
    "OBJECT_STORAGE_PREFIX",
    { ...BUCKET, OBJECT_STORAGE_PREFIX: "a/b" },
    ["jobs", "objectStorage", "default"],
    "s3://b/a/b/",
  ],
  ["OBJECT_STORAGE_REGION", { ...KEYS, OBJECT_STORAGE_REGION: "eu" }, [...S3, "region"], "eu"],
  ["OBJECT_STORAGE_ACCESS_KEY_ID", KEYS, [...S3, "accessKeyId"], "id"],
  ["OBJECT_STORAGE_SECRET_ACCESS_KEY", KEYS, [...S3, "secretAccessKey"], "secret"],
  [
    "OBJECT_STORAGE_SESSION_TOKEN",
    { ...KEYS, OBJECT_STORAGE_SESSION_TOKEN: "t" },
    [...S3, "sessionToken"],
    "t",
  ],
  [
    "OBJECT_STORAGE_ENDPOINT_URL",
    { ...KEYS, OBJECT_STORAGE_ENDPOINT_URL: "http://s3.example" },
    [...S3, "endpoint"],
    "http://s3.example",
  ],
  ["CLOUDFRONT_DOMAIN", CLOUDFRONT, [...LINKS, "domain"], "https://d.example"],
  ["CLOUDFRONT_KEY_PAIR_ID", CLOUDFRONT, [...LINKS, "keyPairId"], "K1"],
  ["CLOUDFRONT_PRIVATE_KEY", CLOUDFRONT, [...LINKS, "privateKey"], "-----BEGIN PRIVATE KEY-----"],
];

function configured(text: string, environment: Record<string, string>, path: readonly string[]): unknown {
  return valueAt(parseConfiguration(text, "/etc/gateway.yaml", environment).configuration, path);
}

describe("a server that asks for Earth2Studio's variables", () => {
  it.each(ROWS)(
    "is configured by %s, and without the switch it is not",
    (_variable, environment, path, expected) => {
      expect(configured(`jobs: {}\nworkflows: {}\n${SWITCH}`, environment, path)).toEqual(expected);
      const empty = Object.fromEntries(Object.keys(environment).map((name) => [name, ""]));
      const before = configured("jobs: {}\nworkflows: {}", {}, path);
      expect(configured(`jobs: {}\nworkflows: {}\n${SWITCH}`, empty, path)).toEqual(before);
      expect(configured("jobs: {}\nworkflows: {}", environment, path)).toEqual(before);
    },
  );

  it("finds each of these variables in the documentation", () => {
    const text = readFileSync(join(import.meta.dirname, "../../../../docs/earth2studio.md"), "utf8");
    const short = (name: string): string => name.replace(/^OBJECT_STORAGE/, "");
    for (const [name] of ROWS)
      expect([name, text.includes(`\`${name}\``) || text.includes(`\`${short(name)}\``)]).toEqual([
        name,
        true,
      ]);
  });
});
