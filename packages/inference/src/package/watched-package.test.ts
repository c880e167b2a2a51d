import { GatewayError } from "@zarr-gateway/primitives";
import { expect, it } from "vitest";
import type { ModelPackage } from "../model-package.ts";
import { watchedPackage } from "./watched-package.ts";

const model = (version: string): ModelPackage => ({ version }) as ModelPackage; // all that is looked at

function setUp() {
  const files = { seen: "1", model: model("a"), reads: 0, failure: undefined as Error | undefined };
  const watched = watchedPackage({
    look: async () => files.seen,
    read: async () => {
      files.reads += 1;
      if (files.failure) throw files.failure;
      return files.model;
    },
  });
  return { files, watched };
}

it("is read once while its files stay as they are", async () => {
  const { files, watched } = setUp();
  const first = await watched.read();
  expect([await watched.read(), await watched.isCurrent(first), files.reads]).toEqual([first, true, 1]);
});

it("stays current when files are touched and say the same, and is not when they say something else", async () => {
  const { files, watched } = setUp();
  const first = await watched.read();
  files.seen = "2";
  expect([await watched.isCurrent(first), files.reads]).toEqual([true, 2]);
  Object.assign(files, { seen: "3", model: model("b") });
  expect([await watched.isCurrent(first), (await watched.read()).version]).toEqual([false, "b"]);
});

it("is no longer current when it cannot be read, and tells why to who reads it", async () => {
  const { files, watched } = setUp();
  const first = await watched.read();
  Object.assign(files, { seen: "2", failure: new GatewayError("model_failed", "model.yaml: no step") });
  expect(await watched.isCurrent(first)).toBe(false);
  await expect(watched.read()).rejects.toThrow("no step");
});

it("is not taken while its files are being written", async () => {
  let looks = 0;
  const watched = watchedPackage({ look: async () => String(looks++), read: async () => model("a") });
  await expect(watched.read()).rejects.toMatchObject({ code: "upstream", details: { changed: true } });
  await expect(watched.isCurrent(model("a"))).rejects.toThrow("being replaced");
});
