import { spawnSync } from "node:child_process";
import { access, mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { processFolderPrefix, removeStaleFolders } from "./process-folders.ts";

it("folders of processes that are gone are removed, those of others stay", async () => {
  const own = join(tmpdir(), processFolderPrefix("zarr-gateway-test"));
  const { pid } = spawnSync("true");
  const gone = own.replace(`-${process.pid}-`, `-${pid}-`);
  const parent = own.replace(`-${process.pid}-`, `-${process.ppid}-`);
  for (const path of [own, gone, parent]) await mkdir(`${path}x/tmp`, { recursive: true });
  await removeStaleFolders(tmpdir(), "zarr-gateway-test");
  await expect(access(`${gone}x`)).rejects.toThrow();
  for (const path of [own, parent]) {
    await access(`${path}x/tmp`);
    await rm(`${path}x`, { recursive: true });
  }
});
