import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { GatewayError } from "@zarr-gateway/primitives";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { htmlResource, jsonResource } from "./documents.ts";
import { problemResponse } from "./problem.ts";
import type { Resource } from "./resource.ts";
import { respond } from "./respond.ts";

const BYTES = Uint8Array.from({ length: 100 }, (_, index) => index);

interface Counted extends Resource {
  readonly reads: string[];
}

/** 100 bytes whose reads are counted. */
function counted(changes: Partial<Resource> = {}): Counted {
  const reads: string[] = [];
  return {
    contentType: "application/octet-stream",
    cacheControl: "no-cache",
    stat: () => ({ size: BYTES.length, etag: "v1" }),
    read: async (range) => {
      reads.push(range === undefined ? "whole" : `${range.offset}+${range.length}`);
      return range === undefined ? BYTES : BYTES.slice(range.offset, range.offset + range.length);
    },
    ...changes,
    reads,
  };
}

async function ask(resource: Resource, headers: Record<string, string> = {}, method = "GET") {
  const app = new Hono();
  app.get("/x", (c) => respond(c, resource));
  app.onError((error, c) => problemResponse(c, error));
  const response = await app.request("/x", { method, headers });
  const body = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, header: (name: string) => response.headers.get(name), body };
}

describe("respond", () => {
  it("sends the whole with its length, validator and willingness to cut", async () => {
    const resource = counted();
    const answer = await ask(resource);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(BYTES);
    expect(answer.header("content-length")).toBe("100");
    expect(answer.header("etag")).toBe('"v1"');
    expect(answer.header("accept-ranges")).toBe("bytes");
    expect(answer.header("cache-control")).toBe("no-cache");
    expect(resource.reads).toEqual(["whole"]);
  });
  it("answers HEAD with the same headers and no read", async () => {
    const resource = counted();
    const answer = await ask(resource, { range: "bytes=0-7" }, "HEAD");
    expect([answer.status, answer.header("content-length"), answer.body.length]).toEqual([200, "100", 0]);
    expect(resource.reads).toEqual([]);
  });
  it("says what the body cost, of a part as well, and nothing where nothing was taken down", async () => {
    const resource = counted({
      read: async (range, { timings }) => {
        timings?.add("read", 1.23456);
        timings?.add("cache", undefined, "hit");
        return range === undefined ? BYTES : BYTES.slice(range.offset, range.offset + range.length);
      },
    });
    const told = "read;dur=1.235, cache;desc=hit";
    expect((await ask(resource)).header("server-timing")).toBe(told);
    expect((await ask(resource, { range: "bytes=0-7" })).header("server-timing")).toBe(told);
    expect((await ask(resource, {}, "HEAD")).header("server-timing")).toBeNull();
    expect((await ask(counted())).header("server-timing")).toBeNull();
  });
  it("omits the length on HEAD where only making the bytes would tell", async () => {
    const resource = counted({ stat: () => ({ etag: "v1" }) });
    const answer = await ask(resource, {}, "HEAD");
    expect([answer.status, answer.header("content-length")]).toEqual([200, null]);
    expect(resource.reads).toEqual([]);
  });
  it("reads exactly the range that is asked", async () => {
    const resource = counted();
    const answer = await ask(resource, { range: "bytes=-4" });
    expect(answer.status).toBe(206);
    expect(answer.header("content-range")).toBe("bytes 96-99/100");
    expect(answer.header("content-length")).toBe("4");
    expect(answer.body).toEqual(BYTES.slice(96));
    expect(resource.reads).toEqual(["96+4"]);
  });
  it("cuts a range out of bytes whose size was unknown", async () => {
    const answer = await ask(counted({ stat: () => ({}) }), { range: "bytes=90-200" });
    expect([answer.status, answer.header("content-range")]).toEqual([206, "bytes 90-99/100"]);
  });
  it("ignores several ranges and sends the whole, without Content-Range", async () => {
    const answer = await ask(counted(), { range: "bytes=0-1,4-5" });
    expect([answer.status, answer.body.length, answer.header("content-range")]).toEqual([200, 100, null]);
  });
  it("refuses a range beyond the end without a read", async () => {
    const resource = counted();
    const answer = await ask(resource, { range: "bytes=100-" });
    expect([answer.status, answer.header("content-range")]).toEqual([416, "bytes */100"]);
    expect(resource.reads).toEqual([]);
  });
  it("answers 304 without a read, for a list, a weak tag and *", async () => {
    const resource = counted();
    for (const header of ['"v0", "v1"', 'W/"v1"', "*"]) {
      const answer = await ask(resource, { "if-none-match": header, range: "bytes=0-1" });
      expect([answer.status, answer.header("etag"), answer.body.length]).toEqual([304, '"v1"', 0]);
    }
    expect(resource.reads).toEqual([]);
    expect((await ask(resource, { "if-none-match": '"v0"' })).status).toBe(200);
  });
  it("answers 412 when If-Match does not hold, before If-None-Match", async () => {
    const resource = counted();
    expect((await ask(resource, { "if-match": '"v0"', "if-none-match": '"v1"' })).status).toBe(412);
    expect((await ask(resource, { "if-match": '"v1"' })).status).toBe(200);
    expect((await ask(resource, { "if-match": "*" })).status).toBe(200);
  });
  it("sends the whole when If-Range does not hold", async () => {
    const range = "bytes=0-7";
    expect((await ask(counted(), { range, "if-range": '"v1"' })).status).toBe(206);
    expect((await ask(counted(), { range, "if-range": '"v0"' })).status).toBe(200);
    expect((await ask(counted(), { range, "if-range": "Sat, 21 Nov 2026 12:00:00 GMT" })).status).toBe(200);
  });
  it("answers 404 for what is absent, whatever the conditions", async () => {
    const absent = counted({ stat: () => undefined });
    expect((await ask(absent, { "if-match": '"v1"', range: "bytes=500-" })).status).toBe(404);
    expect((await ask(counted({ read: () => undefined }))).status).toBe(404);
  });
  it("never sends a short body under a full length", async () => {
    const short = counted({ read: () => BYTES.slice(0, 50) });
    expect((await ask(short)).status).toBe(502);
    expect((await ask(short, { range: "bytes=0-70" })).status).toBe(502);
  });
  it("lets a failed read be an error, never absence", async () => {
    const failing = counted({
      read: () => {
        throw new GatewayError("upstream", "the store does not answer");
      },
    });
    expect((await ask(failing)).status).toBe(502);
    expect((await ask(failing, { range: "bytes=0-7" })).status).toBe(502);
  });
  it("serves an empty body", async () => {
    const empty = counted({ stat: () => ({ size: 0 }), read: () => new Uint8Array() });
    const answer = await ask(empty);
    expect([answer.status, answer.header("content-length")]).toEqual([200, "0"]);
    expect((await ask(empty, { range: "bytes=0-" })).status).toBe(416);
  });
});

describe("large bodies", () => {
  const SIZE = 20 * 1024 * 1024;
  const large = (read: Resource["read"], changes: Partial<Resource> = {}) =>
    counted({ stat: () => ({ size: SIZE }), read, ...changes });

  it("are read in pieces", async () => {
    const pieces: number[] = [];
    const resource = large((range) => {
      pieces.push(range?.length ?? -1);
      return new Uint8Array(range?.length ?? 0);
    });
    const answer = await ask(resource);
    expect([answer.body.length, answer.header("content-length")]).toEqual([SIZE, String(SIZE)]);
    expect(pieces).toEqual(Array(5).fill(4 * 1024 * 1024));
  });
  it("break off visibly when a piece is short or fails", async () => {
    const short = large((range) => new Uint8Array(range?.offset === 0 ? range.length : 3));
    await expect(ask(short)).rejects.toThrow();
  });
  it("are read at once where pieces would cost as much as the whole", async () => {
    const pieces: number[] = [];
    const resource = large(
      (range) => {
        pieces.push(range?.length ?? -1);
        return new Uint8Array(SIZE);
      },
      { wholeOnly: true },
    );
    expect((await ask(resource)).body.length).toBe(SIZE);
    expect(pieces).toEqual([-1]);
  });
});

describe("documents", () => {
  const text = JSON.stringify(Array.from({ length: 500 }, (_, index) => `variable ${index}`));
  const decompress = { br: brotliDecompressSync, gzip: gunzipSync, zstd: zstdDecompressSync };

  it.each(["br", "gzip", "zstd"] as const)("go out as %s under their own tag", async (coding) => {
    const answer = await ask(jsonResource(text, { etag: "v1" }), { "accept-encoding": coding });
    expect(answer.header("content-encoding")).toBe(coding);
    expect(answer.header("etag")).toBe(`"v1-${coding}"`);
    expect(answer.header("vary")).toBe("Accept-Encoding");
    expect(answer.header("content-length")).toBe(String(answer.body.length));
    expect(decompress[coding](answer.body).toString()).toBe(text);
  });
  it("have the headers of GET on HEAD too", async () => {
    const headers = { "accept-encoding": "gzip" };
    const get = await ask(jsonResource(text, { etag: "v2" }), headers);
    const head = await ask(jsonResource(text, { etag: "v2" }), headers, "HEAD");
    for (const name of ["content-length", "content-encoding", "etag"]) {
      expect(head.header(name)).toBe(get.header(name));
    }
    expect(head.body.length).toBe(0);
  });
  it("are ranged and small ones sent as they are, whatever the client accepts", async () => {
    const ranged = await ask(jsonResource(text), { "accept-encoding": "gzip", range: "bytes=0-7" });
    expect([ranged.status, ranged.header("content-encoding"), ranged.body.length]).toEqual([206, null, 8]);
    const small = await ask(jsonResource({ a: 1 }), { "accept-encoding": "gzip" });
    expect([small.header("content-encoding"), Buffer.from(small.body).toString()]).toEqual([null, '{"a":1}']);
    expect(small.header("vary")).toBe("Accept-Encoding");
  });
  it("are not made for 304, of either variant", async () => {
    let made = 0;
    const resource = jsonResource(
      () => {
        made += 1;
        return text;
      },
      { etag: "v1" },
    );
    const headers = { "accept-encoding": "br, gzip" };
    for (const tag of ['"v1"', '"v1-br"', '"v1-gzip"']) {
      expect((await ask(resource, { ...headers, "if-none-match": tag })).status).toBe(304);
    }
    expect(made).toBe(0);
    expect((await ask(resource, { "if-none-match": '"v1-br"' })).status).toBe(200);
    // RFC 9110 §15.4.5: the tag that a 200 to the same request would have carried
    const accepting = { "accept-encoding": "gzip" };
    for (const header of ["*", '"v1", "v1-gzip"']) {
      const current = await ask(resource, { ...accepting, "if-none-match": header });
      expect([current.status, current.header("etag")]).toEqual([304, '"v1-gzip"']);
    }
    const ranged = await ask(resource, { ...accepting, "if-none-match": "*", range: "bytes=0-1" });
    expect(ranged.header("etag")).toBe('"v1"');
    const small = counted({ compressible: true });
    expect((await ask(small, { ...accepting, "if-none-match": "*" })).header("etag")).toBe('"v1"');
  });
  it("are told apart by their content where no validator is given", async () => {
    const first = await ask(htmlResource("<p>1"));
    const second = await ask(htmlResource("<p>2"));
    expect(first.header("etag")).not.toBe(second.header("etag"));
    expect(first.header("content-type")).toBe("text/html; charset=utf-8");
  });
  it("of two servers behind one path do not share compressed bytes", async () => {
    const one = await ask(jsonResource(text, { etag: "same" }), { "accept-encoding": "gzip" });
    const two = await ask(jsonResource(`${text} `, { etag: "same" }), { "accept-encoding": "gzip" });
    expect(gunzipSync(two.body).length).toBe(gunzipSync(one.body).length + 1);
  });
});

describe("dated bytes", () => {
  const modifiedAt = Date.UTC(2026, 10, 22, 1, 2, 3, 456);
  const date = "Sun, 22 Nov 2026 01:02:03 GMT";
  const dated = () => counted({ stat: () => ({ size: BYTES.length, etag: "v1", modifiedAt }) });
  it("answer If-Modified-Since where no tag is asked for", async () => {
    const resource = dated();
    expect((await ask(resource)).header("last-modified")).toBe(date);
    const again = await ask(resource, { "if-modified-since": date });
    expect([again.status, again.header("etag"), again.body.length]).toEqual([304, '"v1"', 0]);
    const older = "Sun, 22 Nov 2026 01:02:02 GMT";
    expect((await ask(resource, { "if-modified-since": older })).status).toBe(200);
    expect((await ask(resource, { "if-modified-since": "yesterday" })).status).toBe(200);
    expect((await ask(resource, { "if-modified-since": date, "if-none-match": '"v0"' })).status).toBe(200);
  });
  it("are not sent to who wants them as they were before, unless a tag is asked for", async () => {
    const older = "Sun, 22 Nov 2026 01:02:02 GMT";
    const asked = async (headers: Record<string, string>) => (await ask(dated(), headers)).status;
    expect(await asked({ "if-unmodified-since": date })).toBe(200);
    expect(await asked({ "if-unmodified-since": older })).toBe(412);
    expect(await asked({ "if-unmodified-since": older, "if-none-match": '"v1"' })).toBe(412);
    expect(await asked({ "if-unmodified-since": older, "if-match": '"v1"' })).toBe(200);
    expect(await asked({ "if-unmodified-since": "yesterday" })).toBe(200);
  });
  it("are cut for If-Range with the tag or the very date", async () => {
    const range = "bytes=0-7";
    expect((await ask(dated(), { range, "if-range": '"v1"' })).status).toBe(206);
    expect((await ask(dated(), { range, "if-range": date })).status).toBe(206);
    expect((await ask(dated(), { range, "if-range": "Sun, 22 Nov 2026 01:02:04 GMT" })).status).toBe(200);
  });
});

describe("headers of a resource", () => {
  const headers = { "Content-Disposition": 'attachment; filename="a"' };
  it("stand on the whole, on a part and on HEAD, not on failures", async () => {
    const resource = counted({ headers });
    const disposition = async (asked: Record<string, string>, method = "GET") =>
      (await ask(resource, asked, method)).header("content-disposition");
    expect(await disposition({})).toBe('attachment; filename="a"');
    expect(await disposition({ range: "bytes=0-7" })).toBe('attachment; filename="a"');
    expect(await disposition({}, "HEAD")).toBe('attachment; filename="a"');
    expect(await disposition({ range: "bytes=100-" })).toBe(null);
  });
});
