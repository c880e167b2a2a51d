import { describe, expect, it } from "vitest";
import { boundedBody } from "./bounded-body.ts";

/** Announced by its length, or in pieces whose number nobody knows before. */
function request(body: string, isAnnounced: boolean): Request {
  const headers = isAnnounced ? { "Content-Length": String(Buffer.byteLength(body)) } : {};
  const pieces = isAnnounced ? body : new Blob([body]).stream();
  return new Request("http://x/", { method: "POST", body: pieces, headers, duplex: "half" });
}

describe("a bounded body", () => {
  it.each([true, false])(
    "is read whole up to its bound, and not beyond (announced: %s)",
    async (isAnnounced) => {
      const text = "ä".repeat(500);
      expect(Buffer.from((await boundedBody(request(text, isAnnounced), 1000)) ?? []).toString()).toBe(text);
      expect(await boundedBody(request(text, isAnnounced), 999)).toBeUndefined();
    },
  );

  it("is empty where there is none, and does not believe an announcement that is too small", async () => {
    expect((await boundedBody(new Request("http://x/"), 10))?.length).toBe(0);
    const liar = new Request("http://x/", {
      method: "POST",
      body: "x".repeat(20),
      headers: { "Content-Length": "2" },
    });
    expect(await boundedBody(liar, 10)).toBeUndefined();
  });
});
