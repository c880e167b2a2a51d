import { spawnSync } from "node:child_process";
import { access, mkdir, rm } from "node:fs/promises";
import { expect, it } from "vitest";
import { removeStaleScratch, scratchPrefix } from "./stale-scratch.ts";

it("scratch folders of servers that are gone are removed, those of others stay", async () => {
  const own = await scratchPrefix();
  const { pid } = spawnSync("true");
  const gone = own.replace(`-${process.pid}-`, `-${pid}-`);
  const parent = own.replace(`-${process.pid}-`, `-${process.ppid}-`);
  for (const path of [own, gone, parent]) await mkdir(`${path}x/tmp`, { recursive: true });
  await removeStaleScratch();
  await expect(access(`${gone}x`)).rejects.toThrow();
  for (const path of [own, parent]) {
    await access(`${path}x/tmp`);
    await rm(`${path}x`, { recursive: true });
  }
});
