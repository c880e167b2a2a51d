import { rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@zarr-gateway/testkit";
import { describe, expect, it } from "vitest";
import { FileHashes } from "./hash-file.ts";

const LARGE = 64 * 2 ** 20;

describe("hashing a file", () => {
  it("takes none of this thread's time where the file is large", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "large");
    await writeFile(path, "");
    await truncate(path, LARGE);
    await using hashes = new FileHashes();
    await hashes.of(path); // the thread is there
    const before = process.threadCpuUsage();
    expect(await hashes.of(path)).toMatchObject({ size: LARGE });
    const { user, system } = process.threadCpuUsage(before);
    // 64 MiB take 40 ms and more of whoever hashes them
    expect((user + system) / 1000).toBeLessThan(20);
  });

  it("ends with its signal, and without the thread when all is done", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "large");
    await writeFile(path, "");
    await truncate(path, LARGE);
    await using hashes = new FileHashes();
    const leaving = new AbortController();
    const { signal } = leaving;
    const made = Promise.allSettled([hashes.of(path, { signal }), hashes.of(path, { signal })]);
    const reason = new Error("not wanted any more");
    setTimeout(() => leaving.abort(reason), 5);
    expect(await made).toEqual([
      { status: "rejected", reason },
      { status: "rejected", reason },
    ]);
  });

  it("tells what one file refuses, and goes on with the next", async () => {
    await using folder = await temporaryFolder();
    const [gone, there] = [join(folder.path, "gone"), join(folder.path, "there")];
    for (const path of [gone, there]) {
      await writeFile(path, "");
      await truncate(path, LARGE);
    }
    await using hashes = new FileHashes();
    const made = Promise.allSettled([hashes.of(there), hashes.of(gone), hashes.of(there)]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await rm(gone);
    expect((await made).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });
});
