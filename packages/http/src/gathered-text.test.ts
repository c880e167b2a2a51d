import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { respondGathered } from "./gathered-text.ts";

/** An app that answers with so many pieces, and how many were made. */
function appOf(pieces: number, piece: string): { readonly app: Hono; readonly made: () => number } {
  let made = 0;
  async function* parts(): AsyncGenerator<string> {
    for (; made < pieces; ) {
      made += 1;
      yield piece;
    }
  }
  const app = new Hono();
  app.get("/", (c) => respondGathered(c, "text/yaml", parts()));
  return { app, made: () => made };
}

describe("respondGathered", () => {
  it("knows the validator and the length of a text that is not too long", async () => {
    const first = await appOf(3, "a: 1\n").app.request("/");
    expect(await first.text()).toBe("a: 1\na: 1\na: 1\n");
    expect(first.headers.get("content-length")).toBe("15");
    const etag = first.headers.get("etag") ?? "";
    const again = await appOf(3, "a: 1\n").app.request("/", { headers: { "If-None-Match": etag } });
    expect(again.status).toBe(304);
    const head = await appOf(3, "a: 1\n").app.request("/", { method: "HEAD" });
    expect([head.status, head.headers.get("etag"), await head.text()]).toEqual([200, etag, ""]);
  });

  it("streams a longer one while it is made", async () => {
    const { app, made } = appOf(60, "x".repeat(1024 * 1024));
    const response = await app.request("/");
    expect(made()).toBeLessThan(40);
    expect(response.headers.get("content-length")).toBeNull();
    expect((await response.arrayBuffer()).byteLength).toBe(60 * 1024 * 1024);
  });
});
