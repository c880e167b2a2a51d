import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TemporaryFolder, temporaryFolder } from "@zarr-gateway/testkit";
import { expect, it } from "vitest";
import { locationScanner, rememberedScans } from "./location-scanner.ts";
import { locationEntry, memberLister } from "./member-locations.ts";

async function folderWith(...files: string[]): Promise<TemporaryFolder> {
  const folder = await temporaryFolder();
  const root = folder.path;
  for (const file of files) {
    await mkdir(join(root, file, ".."), { recursive: true });
    await writeFile(join(root, file), "");
  }
  return folder;
}

const listed = async (locations: string[], expandsFolders = true) =>
  memberLister(rememberedScans(locationScanner({}), { checkEveryMs: 0 }))(
    locations.map((location) => locationEntry(location, expandsFolders)),
    {},
  );

it("lists what globs, folders, stores, files and URLs name, in their order", async () => {
  await using folder = await folderWith("r1/b.nc", "r1/a.nc", "r1/notes.txt", "s.zarr/zarr.json", "one.nc");
  const root = folder.path;
  const found = await listed([
    `${root}/one.nc`,
    `${root}/r1`,
    `${root}/*/a.nc`,
    `${root}/s.zarr`,
    "https://h/x/y.nc?k=1",
  ]);
  expect(found.map(({ path, entry }) => [path, entry])).toEqual([
    ["one.nc", 0],
    ["a.nc", 1],
    ["b.nc", 1],
    ["r1/a.nc", 2],
    ["s.zarr", 3],
    ["y.nc", 4],
  ]);
  expect(found.map(({ id }) => id.replace(root, ""))).toEqual([
    "/one.nc",
    "/r1/a.nc",
    "/r1/b.nc",
    "/r1/a.nc",
    "/s.zarr",
    "https://h/x/y.nc?k=1",
  ]);
});

it("says what names nothing, without the path of the server", async () => {
  await using folder = await folderWith("a.nc");
  const root = folder.path;
  const refusal = listed([`${root}/b*.nc`]);
  await expect(refusal).rejects.toMatchObject({ code: "upstream" });
  await expect(refusal).rejects.not.toThrow(root);
  expect(await listed([`${root}/none.nc`], false)).toHaveLength(1);
});
