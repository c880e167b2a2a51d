import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { scanFolder } from "./scan-folder.ts";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A folder with empty files at these paths. */
async function folderOf(...paths: string[]): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "scan-"));
  folders.push(root);
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), "");
  }
  return root;
}

const paths = async (...input: Parameters<typeof scanFolder>): Promise<string[]> =>
  (await scanFolder(...input)).map(({ path }) => path);

describe("scanFolder", () => {
  it("takes an Icechunk repository of either version of its format as one dataset", async () => {
    const root = await folderOf(
      "old/refs/branch.main/ref.json",
      "old/snapshots/A",
      "sub/new.icechunk/repo",
      "sub/new.icechunk/snapshots/A",
      "sub/new.icechunk/chunks/a.nc",
      "other/snapshots/a.nc",
    );
    expect(await paths(root)).toEqual(["old", "other/snapshots/a.nc", "sub/new.icechunk"]);
    expect(await scanFolder(`${root}/old`)).toMatchObject([{ path: "old", isFolder: true, isRoot: true }]);
  });

  it("finds files by extension and Zarr stores by name or content, and looks into no store", async () => {
    const root = await folderOf(
      "a.nc",
      "B.NC4",
      "old.hdf",
      "readme.txt",
      "weather.grib",
      "sub/deep/b.h5",
      "one.zarr/zarr.json",
      "one.zarr/tas/inner.nc",
      "v2/.zgroup",
      "v2/tas/.zarray",
      "damaged.zarr/nothing.txt",
      ".hidden/c.nc",
      ".d.nc",
    );
    expect(await scanFolder(root)).toEqual([
      { path: "B.NC4", isFolder: false },
      { path: "a.nc", isFolder: false },
      { path: "damaged.zarr", isFolder: true },
      { path: "old.hdf", isFolder: false },
      { path: "one.zarr", isFolder: true },
      { path: "sub/deep/b.h5", isFolder: false },
      { path: "v2", isFolder: true },
    ]);
  });

  it("takes a pattern's word for what a dataset is", async () => {
    const root = await folderOf("a.nc", "b.dat", "s/c.dat", "x.zarr/zarr.json");
    expect(await paths(root, { isMatch: (path) => path.endsWith(".dat") })).toEqual(["b.dat", "s/c.dat"]);
  });

  it("is one dataset where the folder itself is a store", async () => {
    const root = await folderOf("zarr.json", "tas/zarr.json");
    expect(await scanFolder(root)).toMatchObject([{ isFolder: true, isRoot: true }]);
  });

  it("follows links that stay inside, none that leave, and none in circles", async () => {
    const outside = await folderOf("secret.nc", "store.zarr/zarr.json");
    const root = await folderOf("data/a.nc", "data/run.zarr/zarr.json", "other/b.nc");
    await symlink(join(root, "data/a.nc"), join(root, "latest.nc"));
    await symlink(join(root, "data/run.zarr"), join(root, "latest.zarr"));
    await symlink(join(root, "other"), join(root, "data/to-other"));
    await symlink(join(root, "data"), join(root, "other/to-data"));
    await symlink(root, join(root, "data/up"));
    await symlink(join(outside, "secret.nc"), join(root, "secret.nc"));
    await symlink(outside, join(root, "outside"));
    await symlink(join(outside, "store.zarr"), join(root, "stolen.zarr"));
    await symlink(join(root, "gone.nc"), join(root, "broken.nc"));
    const found = await paths(root);
    expect(found).toEqual(
      expect.arrayContaining(["data/a.nc", "data/run.zarr", "latest.nc", "latest.zarr", "other/b.nc"]),
    );
    expect(found.filter((path) => /secret|outside|stolen|broken/.test(path))).toEqual([]);
    expect(found.length).toBeLessThan(20);
    expect(await paths(root, { allow: [outside] })).toEqual(
      expect.arrayContaining(["secret.nc", "outside/secret.nc", "stolen.zarr"]),
    );
  });

  it("throws where the folder is not there, so that nobody takes it for empty", async () => {
    const root = await folderOf();
    await expect(scanFolder(join(root, "gone"))).rejects.toMatchObject({ code: "upstream" });
  });
});
