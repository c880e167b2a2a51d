import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { type JobRecord, jobState, type ResultFile } from "@zarr-gateway/jobs";
import { OpenFiles } from "@zarr-gateway/stores";
import { temporaryFolder } from "@zarr-gateway/testkit";
import { describe, expect, it } from "vitest";
import { AttemptFiles } from "./files/attempt-files.ts";
import { jobResults } from "./job-results.ts";
import { removeFiles } from "./lifetime/remove-files.ts";
import { type JobBench, jobBench, put, type Run } from "./testing/job-bench.ts";

const execute = promisify(execFile);

function resultsOf({ folders }: JobBench) {
  const files = new AttemptFiles(new OpenFiles({ checkEveryMs: 0 }));
  return jobResults({
    folders,
    files,
    stored: () => undefined,
    remove: (job) => removeFiles(folders, job.id),
  });
}

async function finished(run: Run, options: { readonly maxFiles?: number } = {}) {
  const bench = await jobBench({ run, ...options });
  const job = await bench.ended(await bench.submit("exec_1"));
  return { bench, job, results: resultsOf(bench) };
}

async function bytesOf(
  file: ResultFile | undefined,
  range?: { offset: number; length: number },
): Promise<Buffer> {
  if (file === undefined) throw new Error("there is no such file");
  const pieces: Uint8Array[] = [];
  for await (const piece of file.stream(range)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const some: Run = async (folder) => {
  await put(folder, "summary.json", '{"a":1}');
  await put(folder, "other.zarr/zarr.json", "{}");
  await put(folder, "results.zarr/zarr.json", "{}");
  await put(folder, "results.zarr/t2m/c/0/0", new Uint8Array(300_000).fill(7));
  await put(folder, "a/größe 1.txt", "ü");
};

describe("a manifest", () => {
  it("lists all files with sizes, types and checksums, the main store first", async () => {
    const { bench, job, results } = await finished(some);
    await using _ = bench;
    const manifest = await results.manifest(job, { offset: 0, limit: 100 });
    expect(manifest).toMatchObject({ job: "exec_1", files: 5, bytes: 300_013 });
    expect(manifest?.entries.map(({ path }) => path)).toEqual([
      "results.zarr/t2m/c/0/0",
      "results.zarr/zarr.json",
      "other.zarr/zarr.json",
      "a/größe 1.txt",
      "summary.json",
    ]);
    const content = Buffer.alloc(300_000, 7);
    expect(manifest?.entries[0]).toMatchObject({
      size: 300_000,
      mediaType: "application/octet-stream",
      sha256: createHash("sha256").update(content).digest("hex"),
      crc32: crc32(content),
    });
    expect((await results.manifest(job, { offset: 3, limit: 1 }))?.entries).toMatchObject([
      { path: "a/größe 1.txt", mediaType: "text/plain; charset=utf-8", size: 2 },
    ]);
    expect((await results.manifest(job, { offset: 9, limit: 5 }))?.entries).toEqual([]);
  });

  it("has the checksums of files that are hashed on another thread, in turn", async () => {
    const large = [9, 17].map((mebibytes, index) => Buffer.alloc(mebibytes * 2 ** 20 + index, index + 1));
    const { bench, job, results } = await finished(async (folder) => {
      for (const [index, content] of large.entries()) await put(folder, `large-${index}`, content);
      await put(folder, "small", "s");
    });
    await using _ = bench;
    const manifest = await results.manifest(job, { offset: 0, limit: 9 });
    expect(manifest?.entries.slice(0, 2)).toEqual(
      large.map((content, index) => ({
        path: `large-${index}`,
        size: content.length,
        mediaType: "application/octet-stream",
        sha256: createHash("sha256").update(content).digest("hex"),
        crc32: crc32(content),
      })),
    );
  });

  it("is read in pages across its thousands", async () => {
    const run: Run = async (folder) => {
      await mkdir(join(folder, "f"));
      for (let number = 0; number < 2100; number += 1) await writeFile(join(folder, "f", `${number}`), "");
    };
    const { bench, job, results } = await finished(run, { maxFiles: 3000 });
    await using _ = bench;
    const all = await results.manifest(job, { offset: 0, limit: 5000 });
    const part = await results.manifest(job, { offset: 995, limit: 1010 });
    expect(all?.entries).toHaveLength(2100);
    expect(part?.entries).toEqual(all?.entries.slice(995, 2005));
  });

  it("follows no links, and refuses too many files and names that no URL can hold", async () => {
    const linked = await finished(async (folder) => {
      await put(folder, "a.txt", "a");
      await symlink("/etc/hostname", join(folder, "link"));
      await symlink("/etc", join(folder, "etc"));
    });
    await using _linked = linked.bench;
    expect((await linked.results.manifest(linked.job, { offset: 0, limit: 9 }))?.entries).toHaveLength(1);
    await expect(linked.results.file(linked.job, "link")).rejects.toMatchObject({ code: "forbidden" });
    await expect(linked.results.file(linked.job, "etc/hostname")).rejects.toMatchObject({
      code: "forbidden",
    });
    await expect(linked.results.folder(linked.job, "etc")).rejects.toMatchObject({ code: "forbidden" });

    const many = await jobBench({ run: some, maxFiles: 2 });
    await using _many = many;
    const hostile = await jobBench({ run: (folder) => put(folder, "a\\..\\b\n", "") });
    await using _hostile = hostile;
    for (const bench of [many, hostile]) await bench.submit("exec_2");
    const codes = async (bench: JobBench) => {
      while ((await bench.record("exec_2")).tasks[0]?.steps[1]?.error === undefined)
        await new Promise((resolve) => setTimeout(resolve, 5));
      return (await bench.record("exec_2")).tasks[0]?.steps[1]?.error?.code;
    };
    expect(await codes(many)).toBe("too_large");
    expect(await codes(hostile)).toBe("invalid_request");
  });

  it("removes the folders of attempts that do not count", async () => {
    const run: Run = async (folder, context) => {
      await some(folder, context);
      if (context.attempt === 1) throw new Error("not this time");
    };
    const bench = await jobBench({ run, attempts: 2 });
    await using _ = bench;
    await put(bench.folders.attempt("exec_1", 9), "late.txt", "of a lost worker");
    await bench.ended(await bench.submit("exec_1"));
    expect(await readdir(bench.folders.of("exec_1"))).toEqual(["attempt-2", "published"]);
  });
});

describe("a result without files", () => {
  it("is answered in every form, also by who did not make it, and leaves no manifest on the disk", async () => {
    const { bench, job } = await finished(async () => {});
    await using _ = bench;
    expect(await readdir(bench.folders.of("exec_1"))).toEqual(["attempt-1"]);
    const results = resultsOf(bench);
    const page = { offset: 0, limit: 10 };
    const manifest = await results.manifest(job, page);
    expect(manifest).toMatchObject({ job: "exec_1", files: 0, bytes: 0, entries: [] });
    expect(await results.folder(job, "")).toEqual([]);
    expect(await results.file(job, "results.zarr/zarr.json")).toBeUndefined();
    const archive = await results.archive(job, "exec_1");
    expect((await bytesOf(archive)).toString("latin1", 0, 4)).toBe("PK\x05\x06");
    expect(archive?.size).toBe(22);
    await removeFiles(bench.folders, "exec_1");
    const after = resultsOf(bench);
    for (const call of [() => after.manifest(job, page), () => after.folder(job, "")])
      await expect(call()).rejects.toMatchObject({ code: "expired" });
  });

  it("needs no folder of its run", async () => {
    const { bench, job, results } = await finished((folder) => rm(folder, { recursive: true }));
    await using _ = bench;
    expect(await results.manifest(job, { offset: 0, limit: 1 })).toMatchObject({ files: 0 });
    expect(await results.folder(job, "")).toEqual([]);
  });
});

describe("files of results", () => {
  it("are read in ranges, under a version that changes with them", async () => {
    const { bench, job, results } = await finished(some);
    await using _ = bench;
    const file = await results.file(job, "summary.json");
    expect(file).toMatchObject({ path: "summary.json", size: 7, mediaType: "application/json" });
    expect(Buffer.from((await file?.read({ offset: 1, length: 3 })) ?? []).toString()).toBe('"a"');
    expect((await bytesOf(file)).toString()).toBe('{"a":1}');
    await put(bench.folders.attempt("exec_1", 1), "summary.json", '{"a":22}');
    const again = await results.file(job, "summary.json");
    expect(again?.version).not.toBe(file?.version);
    await expect(bytesOf(file)).rejects.toMatchObject({ details: { changed: true } });
  });

  it("are confined to the folder, and a folder is none", async () => {
    const { bench, job, results } = await finished(some);
    await using _ = bench;
    for (const path of ["../../x", "a/../../x", "/etc/hostname", "..\\x", "a\0b"])
      await expect(results.file(job, path)).rejects.toMatchObject({ code: "forbidden" });
    for (const path of ["", "results.zarr", "results.zarr/"])
      await expect(results.file(job, path)).rejects.toMatchObject({ code: "invalid_request" });
    for (const path of ["nothing", "a//x", "summary.json/x", "summary.json/"])
      expect(await results.file(job, path)).toBeUndefined();
    expect(await results.folder(job, "")).toEqual(["a/", "other.zarr/", "results.zarr/", "summary.json"]);
    expect(await results.folder(job, "results.zarr/t2m/")).toEqual(["c/"]);
    expect(await results.folder(job, "nothing")).toBeUndefined();
  });

  it("are there while the run goes on, and expired after they were removed", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { promise: wrote, resolve: tell } = Promise.withResolvers<void>();
    const bench = await jobBench({
      run: async (folder) => {
        await put(folder, "part.txt", "so far");
        tell();
        await promise;
      },
    });
    await using _ = bench;
    const results = resultsOf(bench);
    const id = await bench.submit();
    await wrote;
    const running = await bench.record(id);
    expect((await bytesOf(await results.file(running, "part.txt"))).toString()).toBe("so far");
    expect(await results.manifest(running, { offset: 0, limit: 1 })).toBeUndefined();
    expect(await results.archive(running, "x")).toBeUndefined();
    resolve();
    const job = await bench.ended(id);
    expect(jobState(job)).toBe("succeeded");
    await results.remove(job);
    await results.remove(job);
    expect(await readdir(bench.folders.root)).toEqual([]);
    const calls = [
      () => results.manifest(job, { offset: 0, limit: 1 }),
      () => results.file(job, "part.txt"),
      () => results.folder(job, ""),
      () => results.archive(job, "x"),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: "expired" });
    const old: JobRecord = { ...running, expiredAt: 1 };
    await expect(results.file(old, "part.txt")).rejects.toMatchObject({ code: "expired" });
  });
});

describe("the archive of a result", () => {
  it("is read by unzip and Python, whole and from any range", async () => {
    const { bench, job, results } = await finished(some);
    await using _ = bench;
    const archive = await results.archive(job, "exec_1");
    const whole = await bytesOf(archive);
    expect(whole.length).toBe(archive?.size);
    await using folder = await temporaryFolder();
    const path = join(folder.path, "a.zip");
    await writeFile(path, whole);
    const script = `import zipfile,json,sys
z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None
print(json.dumps({i.filename:i.file_size for i in z.infolist()}))`;
    await execute("unzip", ["-tqq", path]);
    const { stdout } = await execute("python3", ["-c", script, path]);
    expect(JSON.parse(stdout)).toEqual({
      "exec_1/results.zarr/t2m/c/0/0": 300_000,
      "exec_1/results.zarr/zarr.json": 2,
      "exec_1/other.zarr/zarr.json": 2,
      "exec_1/a/größe 1.txt": 2,
      "exec_1/summary.json": 7,
    });
    for (const [offset, length] of [
      [0, 31],
      [25, 40],
      [299_990, 200],
      [whole.length - 400, 390],
      [whole.length - 22, 22],
    ] as const)
      expect(await archive?.read({ offset, length })).toEqual(whole.subarray(offset, offset + length));
    expect((await results.archive(job, "exec_1"))?.version).toBe(archive?.version);
    expect((await results.archive(job, "other"))?.version).not.toBe(archive?.version);
  });

  it("is empty where the run left nothing", async () => {
    const { bench, job, results } = await finished(async () => {});
    await using _ = bench;
    expect(await bytesOf(await results.archive(job, "x"))).toHaveLength(22);
  });

  it("has the form zip64 past 4 GiB, and a range reads only what lies in it", async () => {
    const size = 5 * 1024 ** 3;
    const large = await jobBench({
      run: async (folder) => {
        await put(folder, "a.txt", "first");
        await put(folder, "b.bin", "");
        await put(folder, "c.txt", "last");
      },
    });
    await using _ = large;
    const job = await large.ended(await large.submit("exec_1"));
    // as if it had been so large when it was listed: reading 5 GiB for a checksum would only take time
    const folder = large.folders.attempt("exec_1", 1);
    await truncate(join(folder, "b.bin"), size);
    const index = join(large.folders.published("exec_1"), "manifest-1");
    await rewriteSize(index, "b.bin", size);
    const archive = await resultsOf(large).archive(job, "r");
    expect(archive?.size).toBeGreaterThan(size);
    const sparse = join(large.folders.root, "sparse.zip");
    await writeSparse(sparse, archive, size);
    const script = `import zipfile,json,sys
z=zipfile.ZipFile(sys.argv[1])
print(json.dumps([[i.filename,i.file_size] for i in z.infolist()]+[z.read("r/a.txt").decode(),z.read("r/c.txt").decode()]))`;
    const { stdout } = await execute("python3", ["-c", script, sparse]);
    expect(JSON.parse(stdout)).toEqual([["r/a.txt", 5], ["r/b.bin", size], ["r/c.txt", 4], "first", "last"]);
  });
});

async function rewriteSize(manifest: string, path: string, size: number): Promise<void> {
  const { readFile } = await import("node:fs/promises");
  const lines = (await readFile(`${manifest}.ndjson`, "utf8")).split("\n").slice(0, -1);
  const entries = lines.map((line) => JSON.parse(line) as { path: string; size: number }); // as they were written
  const text = entries
    .map((entry) => `${JSON.stringify(entry.path === path ? { ...entry, size } : entry)}\n`)
    .join("");
  await writeFile(`${manifest}.ndjson`, text);
  const index = JSON.parse(await readFile(`${manifest}.json`, "utf8")) as { total: { bytes: number } }; // the same
  index.total.bytes += size;
  await writeFile(`${manifest}.json`, JSON.stringify(index));
}

/** Only the two ends of an archive, with a hole between them. */
async function writeSparse(path: string, archive: ResultFile | undefined, hole: number): Promise<void> {
  const { open } = await import("node:fs/promises");
  const end = (archive?.size ?? 0) - 1024;
  const file = await open(path, "w");
  await file.write(await bytesOf(archive, { offset: 0, length: 1024 }), 0, 1024, 0);
  const tail = await bytesOf(archive, { offset: end, length: 1024 });
  await file.write(tail, 0, 1024, end);
  await file.close();
  expect(end).toBeGreaterThan(hole - 1024);
}
