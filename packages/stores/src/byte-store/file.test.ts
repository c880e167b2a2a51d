import { chmod, mkdir, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BYTE_STORE_ENTRIES, describeByteStore, temporaryFolder } from "@zarr-gateway/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileStore } from "./file.ts";
import { OpenFiles } from "./open-files.ts";

async function fill(root: string, entries: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  for (const [key, bytes] of Object.entries(entries)) {
    await mkdir(dirname(join(root, key)), { recursive: true });
    await writeFile(join(root, key), bytes);
  }
}

describeByteStore("file", async () => {
  const folder = await temporaryFolder();
  await fill(folder.path, BYTE_STORE_ENTRIES);
  return { ...bound(fileStore(folder.path)), close: () => folder.remove() };
});

describeByteStore("file with few descriptors", async () => {
  const folder = await temporaryFolder();
  await fill(folder.path, BYTE_STORE_ENTRIES);
  return {
    ...bound(fileStore(folder.path, { maxOpenFiles: 1, checkEveryMs: 0 })),
    close: () => folder.remove(),
  };
});

function bound(store: ReturnType<typeof fileStore>): ReturnType<typeof fileStore> {
  return {
    get: store.get.bind(store),
    stat: store.stat.bind(store),
    ...(store.getWithStat && { getWithStat: store.getWithStat.bind(store) }),
    ...(store.list && { list: store.list.bind(store) }),
  };
}

describe("a store of files", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let root: string;
  let outside: string;
  let time = 0;
  const now = (): number => time;
  const text = async (bytes: Promise<Uint8Array | undefined>): Promise<string | undefined> => {
    const known = await bytes;
    return known && new TextDecoder().decode(known);
  };
  beforeEach(async () => {
    folder = await temporaryFolder();
    root = join(folder.path, "store");
    outside = join(folder.path, "outside");
    await fill(root, { a: "first", "sub/b": "bee" });
    await fill(outside, { secret: "secret", "deep/secret": "secret" });
    time = 0;
  });
  afterEach(async () => {
    await folder.remove();
  });

  it("shows a replaced file within checkEveryMs, under another version, and never mixes the two", async () => {
    const store = fileStore(root, { now });
    const before = await store.getWithStat?.("a");
    await fill(root, { "a.new": "second one" });
    await rename(join(root, "a.new"), join(root, "a"));
    expect(await text(store.get("a"))).toBe("first");
    time = 2000;
    const after = await store.getWithStat?.("a");
    expect(new TextDecoder().decode(after?.bytes)).toBe("second one");
    expect(after?.stat).not.toEqual(before?.stat);
    await store.close?.();
  });

  it("shows a removed file as absent within checkEveryMs", async () => {
    const store = fileStore(root, { now });
    await store.get("a");
    await rm(join(root, "a"));
    time = 2000;
    expect(await store.get("a")).toBeUndefined();
    await store.close?.();
  });

  it("opens a hot file once", async () => {
    const files = new OpenFiles();
    const store = fileStore(root, { files });
    await Promise.all(Array.from({ length: 50 }, () => store.get("a")));
    expect(files.size).toBe(1);
    await files.close();
    expect(files.size).toBe(0);
    expect(await text(store.get("a"))).toBe("first");
    expect(files.size).toBe(0);
  });

  it("keeps no more descriptors than allowed, and reads on while they are closed", async () => {
    await fill(root, Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`many/${n}`, `content ${n}`])));
    const files = new OpenFiles({ maxOpenFiles: 3 });
    const store = fileStore(root, { files });
    for (let round = 0; round < 3; round += 1) {
      const all = await Promise.all(Array.from({ length: 60 }, (_, n) => text(store.get(`many/${n}`))));
      expect(all).toEqual(Array.from({ length: 60 }, (_, n) => `content ${n}`));
    }
    await store.get("a");
    expect(files.size).toBeLessThanOrEqual(3);
    await files.close();
  });

  it("looks at a file that it had open without opening it again", async () => {
    await fill(root, { c: "third" });
    const files = new OpenFiles({ maxOpenFiles: 1, now });
    const store = fileStore(root, { files });
    const seen = await store.stat("a");
    await store.get("c");
    expect(await store.stat("a")).toEqual(seen);
    await rm(join(root, "c"));
    expect(await text(store.get("c"))).toBe("third"); // whose descriptor is still the open one
    await writeFile(join(root, "a"), "another");
    expect(await store.stat("a")).toEqual(seen);
    time = 2000;
    expect((await store.stat("a"))?.size).toBe(7);
    await rm(join(root, "a"));
    time = 4000;
    expect(await store.stat("a")).toBeUndefined();
    await files.close();
  });

  it("calls nothing absent that was away only while the root was being replaced", async () => {
    const current = join(folder.path, "current");
    await symlink(root, current);
    // nothing is looked at anew by itself
    const store = fileStore(current, { allow: [folder.path], checkEveryMs: 3_600_000 });
    expect(await text(store.get("a"))).toBe("first");
    const next = join(folder.path, "next");
    await fill(next, { a: "second", c: "new" });
    await rm(current);
    await expect(store.get("c")).rejects.toMatchObject({ code: "upstream" });
    await symlink(next, current);
    await rm(root, { recursive: true });
    expect(await text(store.get("c"))).toBe("new");
    expect(await store.get("d")).toBeUndefined();
  });

  it("remembers no stat that a read has disproved", async () => {
    await fill(root, { c: "third" });
    const files = new OpenFiles({ maxOpenFiles: 1, now });
    const store = fileStore(root, { files });
    await store.stat("a");
    await store.get("c");
    await writeFile(join(root, "a"), "another");
    expect(await text(store.get("a"))).toBe("another");
    expect((await store.stat("a"))?.size).toBe(7);
    await store.get("c");
    await rm(join(root, "a"));
    expect(await store.get("a")).toBeUndefined();
    expect(await store.stat("a")).toBeUndefined();
    await files.close();
  });

  it("shortens what a file that shrank no longer has", async () => {
    const store = fileStore(root, { now });
    await store.get("a");
    await truncate(join(root, "a"), 2);
    expect(await text(store.get("a"))).toBe("fi");
    await store.close?.();
  });

  it("follows links inside the root and refuses those that leave it", async () => {
    await symlink("a", join(root, "inside"));
    await symlink("sub", join(root, "insideFolder"));
    await symlink(join(outside, "secret"), join(root, "leaving"));
    await symlink(outside, join(root, "leavingFolder"));
    await symlink("nowhere", join(root, "dangling"));
    const store = fileStore(root);
    expect(await text(store.get("inside"))).toBe("first");
    expect(await text(store.get("insideFolder/b"))).toBe("bee");
    for (const key of ["leaving", "leavingFolder/secret", "leavingFolder/deep/secret"]) {
      await expect(store.get(key), key).rejects.toMatchObject({ code: "forbidden" });
      await expect(store.stat(key), key).rejects.toMatchObject({ code: "forbidden" });
    }
    expect(await store.get("dangling")).toBeUndefined();
    expect((await Array.fromAsync(store.list?.("") ?? [])).sort()).toEqual([
      "a",
      "inside",
      "insideFolder/",
      "sub/",
    ]);
    await expect(Array.fromAsync(store.list?.("leavingFolder") ?? [])).rejects.toMatchObject({
      code: "forbidden",
    });
    await store.close?.();
  });

  it("refuses a file that becomes a link out of the root", async () => {
    const store = fileStore(root, { now });
    await store.get("a");
    await rm(join(root, "a"));
    await symlink(join(outside, "secret"), join(root, "a"));
    time = 2000;
    await expect(store.get("a")).rejects.toMatchObject({ code: "forbidden" });
    await store.close?.();
  });

  it("follows links into allowed folders, and needs its own root to be allowed", async () => {
    await symlink(join(outside, "secret"), join(root, "leaving"));
    const store = fileStore(root, { allow: [root, outside] });
    expect(await text(store.get("leaving"))).toBe("secret");
    await expect(fileStore(root, { allow: [outside] }).get("a")).rejects.toMatchObject({ code: "forbidden" });
    await store.close?.();
  });

  it("fails, and does not call everything absent, when the folder has gone", async () => {
    const store = fileStore(root);
    await store.get("a");
    await rm(root, { recursive: true });
    for (const key of ["b", "sub/b"])
      await expect(store.get(key)).rejects.toMatchObject({ code: "upstream" });
    await expect(Array.fromAsync(store.list?.("") ?? [])).rejects.toMatchObject({ code: "upstream" });
    await store.close?.();
  });

  it("names no path of the disk when a file may not be read", async () => {
    await chmod(join(root, "a"), 0);
    const failure = await fileStore(root)
      .get("a")
      .then(
        () => undefined, // the superuser may read everything
        (error: unknown) => error,
      );
    if (failure === undefined) return;
    expect(failure).toMatchObject({ code: "forbidden" });
    expect(String(failure)).not.toContain(folder.path);
  });

  it("refuses one read that is longer than allowed", async () => {
    const store = fileStore(root, { maxReadBytes: 3 });
    await expect(store.get("a")).rejects.toMatchObject({ code: "upstream" });
    expect(await text(store.get("a", { range: { offset: 0, length: 3 } }))).toBe("fir");
    await store.close?.();
  });
});
