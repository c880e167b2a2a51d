import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@zarr-gateway/testkit";
import { expect, it } from "vitest";
import { UploadLog } from "./upload-log.ts";

it("uploads go on with all parts that were noted, each of which was written once", async () => {
  const folder = await temporaryFolder();
  const path = join(folder.path, "upload.ndjson");
  const log = await UploadLog.open(path);
  let state = { id: "u1", partBytes: 8, parts: {} as Record<string, string> }; // grows below
  for (let part = 1; part <= 2000; part += 1) {
    state = { ...state, parts: { ...state.parts, [part]: `tag-${part}` } };
    await log.continued("a", state);
  }
  await log.continued("b", { id: "old", partBytes: 8, parts: { 1: "x", 2: "y" } });
  await log.continued("b", { id: "new", partBytes: 8, parts: { 1: "z" } });
  await log.arrived("c");
  await log.close();
  expect((await readFile(path)).length).toBeLessThan(200 * 1000);

  const again = await UploadLog.open(path);
  expect(again.begun.get("a")).toEqual(state);
  expect(again.begun.get("b")).toEqual({ id: "new", partBytes: 8, parts: { 1: "z" } });
  expect([...again.done]).toEqual(["c"]);
  await again.close();
  await folder.remove();
});
