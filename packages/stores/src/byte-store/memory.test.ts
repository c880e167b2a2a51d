import { BYTE_STORE_ENTRIES, describeByteStore } from "@zarr-gateway/testkit";
import { expect, it } from "vitest";
import { memoryStore } from "./memory.ts";

describeByteStore("memory", async () => memoryStore(BYTE_STORE_ENTRIES));

it("shows what is set in its map later, under another version", async () => {
  const entries = new Map([["a", new Uint8Array([1])]]);
  const store = memoryStore(entries);
  const before = await store.stat("a");
  entries.set("a", new Uint8Array([2]));
  expect((await store.stat("a"))?.version).not.toBe(before?.version);
  expect([...((await store.get("a")) ?? [])]).toEqual([2]);
});
