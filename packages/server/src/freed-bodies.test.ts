import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type Listening, listen } from "./listen.ts";
import { airPlugin, startGateway } from "./test-gateway.ts";

const MEBIBYTE = 1024 * 1024;
const running: Listening[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close({ graceMs: 100 })));
});

/** A file of 4 MiB, each byte its mebibyte; remembers what it gave. */
async function serve(given: { readonly givesExclusive?: boolean; readonly shareable?: boolean }) {
  const reads: ArrayBuffer[] = [];
  const resource = {
    contentType: "application/octet-stream",
    stat: () => ({ size: 4 * MEBIBYTE, etag: "v" }),
    read: (range = { offset: 0, length: 4 * MEBIBYTE }) => {
      const bytes = new Uint8Array(range.length).fill(range.offset / MEBIBYTE + 1);
      reads.push(bytes.buffer);
      return bytes;
    },
    ...given,
  };
  const server = await listen(await startGateway([airPlugin({ large: resource })]), {
    host: "127.0.0.1",
    port: 0,
  });
  running.push(server);
  return { url: `${server.url}/datasets/air/zarr/large`, port: server.port, reads };
}

async function eventually(holds: () => boolean): Promise<void> {
  for (let look = 0; look < 200 && !holds(); look += 1) await new Promise((go) => setTimeout(go, 5));
  expect(holds()).toBe(true);
}

describe("memory of bodies that belong to one answer", () => {
  it("is given back once they are sent, whole or in part", async () => {
    const { url, reads } = await serve({ givesExclusive: true });
    const part = await fetch(url, { headers: { range: "bytes=1048576-2097151" } });
    expect(Buffer.from(await part.bytes())).toEqual(Buffer.alloc(MEBIBYTE, 2));
    expect(Buffer.from(await (await fetch(url)).bytes())).toEqual(Buffer.alloc(4 * MEBIBYTE, 1));
    await eventually(() => reads.length === 2 && reads.every(({ byteLength }) => byteLength === 0));
  });

  it("stays where somebody else may have them", async () => {
    for (const given of [{}, { givesExclusive: true, shareable: true }]) {
      const { url, reads } = await serve(given);
      await (await fetch(url)).bytes();
      await (await fetch(url)).bytes();
      expect(reads.every(({ byteLength }) => byteLength === 4 * MEBIBYTE)).toBe(true);
    }
  });

  it("is left alone when the client has gone in the middle", async () => {
    const { url, port, reads } = await serve({ givesExclusive: true });
    const socket = connect(port, "127.0.0.1", () =>
      socket.write(`GET ${new URL(url).pathname} HTTP/1.1\r\nHost: a\r\n\r\n`),
    );
    await new Promise<void>((resolve) => socket.once("data", () => resolve()));
    socket.destroy();
    await new Promise((go) => setTimeout(go, 100));
    expect(reads.map(({ byteLength }) => byteLength)).toEqual([4 * MEBIBYTE]);
    expect((await fetch(url, { headers: { range: "bytes=0-3" } })).status).toBe(206);
  });
});
