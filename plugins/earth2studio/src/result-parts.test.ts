import { RequestScope } from "@zarr-gateway/http";
import type { ResultFile } from "@zarr-gateway/jobs";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { answerParts } from "./result-parts.ts";

const MEBIBYTE = 2 ** 20;

/** A request of which only what it holds and how it breaks off matters. */
class WatchedScope extends RequestScope {
  readonly headers = {};
  readonly requestId = "a";
  readonly client = undefined;
  readonly isProxied = false;
  readonly reserved: number[] = [];
  readonly cut: unknown[] = [];
  override async reserve(bytes: number): Promise<void> {
    this.reserved.push(bytes);
  }
  override hold(): boolean {
    return true;
  }
  override freeOnceSent(): void {}
  override cutOff(error: unknown): boolean {
    this.cut.push(error);
    return false;
  }
}

/** `there` bytes of a file that was longer when it was looked at. */
function fileOf(size: number, there = size): ResultFile {
  const read: ResultFile["read"] = async ({ offset, length }) =>
    new Uint8Array(Math.max(0, Math.min(there, offset + length) - offset));
  const mediaType = "application/octet-stream";
  return {
    path: "a",
    size,
    mediaType,
    version: "v",
    modifiedAt: 0,
    read,
    stream: () => new ReadableStream(),
  };
}

async function ask(file: ResultFile, parts: readonly { offset: number; length: number }[]) {
  const scope = new WatchedScope();
  const app = new Hono().get("/", (c) => answerParts(c, { file, parts, headers: {} }, {}));
  const answer = await app.request("/", {}, scope);
  return { scope, answer };
}

describe("parts of a file on their way", () => {
  it("hold two pieces of the memory that all answers share, or less where they have less", async () => {
    const part = { offset: MEBIBYTE, length: 5 * MEBIBYTE };
    for (const parts of [[part], [part, { offset: 20 * MEBIBYTE, length: 3 }]]) {
      const { scope, answer } = await ask(fileOf(2 ** 30), parts);
      expect((await answer.arrayBuffer()).byteLength).toBe(Number(answer.headers.get("content-length")));
      expect(scope.reserved).toEqual([2 * MEBIBYTE]);
    }
    const { scope, answer } = await ask(fileOf(100), [{ offset: 0, length: 60 }]);
    await answer.arrayBuffer();
    expect(scope.reserved).toEqual([60]);
  });

  it("break off where the file has become shorter, and never end early as if they were whole", async () => {
    const { scope, answer } = await ask(fileOf(3 * MEBIBYTE, 2 * MEBIBYTE - 1), [
      { offset: 0, length: 3 * MEBIBYTE },
    ]);
    await expect(answer.arrayBuffer()).rejects.toMatchObject({ code: "upstream" });
    expect(scope.cut).toHaveLength(1);
  });
});
