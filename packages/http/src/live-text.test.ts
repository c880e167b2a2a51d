import { GatewayError } from "@zarr-gateway/primitives";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { fileResource } from "./file-resource.ts";
import { respondLive } from "./live-text.ts";
import { respond } from "./respond.ts";

describe("a text that comes while something happens", () => {
  it("is sent piece by piece, and told when its client has gone", async () => {
    let isEnded = false;
    const app = new Hono().get("/", (c) =>
      respondLive(c, {
        contentType: "text/event-stream",
        async *parts({ signal }) {
          try {
            yield ": here\n\n";
            await new Promise((resolve) => signal.addEventListener("abort", resolve));
          } finally {
            isEnded = true;
          }
        },
      }),
    );
    const response = await app.request("/");
    const reader = response.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe(": here\n\n");
    await reader?.cancel();
    expect(isEnded).toBe(true);
  });
});

describe("a file of any size", () => {
  const size = 9 * 1024 * 1024;
  const asked: number[] = [];
  const file = {
    size,
    mediaType: "application/x-netcdf",
    version: "v",
    modifiedAt: 0,
    read: async ({ offset, length }: { offset: number; length: number }) => {
      asked.push(length);
      if (offset > size) throw new GatewayError("internal", "beyond the end");
      return new Uint8Array(length);
    },
  };
  const app = new Hono().get("/", (c) => respond(c, fileResource(file)));

  it("is read in pieces of 4 MiB at most, and ranges alone where they are asked", async () => {
    expect((await (await app.request("/")).arrayBuffer()).byteLength).toBe(size);
    expect(Math.max(...asked)).toBeLessThanOrEqual(4 * 1024 * 1024);
    const part = await app.request("/", { headers: { Range: "bytes=-10" } });
    expect([part.status, part.headers.get("content-range")]).toEqual([
      206,
      `bytes ${size - 10}-${size - 1}/${size}`,
    ]);
    expect(asked.at(-1)).toBe(10);
  });
});
