import { createVerify, generateKeyPairSync, hash } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type JobRecord, jobState } from "@zarr-gateway/jobs";
import { OpenFiles, openStore, RemoteConnections, type StoreCredentials } from "@zarr-gateway/stores";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAzureServer } from "../../../../packages/stores/src/testing/azure-server.ts";
import { startS3Server } from "../../../../packages/stores/src/testing/s3-server.ts";
import { AttemptFiles } from "../files/attempt-files.ts";
import { jobResults } from "../job-results.ts";
import { removeResults } from "../lifetime/remove-results.ts";
import { type JobBench, jobBench, put, putChunk, putStore, type Run } from "../testing/job-bench.ts";
import { storingBench } from "../testing/storing-bench.ts";
import { cloudFrontSigner, cloudFrontUrl } from "./cloudfront.ts";
import { PrefixTokens, sharedSecret } from "./prefix-token.ts";
import type { RemoteStores } from "./remote-copies.ts";
import { signedRoutes } from "./signed-routes.ts";
import {
  allowedPlaces,
  isWithin,
  locationOf,
  parseAllowed,
  parseTarget,
  remotePath,
} from "./storage-target.ts";
import { linkUntil, storedAccess } from "./stored-access.ts";
import { UploadLog } from "./upload-log.ts";

const some: Run = async (folder) => {
  await putStore(folder);
  await putChunk(folder, 0);
  await put(folder, "big.bin", new Uint8Array(1_500_000).fill(3));
};

describe("a place to store results", () => {
  it("is allowed by its parts, never by how it is written", () => {
    const allow = [
      "s3://results/out/",
      "https://account.blob.core.windows.net/",
      "abfss://box@other.dfs.core.windows.net/a/",
    ].map(parseAllowed);
    const isAllowed = (text: string): boolean => allow.some((place) => isWithin(parseTarget(text), place));
    for (const good of [
      "s3://results/out/",
      "s3://results/out/x",
      "https://account.blob.core.windows.net/any/thing",
      "https://other.blob.core.windows.net/box/a/b",
    ])
      expect([good, isAllowed(good)]).toEqual([good, true]);
    for (const bad of [
      "s3://results/",
      "s3://results/outer/",
      "s3://results/out/../x/",
      "s3://results/%2e%2e/x",
      "s3://results2/out/",
      "gs://results/out/",
      "https://other.blob.core.windows.net/box/",
      "az://any/thing",
    ])
      expect([bad, isAllowed(bad)]).toEqual([bad, false]);
    for (const none of [
      "https://account.blob.core.windows.net.evil.org/any",
      "https://evil.org/account.blob.core.windows.net/any",
      "https://account.blob.core.windows.net@evil.org/any",
      "http://account.blob.core.windows.net/any",
      "https://account.blob.core.windows.net:8443/any",
      "https://account.blob.core.windows.net/any?sig=x",
      "https://account.blob.core.windows.net/",
      "s3://user@results/out",
      "s3://results/a%2f..%2fb",
      "file:///etc/",
      "results",
    ])
      expect(() => parseTarget(none), none).toThrow(/place to store/);
  });

  it("has the addresses that stores and clients know", () => {
    const target = parseTarget("https://account.blob.core.windows.net/box/a b");
    expect(locationOf(target).href).toBe("abfss://box@account.dfs.core.windows.net/a%20b/");
    expect(remotePath(target)).toBe("azure://box/a b");
    expect(remotePath(parseTarget("s3://results/out/"))).toBe("s3://results/out");
  });
});

interface Remote {
  readonly target: string;
  readonly stores: RemoteStores;
  close(): Promise<void>;
}

const REMOTES: Readonly<Record<string, () => Promise<Remote>>> = {
  async S3() {
    const server = await startS3Server(["results"]);
    const credentials: StoreCredentials[] = [
      { prefix: new URL("s3://results/"), kind: "s3", values: server.credentials },
    ];
    const connections = new RemoteConnections({ attempts: 2, backoffMs: 1 });
    return {
      target: "s3://results/out/",
      stores: { credentials, connections },
      close: async () => {
        await connections.close();
        await server.close();
      },
    };
  },
  async "Azure Blob"() {
    const server = await startAzureServer(["results"]);
    const prefix = new URL("abfss://results@devstoreaccount1.dfs.core.windows.net/");
    const credentials: StoreCredentials[] = [{ prefix, kind: "azure", values: server.credentials }];
    const connections = new RemoteConnections({ attempts: 2, backoffMs: 1 });
    return {
      target: "https://devstoreaccount1.blob.core.windows.net/results",
      stores: { credentials, connections },
      close: async () => {
        await connections.close();
        await server.close();
      },
    };
  },
};

function storing({ target, stores }: Remote, allow = [target]): Promise<JobBench> {
  return storingBench({ target, stores, run: some, allow });
}

function storedOf(job: JobRecord, publicUrl?: string) {
  const tokens = new PrefixTokens(Buffer.alloc(32, 1));
  return storedAccess({ tokens, cloudFront: undefined, publicUrl, now: Date.now })(job);
}

it("results may be stored where all are stored, and nowhere else unless it is listed", () => {
  const places = allowedPlaces({ allow: [], default: "s3://results/outputs/" });
  expect(places.some((place) => isWithin(parseTarget("s3://results/outputs"), place))).toBe(true);
  expect(places.some((place) => isWithin(parseTarget("s3://results/other"), place))).toBe(false);
  expect(allowedPlaces({ allow: [], default: null })).toEqual([]);
});

describe("links to stored results", () => {
  const at = (endedAt: number | undefined) =>
    ({ endedAt, retentionMs: 3_600_000, createdAt: 0 }) as unknown as JobRecord; // all that is looked at
  it("hold as long as the results, or shorter where that is wished", () => {
    expect(linkUntil(at(1000), 5000, undefined)).toBe(3_601_000);
    for (const now of [10_000, 10_100, 11_900]) {
      const until = linkUntil(at(1000), now, 8000);
      expect(until).toBeLessThanOrEqual(now + 8000);
      expect(until).toBeGreaterThan(now + 6000 - 1);
    }
    expect(linkUntil(at(1000), 10_000, 8000)).toBe(linkUntil(at(1000), 11_900, 8000));
    expect(linkUntil(at(1000), 3_600_500, 8000)).toBe(3_601_000);
  });
});

describe.each(Object.entries(REMOTES))("results stored in %s", (name, start) => {
  let remote: Remote;
  beforeAll(async () => {
    remote = await start();
  });
  afterAll(() => remote.close());

  it("are the same bytes, below the workflow's and the job's name, and go when the results go", async () => {
    await using bench = await storing(remote);
    const job = await bench.ended(await bench.submit("exec_1"));
    expect(jobState(job)).toBe("succeeded");
    const stored = storedOf(job, "https://gateway.example.org");
    const prefix = remotePath(parseTarget(remote.target));
    expect(stored).toMatchObject({
      storageType: name === "S3" ? "s3" : "azure",
      remotePath: `${prefix}/bench/exec_1`,
    });
    const root = locationOf(parseTarget(`${remote.target.replace(/\/$/, "")}/bench/exec_1/`));
    const store = openStore(root, { allow: [root], ...remote.stores });
    expect(await store.get("big.bin")).toEqual(Buffer.alloc(1_500_000, 3));
    expect(await store.get("results.zarr/zarr.json")).toBeDefined();
    if (name === "Azure Blob") {
      expect(stored?.account).toBe("devstoreaccount1");
      expect(stored?.blobUrl).toMatch(/\/results\/bench\/exec_1\/results\.zarr$/);
      const link = stored?.signedUrl ?? "";
      const answer = await fetch(link.replace("/*?", "/results.zarr/zarr.json?"));
      expect([answer.status, ((await answer.json()) as { node_type: string }).node_type]).toEqual([
        200,
        "group",
      ]);
      expect(
        (await fetch(link.replace("/*?", "/results.zarr/zarr.json?").replace(/sig=[^&]+/, "sig=AAAA")))
          .status,
      ).toBe(403);
    } else
      expect(stored?.signedUrl).toMatch(
        /^https:\/\/gateway\.example\.org\/v1\/results\/exec_1\/\*\?token=\d+\./,
      );
    await removeResults(bench.folders, "exec_1", remote.stores);
    const again = openStore(root, { allow: [root], ...remote.stores });
    expect(await again.get("big.bin")).toBeUndefined();
    await removeResults(bench.folders, "exec_1", remote.stores);
  });

  it("are refused where the configuration does not allow it any more", async () => {
    await using bench = await storing(remote, ["s3://elsewhere/"]);
    const job = await bench.ended(await bench.submit("exec_2"));
    expect(job.tasks[0]?.steps[2]).toMatchObject({ state: "failed", error: { code: "forbidden" } });
  });

  it("go on after an attempt that broke off, without sending again what had arrived", async () => {
    await using bench = await storing(remote);
    const root = locationOf(parseTarget(`${remote.target.replace(/\/$/, "")}/bench/exec_3/`));
    const log = `upload-${hash("sha256", root.href).slice(0, 16)}.ndjson`;
    // as a crash leaves it: one file had arrived, and a line was cut off
    await put(bench.folders.published("exec_3"), log, '{"done":"big.bin"}\n{"done":"results.za');
    const job = await bench.ended(await bench.submit("exec_3"));
    expect(jobState(job)).toBe("succeeded");
    const store = openStore(root, { allow: [root], ...remote.stores });
    expect(await store.get("big.bin")).toBeUndefined();
    expect(await store.get("results.zarr/zarr.json")).toBeDefined();
    const known = await UploadLog.open(join(bench.folders.published("exec_3"), log));
    await known.close();
    expect(known.done.size).toBe(4);
  });
});

it("results may be stored where all are stored, and nowhere else unless it is listed", () => {
  const places = allowedPlaces({ allow: [], default: "s3://results/outputs/" });
  expect(places.some((place) => isWithin(parseTarget("s3://results/outputs"), place))).toBe(true);
  expect(places.some((place) => isWithin(parseTarget("s3://results/other"), place))).toBe(false);
  expect(allowedPlaces({ allow: [], default: null })).toEqual([]);
});

describe("links to stored results", () => {
  it("of this server hold for one job until a time, and read what lies here", async () => {
    await using bench = await jobBench({ run: some });
    const id = await bench.submit("exec_1");
    await bench.ended(id);
    const tokens = new PrefixTokens(await sharedSecret(bench.folders.root));
    const results = jobResults({
      folders: bench.folders,
      files: new AttemptFiles(new OpenFiles()),
      stored: () => undefined,
      remove: async () => {},
    });
    let now = 1_000_000;
    const connections = new RemoteConnections();
    const routes = signedRoutes({
      engine: bench.engine,
      results,
      tokens,
      stores: { credentials: [], connections },
      now: () => now,
    });
    routes.onError((error, c) => c.text("code" in error ? String(error.code) : error.message, 403));
    const token = tokens.create(id, 2_000_000);
    const get = async (
      path: string,
      query = `token=${token}`,
      init?: RequestInit,
    ): Promise<[number, string]> => {
      const answer = await routes.request(`/v1/results/${path}?${query}`, init);
      return [answer.status, await answer.text()];
    };
    expect((await get("exec_1/results.zarr/zarr.json"))[0]).toBe(200);
    expect(
      await get("exec_1/results.zarr/x/c/0/0", `token=${token}`, { headers: { range: "bytes=4-5" } }),
    ).toEqual([206, "\0\0"]);
    expect((await get("exec_1/results.zarr/x/c/3/0"))[0]).toBe(404);
    for (const [path, query] of [
      ["exec_2/results.zarr/zarr.json", `token=${token}`],
      ["exec_1/results.zarr/zarr.json", `token=${token.replace("2000", "3000")}`],
      ["exec_1/results.zarr/zarr.json", `token=${token.slice(0, -1)}`],
      ["exec_1/results.zarr/zarr.json", ""],
      ["exec_1/..%2f..%2fx", `token=${token}`],
    ] as const)
      expect([path, query, await get(path, query)]).toEqual([path, query, [403, "forbidden"]]);
    now = 2_000_000;
    expect(await get("exec_1/results.zarr/zarr.json")).toEqual([403, "forbidden"]);
    expect((await stat(join(bench.folders.root, ".link-key"))).mode & 0o777).toBe(0o600);
    await connections.close();
  });

  it("of CloudFront carry a policy for everything below the prefix, signed with RSA and SHA-1", () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const signer = cloudFrontSigner("https://d1.cloudfront.net/", "K1", pem);
    const link = cloudFrontUrl(signer, "outputs/wf/exec_1/", 1_800_000_000_500);
    expect(link).toMatch(
      /^https:\/\/d1\.cloudfront\.net\/outputs\/wf\/exec_1\/\*\?Policy=[A-Za-z0-9~_-]+&Signature=[A-Za-z0-9~_-]+&Key-Pair-Id=K1$/,
    );
    const query = new URL(link).searchParams;
    const bytes = (text: string | null): Buffer =>
      Buffer.from((text ?? "").replaceAll("-", "+").replaceAll("_", "=").replaceAll("~", "/"), "base64");
    const policy = bytes(query.get("Policy"));
    expect(policy.toString()).toBe(
      '{"Statement":[{"Resource":"https://d1.cloudfront.net/outputs/wf/exec_1/*","Condition":{"DateLessThan":{"AWS:EpochTime":1800000000}}}]}',
    );
    expect(
      createVerify("RSA-SHA1")
        .update(policy)
        .verify(publicKey, bytes(query.get("Signature"))),
    ).toBe(true);
  });
});
