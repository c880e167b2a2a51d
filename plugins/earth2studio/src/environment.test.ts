import { describe, expect, it } from "vitest";
import { earth2studioEnvironment } from "./environment.ts";

/** Keys as paths with dots, and their values. */
function read(environment: Record<string, string>): Record<string, unknown> {
  const { overrides } = earth2studioEnvironment(environment);
  return Object.fromEntries(overrides.map(({ path, value }) => [path.join("."), value]));
}

describe("Earth2Studio's environment variables", () => {
  it("are keys of the configuration", () => {
    expect(
      read({
        MAX_QUEUE_SIZE: "10",
        DEFAULT_OUTPUT_DIR: "/outputs",
        RESULTS_TTL_HOURS: "48",
        REDIS_RETENTION_TTL: "604800",
        OUTPUT_FORMAT: "netcdf4",
        EXPOSED_WORKFLOWS: "a, b",
        WORKFLOW_DIR: "/w:/v:/w",
        SERVER_PORT: "8080",
        SIGNED_URL_EXPIRES_IN: "3600",
        LOG_LEVEL: "WARNING",
      }),
    ).toEqual({
      "jobs.queue.maxSize": 10,
      "jobs.results.path": "/outputs",
      "jobs.results.keep": "48h",
      "jobs.records.keep": "604800s",
      "workflows.outputFormat": "netcdf4",
      "workflows.expose": ["a", "b"],
      "workflows.directories": ["/w", "/v"],
      "server.port": 8080,
      "jobs.objectStorage.linkLifetime": "3600s",
      "server.logLevel": "warn",
    });
    expect(read({ WORKFLOW_DIR: "/a:b,/c" })).toEqual({ "workflows.directories": ["/a:b", "/c"] });
  });
  it("say nothing where they are empty", () => {
    expect(read({ MAX_QUEUE_SIZE: "", OBJECT_STORAGE_ENABLED: " " })).toEqual({});
    expect(read({ OBJECT_STORAGE_BUCKET: "b", OBJECT_STORAGE_ENABLED: "false" })).toEqual({});
  });
  it("store results in a bucket, with its keys and what signs its links", () => {
    expect(
      read({
        OBJECT_STORAGE_ENABLED: "True",
        OBJECT_STORAGE_BUCKET: "b",
        OBJECT_STORAGE_PREFIX: "/runs/",
        OBJECT_STORAGE_REGION: "eu-central-1",
        OBJECT_STORAGE_ACCESS_KEY_ID: "id",
        OBJECT_STORAGE_SECRET_ACCESS_KEY: "secret",
        CLOUDFRONT_DOMAIN: "https://d.example",
      }),
    ).toEqual({
      "jobs.objectStorage.default": "s3://b/runs/",
      "sources.credentials.s3://b/.region": "eu-central-1",
      "sources.credentials.s3://b/.accessKeyId": "id",
      "sources.credentials.s3://b/.secretAccessKey": "secret",
      "jobs.objectStorage.cloudFront.domain": "https://d.example",
    });
    expect(read({ OBJECT_STORAGE_ENABLED: "true", OBJECT_STORAGE_BUCKET: "b" })).toEqual({
      "jobs.objectStorage.default": "s3://b/outputs/",
    });
  });
  it("are named where they cannot be read", () => {
    const { problems } = earth2studioEnvironment({
      MAX_QUEUE_SIZE: "many",
      RESULTS_TTL_HOURS: "1d",
      OBJECT_STORAGE_ENABLED: "true",
    });
    expect(problems.map(({ message }) => message)).toEqual([
      "expected a number in the environment variable MAX_QUEUE_SIZE",
      "expected a number of hours in the environment variable RESULTS_TTL_HOURS",
      "expected a bucket in the environment variable OBJECT_STORAGE_BUCKET",
    ]);
  });
});
