import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fakeResults } from "./testing/fake-results.ts";
import { FILES, type Serving, startServing } from "./testing/serving.ts";

const CHUNK = "results.zarr/t2m/c/0";
const DATE = "Fri, 02 Jan 2026 03:04:05 GMT";
const BYTES = FILES[CHUNK] ?? new Uint8Array();

let serving: Serving;
let strict: Serving;
let id: string;
beforeAll(async () => {
  serving = startServing();
  strict = startServing({ strict: true });
  id = await serving.submit();
  await serving.ended(id);
});
afterAll(async () => {
  await serving.close();
  await strict.close();
});

async function ask(path: string, headers: Record<string, string> = {}, method = "GET") {
  const answer = await serving.get(`/v1/infer/synth/${id}/results/${path}`, { headers, method });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return { status: answer.status, header: (name: string) => answer.headers.get(name), bytes };
}

function told({ bytes }: { bytes: Uint8Array }): unknown {
  return JSON.parse(Buffer.from(bytes).toString());
}

describe("a result file", () => {
  it("is found with and without the execution's id before it, with validators and a name", async () => {
    for (const path of [CHUNK, `${id}/${CHUNK}`]) {
      const answer = await ask(path);
      expect([answer.status, answer.bytes]).toEqual([200, BYTES]);
      expect(answer.header("content-type")).toBe("application/octet-stream");
      expect(answer.header("content-length")).toBe("104");
      expect(answer.header("accept-ranges")).toBe("bytes");
      expect(answer.header("etag")).toBe('"v104"');
      expect(answer.header("last-modified")).toBe(DATE);
      expect(answer.header("content-disposition")).toBe('attachment; filename="0"');
    }
  });
  it("has a name that every system can keep", async () => {
    const named = await ask("zusammenfassung%20%C3%BC.json");
    expect(named.header("content-disposition")).toBe(
      `attachment; filename="zusammenfassung _.json"; filename*=UTF-8''zusammenfassung%20%C3%BC.json`,
    );
    const archive = await ask(`synth:${id}`);
    expect([archive.header("content-type"), archive.header("content-disposition")]).toEqual([
      "application/zip",
      `attachment; filename="synth_${id}.zip"`,
    ]);
    expect((await ask(`synth%3A${id}`)).status).toBe(200);
  });
  it("answers HEAD without a body, whatever range is asked", async () => {
    const head = await ask(CHUNK, { range: "bytes=0-9" }, "HEAD");
    expect([head.status, head.header("content-length"), head.bytes.length]).toEqual([200, "104", 0]);
  });
  it("is not sent again to who has it", async () => {
    expect((await ask(CHUNK, { "if-none-match": '"v104"' })).status).toBe(304);
    expect((await ask(CHUNK, { "if-modified-since": DATE })).status).toBe(304);
    expect((await ask(CHUNK, { "if-match": '"other"' })).status).toBe(412);
  });
});

describe("a range of a result file", () => {
  it.each([
    ["bytes=0-9", "bytes 0-9/104", 0, 10],
    ["bytes=100-200", "bytes 100-103/104", 100, 104],
    ["bytes=100-", "bytes 100-103/104", 100, 104],
    ["bytes=-10", "bytes 94-103/104", 94, 104],
    ["bytes=-1000", "bytes 0-103/104", 0, 104],
  ])("%s is %s", async (range, contentRange, from, to) => {
    const answer = await ask(CHUNK, { range });
    expect([answer.status, answer.header("content-range")]).toEqual([206, contentRange]);
    expect(answer.bytes).toEqual(BYTES.slice(from, to));
    expect(answer.header("etag")).toBe('"v104"');
  });
  it.each(["bytes=200-300", "bytes=-0", "bytes=200-300,400-"])("%s cannot be had", async (range) => {
    const answer = await ask(CHUNK, { range });
    expect([answer.status, answer.header("content-range")]).toEqual([416, "bytes */104"]);
    expect(told(answer)).toMatchObject({ detail: { error: "Range Not Satisfiable" } });
  });
  it.each(["bytes=abc-5", "bytes=-", "items=0-1", "bytes=0-1,x", "bytes=5-2,0-1"])(
    "%s is ignored",
    async (range) => {
      const answer = await ask(CHUNK, { range });
      expect([answer.status, answer.bytes.length]).toEqual([200, 104]);
    },
  );
  it("of an empty file is the empty file", async () => {
    const answer = await ask("empty.bin", { range: "bytes=0-9" });
    expect([answer.status, answer.header("content-length"), answer.bytes.length]).toEqual([200, "0", 0]);
  });
  it("counts for the current tag and date alone", async () => {
    const range = "bytes=0-9";
    for (const ifRange of ['"v104"', DATE]) {
      expect((await ask(CHUNK, { range, "if-range": ifRange })).status).toBe(206);
      expect((await ask(CHUNK, { range: "bytes=0-1,8-9", "if-range": ifRange })).status).toBe(206);
    }
    expect((await ask(CHUNK, { range, "if-range": '"old"' })).status).toBe(200);
    expect((await ask(CHUNK, { range: "bytes=0-1,8-9", "if-range": '"old"' })).status).toBe(200);
    expect((await ask(CHUNK, { range: "bytes=0-1,8-9", "if-none-match": '"v104"' })).status).toBe(304);
  });
});

describe("several ranges", () => {
  it("come as parts that are what they say, in the order in which they were asked", async () => {
    const answer = await ask(CHUNK, { range: "bytes=50-51, 0-1, -2, 200-" });
    const boundary = /^multipart\/byteranges; boundary=(\w+)$/.exec(answer.header("content-type") ?? "")?.[1];
    expect(answer.status).toBe(206);
    expect(answer.header("content-length")).toBe(String(answer.bytes.length));
    const sections = Buffer.from(answer.bytes)
      .toString("latin1")
      .split(`\r\n--${boundary ?? ""}`);
    expect(sections).toHaveLength(5);
    const parts = sections.slice(1, -1).map((section) => {
      const [head = "", body = ""] = section.split("\r\n\r\n");
      return [/Content-Range: (.*)/.exec(head)?.[1], [...Buffer.from(body, "latin1")]];
    });
    expect(parts).toEqual([
      ["bytes 50-51/104", [50, 51]],
      ["bytes 0-1/104", [0, 1]],
      ["bytes 102-103/104", [102, 103]],
    ]);
    expect(sections.at(-1)).toBe("--\r\n");
  });
  it("that touch are one", async () => {
    const answer = await ask(CHUNK, { range: "bytes=0-4,5-9" });
    expect([answer.header("content-range"), answer.bytes]).toEqual(["bytes 0-9/104", BYTES.slice(0, 10)]);
  });
  it("that ask for more than there is, or too many, are ignored", async () => {
    expect((await ask(CHUNK, { range: "bytes=50-,0-,50-,0-" })).status).toBe(200);
    const many = Array.from({ length: 33 }, (_, index) => `${index * 3}-${index * 3}`).join(",");
    expect((await ask(CHUNK, { range: `bytes=${many}` })).status).toBe(200);
  });
  it.each([
    ["bytes=0-9", 206, "bytes 0-9/104"],
    ["bytes=90-", 206, "bytes 90-103/104"],
    ["bytes=-1000", 206, "bytes 0-103/104"],
    ["bytes=100-200", 416, "bytes */104"],
    ["bytes=5-2", 416, "bytes */104"],
    ["bytes=-0", 416, "bytes */104"],
    ["items=0-1", 416, null],
    ["bytes=--5", 416, "bytes */104"],
    ["bytes=7", 416, null],
    ["bytes=", 416, null],
    ["bytes=1_0-+20", 206, "bytes 10-20/104"],
    [`bytes=0-${"9".repeat(30)}`, 416, "bytes */104"],
    ["bytes=abc-5", 500, null],
    ["bytes=-", 500, null],
    ["bytes=-1-5", 500, null],
  ])("%s has upstream's faults where strictness is wanted", async (range, status, told) => {
    const own = await strict.submit();
    await strict.ended(own);
    const url = `/v1/infer/synth/${own}/results/results.zarr/t2m/c/0`;
    const answer = await strict.get(url, { headers: { range } });
    expect([answer.status, answer.headers.get("content-range")]).toEqual([status, told]);
    const body = status === 206 ? undefined : ((await answer.json()) as { detail: { error: string } });
    if (body !== undefined)
      expect([Object.keys(body), typeof body.detail.error]).toEqual([["detail"], "string"]);
    const empty = await strict.get(`/v1/infer/synth/${own}/results/empty.bin`, {
      headers: { range: "bytes=0-9" },
    });
    expect(empty.status).toBe(416);
    const head = await strict.get(url, { method: "HEAD" });
    expect([head.status, head.headers.get("allow")]).toEqual([405, "GET"]);
  });
  it("are refused in upstream's words where strictness is wanted", async () => {
    const own = await strict.submit();
    await strict.ended(own);
    const details = async (range: string) => {
      const answer = await strict.get(`/v1/infer/synth/${own}/results/${CHUNK}`, { headers: { range } });
      return ((await answer.json()) as { detail: { details: string } }).detail.details; // every refusal of a file has them
    };
    expect(await details("bytes=100-200")).toBe("Requested range 100-200 is invalid for file size 104");
    expect(await details("bytes=-0")).toBe("Requested range 104-103 is invalid for file size 104");
    expect(await details("bytes")).toBe("Only byte ranges are supported");
    expect(await details("bytes=7")).toBe("Invalid range format");
    expect(await details("bytes=1-2x")).toBe("invalid literal for int() with base 10: '2x'");
  });
  it("are the first of them where strictness is wanted", async () => {
    const own = await strict.submit();
    await strict.ended(own);
    const url = `/v1/infer/synth/${own}/results/${CHUNK}`;
    const answer = await strict.get(url, { headers: { range: "bytes=0-1,8-9" } });
    expect([answer.status, answer.headers.get("content-range")]).toEqual([206, "bytes 0-1/104"]);
    expect((await strict.get(`/v1/infer/synth/${own}/results/synth:${own}`)).status).toBe(404);
  });
});

describe("what is no result file", () => {
  it("is 404, 400 for a folder, 403 outside of the results", async () => {
    const missing = await ask("results.zarr/t2m/c/1");
    expect([missing.status, told(missing)]).toMatchObject([
      404,
      {
        detail: {
          error: "File not found",
          details: "The file 'results.zarr/t2m/c/1' does not exist in the results",
        },
      },
    ]);
    for (const folder of ["results.zarr", `${id}/results.zarr/t2m`, id]) {
      const answer = await ask(folder);
      expect([answer.status, told(answer)]).toMatchObject([400, { error: "Not a file" }]);
    }
    const outside = await ask("..%2f..%2fetc%2fpasswd");
    expect([outside.status, told(outside)]).toMatchObject([403, { error: "Access denied" }]);
  });
  it("is gone, and not missing, when it was removed with the record of its job", async () => {
    const told: ((id: string) => void)[] = [];
    const removing = fakeResults(FILES, { onRemoval: (tell) => told.push(tell) });
    for (const [isStrict, status] of [
      [false, 410],
      [true, 404],
    ] as const) {
      const own = startServing({ results: removing, strict: isStrict });
      const job = await own.submit();
      await own.ended(job);
      const path = `/v1/infer/synth/${job}/results/${CHUNK}`;
      expect((await own.get(path)).status).toBe(200);
      for (const tell of told) tell(job);
      await own.engine.remove(job);
      expect((await own.get(path)).status).toBe(status);
      await own.close();
    }
  });
});
