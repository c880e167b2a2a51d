import type { JobResults } from "@zarr-gateway/jobs";
import { GatewayError } from "@zarr-gateway/primitives";
import { afterEach, describe, expect, it } from "vitest";
import { fakeResults } from "./testing/fake-results.ts";
import { FILES, runForever, type Serving, type ServingOptions, startServing } from "./testing/serving.ts";

let serving: Serving;
afterEach(() => serving.close());

async function finished(options: ServingOptions = {}): Promise<string> {
  serving = startServing(options);
  const id = await serving.submit();
  await serving.ended(id);
  return id;
}

async function manifest(id: string, query = ""): Promise<Record<string, unknown>> {
  const answer = await serving.get(`/v1/infer/synth/${id}/results${query}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Record<string, unknown>; // the answer is an object
}

describe("the results of an execution", () => {
  it("are listed below its id, the main store first, with how it ended", async () => {
    const id = await finished();
    const listed = await manifest(id);
    expect(listed).toMatchObject({
      request_id: id,
      status: "completed",
      execution_time_seconds: 0.25,
      parameters: { steps: 4 },
      storage_type: "server",
      workflow_name: "synth",
      zip_created_at: null,
      peak_memory_usage: null,
      device: null,
    });
    expect(listed["completion_time"]).toMatch(/\+00:00$/);
    expect(listed["output_files"]).toMatchObject([
      {
        path: `${id}/results.zarr/zarr.json`,
        size: 17,
        media_type: "application/json",
        sha256: "0".repeat(64),
      },
      { path: `${id}/results.zarr/t2m/c/0`, size: 104 },
      { path: `${id}/empty.bin`, size: 0 },
      { path: `${id}/zusammenfassung ü.json`, size: 2 },
    ]);
  });
  it("can be had in pages", async () => {
    const id = await finished();
    const page = await manifest(id, "?offset=1&limit=2");
    expect(page["output_files"]).toMatchObject([
      { path: `${id}/results.zarr/t2m/c/0` },
      { path: `${id}/empty.bin` },
    ]);
    expect((await serving.get(`/v1/infer/synth/${id}/results?limit=many`)).status).toBe(422);
  });
  it("end with the archive where it is wanted", async () => {
    const id = await finished({ zip: true });
    const listed = await manifest(id);
    expect((listed["output_files"] as object[]).at(-1)).toEqual({
      path: `synth:${id}`,
      size: id.length * 2 + 4,
    });
    expect(listed["zip_created_at"]).not.toBe(null);
  });
  it("name the catalog into which they were entered", async () => {
    const entry = { kind: "stac", url: "https://c.example/", collection: "runs", item: "run-1" };
    const id = await finished({ catalog: entry });
    expect(await manifest(id)).toMatchObject({
      geo_catalog_url: "https://c.example/",
      geocatalog_collection_id: "runs",
      geocatalog_stac_feature_id: "run-1",
    });
  });
  it("of more files than fit into one page of the manifest are all there", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 10_001 }, (_, index) => [`f${index}`, new Uint8Array()]),
    );
    const id = await finished({ results: fakeResults(files) });
    expect((await manifest(id))["output_files"]).toHaveLength(10_001);
  });
  it("under a signed prefix are s3 for the client, wherever they are stored", async () => {
    const stored: JobResults["stored"] = () => ({
      storageType: "azure",
      remotePath: "azure://box/outputs/synth/x",
      signedUrl: "https://acct.example/box/outputs/synth/x/*?sig=1",
      account: "acct",
    });
    const id = await finished({ results: fakeResults(FILES, { stored }) });
    expect(await manifest(id)).toMatchObject({
      storage_type: "s3",
      stored_as: "azure",
      signed_url: "https://acct.example/box/outputs/synth/x/*?sig=1",
      remote_path: "azure://box/outputs/synth/x",
      azure_account_name: "acct",
    });
  });
  it("without a signed prefix are read from this server, and azure only where strictness is wanted", async () => {
    const stored: JobResults["stored"] = () => ({ storageType: "azure", remotePath: "azure://box/x" });
    const results = fakeResults(FILES, { stored });
    expect(await manifest(await finished({ results }))).toMatchObject({ storage_type: "server" });
    await serving.close();
    const strict = await manifest(await finished({ results, strict: true }));
    expect(strict).toMatchObject({ storage_type: "azure", status: "pending_results", completion_time: null });
    expect((strict["output_files"] as object[])[0]).toEqual({
      path: expect.stringMatching(/\/results.zarr\/zarr.json$/) as string,
      size: 17,
    });
  });
});

describe("an execution without results", () => {
  it("that goes on answers 202 with its state, where upstream and where its client look", async () => {
    serving = startServing({ run: runForever });
    await serving.submit();
    const id = await serving.submit();
    const answer = await serving.get(`/v1/infer/synth/${id}/results`);
    const told = { message: `Workflow execution ${id} is still queued`, status: "queued" };
    expect([answer.status, await answer.json()]).toMatchObject([202, { detail: told, ...told }]);
    const file = await serving.get(`/v1/infer/synth/${id}/results/results.zarr/zarr.json`);
    expect([file.status, await file.json()]).toMatchObject([
      404,
      { error: "Results not available", details: `Workflow execution ${id} is queued` },
    ]);
  });
  it("because it failed says why", async () => {
    const id = await finished({ run: () => Promise.reject(new Error("no such model")) });
    const answer = await serving.get(`/v1/infer/synth/${id}/results`);
    expect([answer.status, await answer.json()]).toMatchObject([
      404,
      {
        detail: { error: "Workflow execution failed", error_message: "no such model" },
        error: "Workflow execution failed",
        details: `Workflow execution ${id} failed and has no results: no such model`,
      },
    ]);
  });
  it("because they are over has 400 for the list and 410 for its files, 404 where strictness is wanted", async () => {
    for (const strict of [false, true]) {
      const id = await finished({ retentionMs: 1, strict });
      while ((await serving.engine.get(id))?.expiredAt === undefined)
        await new Promise((go) => setTimeout(go, 5));
      const list = await serving.get(`/v1/infer/synth/${id}/results`);
      expect([list.status, await list.json()]).toMatchObject([400, { detail: { error: "Results expired" } }]);
      const file = await serving.get(`/v1/infer/synth/${id}/results/results.zarr/zarr.json`);
      expect(file.status).toBe(strict ? 404 : 410);
      await serving.close();
    }
  });
  it("because somebody removed them between two looks is no failure of the server", async () => {
    const gone = () => Promise.reject(new GatewayError("expired", "removed"));
    const id = await finished({ results: fakeResults({}, { manifest: gone, file: gone }) });
    expect((await serving.get(`/v1/infer/synth/${id}/results`)).status).toBe(400);
    expect((await serving.get(`/v1/infer/synth/${id}/results/a`)).status).toBe(410);
    expect(serving.errors).toEqual([]);
  });
  it("because nobody knows it answers 400 here and 404 for its files", async () => {
    serving = startServing();
    const list = await serving.get("/v1/infer/synth/exec_1/results");
    expect([list.status, await list.json()]).toMatchObject([
      400,
      { detail: "Execution exec_1 not found for workflow synth" },
    ]);
    expect((await serving.get("/v1/infer/synth/exec_1/results/a")).status).toBe(404);
    expect((await serving.get("/v1/infer/nope/exec_1/results")).status).toBe(404);
  });
});

describe("a failure of the server", () => {
  it("is told without its inner words, and logged with them", async () => {
    const broken = () => Promise.reject(new Error("/var/lib/secret: no space"));
    const id = await finished({ results: fakeResults({}, { manifest: broken }) });
    const answer = await serving.get(`/v1/infer/synth/${id}/results`);
    const body = await answer.text();
    expect(answer.status).toBe(500);
    expect(body).not.toContain("secret");
    expect(JSON.parse(body)).toMatchObject({ error: expect.stringContaining("the log") as string });
    expect(serving.errors).toEqual(["/var/lib/secret: no space"]);
  });
});
