import { hash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StoreCredentials } from "../credentials.ts";
import type { UploadSource, UploadState } from "../object-writer.ts";
import { openObjectWriter } from "../open-object-writer.ts";
import { openStore } from "../open-store.ts";
import { RemoteConnections } from "../remote-connections.ts";
import { startAzureServer } from "../testing/azure-server.ts";
import { startGoogleServer } from "../testing/google-server.ts";
import { startS3Server } from "../testing/s3-server.ts";

const PART = 512 * 1024; // the servers of this test want no more

interface Case {
  readonly location: URL;
  readonly credentials: StoreCredentials;
  close(): Promise<void>;
}

const CASES: Readonly<Record<string, () => Promise<Case>>> = {
  async S3() {
    const server = await startS3Server(["data"]);
    const prefix = new URL("s3://data/out/");
    return {
      location: prefix,
      credentials: { prefix, kind: "s3", values: server.credentials },
      close: server.close,
    };
  },
  async "Azure Blob"() {
    const server = await startAzureServer(["data"]);
    const prefix = new URL("az://data/out/");
    return {
      location: prefix,
      credentials: { prefix, kind: "azure", values: server.credentials },
      close: server.close,
    };
  },
  async "Cloud Storage"() {
    const server = await startGoogleServer({});
    const prefix = new URL("gs://data/out/");
    const values = { endpoint: server.endpoint.href, anonymous: true };
    return { location: prefix, credentials: { prefix, kind: "google", values }, close: server.close };
  },
};

function sourceOf(bytes: Uint8Array, reads: number[] = []): UploadSource {
  return {
    size: bytes.length,
    mediaType: "application/x-netcdf",
    sha256: hash("sha256", bytes),
    async read(offset, length) {
      reads.push(offset);
      return bytes.subarray(offset, offset + length);
    },
  };
}

describe.each(Object.entries(CASES))("objects written to %s", (_name, start) => {
  let server: Case;
  const connections = new RemoteConnections({ attempts: 2, backoffMs: 1 });
  beforeAll(async () => {
    server = await start();
  });
  afterAll(async () => {
    await connections.close();
    await server.close();
  });
  const writer = () =>
    openObjectWriter(server.location, {
      credentials: [server.credentials],
      connections,
      partBytes: PART,
      concurrentParts: 2,
    });
  const read = async (key: string) => {
    const store = openStore(server.location, {
      allow: [server.location],
      connections,
      credentials: [server.credentials],
    });
    return store.get(key);
  };
  const keys = async () => (await Array.fromAsync(writer().keys(""))).sort();

  it("are the bytes that were read, small and in parts, and can be listed and removed", async () => {
    const large = randomBytes(2 * PART + 1000);
    await writer().put("a b/ü.txt", sourceOf(Buffer.from("small")));
    await writer().put("empty", sourceOf(Buffer.alloc(0)));
    await writer().put("large.nc", sourceOf(large));
    expect(Buffer.from((await read("a b/ü.txt")) ?? []).toString()).toBe("small");
    expect(hash("sha256", (await read("large.nc")) ?? "")).toBe(hash("sha256", large));
    expect(await keys()).toEqual(["a b/ü.txt", "empty", "large.nc"]);
    expect(await Array.fromAsync(writer().keys("a b"))).toEqual(["a b/ü.txt"]);
    for (const key of await keys()) await writer().remove(key);
    await writer().remove("large.nc");
    expect(await keys()).toEqual([]);
  });

  it("go on where an upload broke off", async () => {
    const bytes = randomBytes(3 * PART);
    let state: UploadState | undefined;
    let sent = 0;
    const broken: UploadSource = {
      ...sourceOf(bytes),
      async read(offset, length) {
        if (offset >= 2 * PART) throw new Error("killed");
        sent += 1;
        return bytes.subarray(offset, offset + length);
      },
    };
    const onState = (next: UploadState): void => {
      state = next;
    };
    await expect(writer().put("resumed.nc", broken, { onState })).rejects.toThrow("killed");
    expect(sent).toBe(2);
    await writer().put("resumed.nc", sourceOf(bytes), { resume: state });
    expect(hash("sha256", (await read("resumed.nc")) ?? "")).toBe(hash("sha256", bytes));
    await writer().remove("resumed.nc");
  });

  it("are refused where the file is not the one that was listed", async () => {
    const source = { ...sourceOf(Buffer.from("changed")), sha256: hash("sha256", "listed") };
    await expect(writer().put("x", source)).rejects.toMatchObject({ code: "unprocessable" });
    const large = { ...sourceOf(randomBytes(PART + 1)), sha256: hash("sha256", "listed") };
    await expect(writer().put("x", large)).rejects.toMatchObject({ code: "unprocessable" });
    expect(await keys()).toEqual([]);
  });
});

describe("bytes that change on their way to S3", () => {
  it("are sent again, where the server does not compare them but says what it got", async () => {
    const server = await startS3Server(["data"]);
    const changes = { left: 2 };
    const proxy = await changingProxy(server.endpoint, changes);
    const prefix = new URL("s3://data/out/");
    const connections = new RemoteConnections({ attempts: 2, backoffMs: 1 });
    const values = { ...server.credentials, endpoint: proxy.url };
    const credentials: StoreCredentials[] = [{ prefix, kind: "s3", values }];
    const writer = openObjectWriter(prefix, {
      credentials,
      connections,
      partBytes: PART,
      concurrentParts: 1,
    });
    const store = openStore(prefix, { allow: [prefix], connections, credentials });
    for (const [key, bytes] of [
      ["small", randomBytes(1000)],
      ["large", randomBytes(PART + 1000)],
    ] as const) {
      changes.left = 1;
      await writer.put(key, sourceOf(bytes));
      expect(await store.get(key)).toEqual(bytes);
      expect(changes.left).toBe(0);
    }
    await connections.close();
    await proxy.close();
    await server.close();
  });
});

/** Passes everything on, so many bodies of PUT with a changed bit. */
async function changingProxy(target: URL, changes: { left: number }) {
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Buffer>)); // no encoding is set
    if (incoming.method === "PUT" && changes.left > 0) {
      changes.left -= 1;
      body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1;
    }
    const { method, url, headers } = incoming;
    const passed = request(new URL(url ?? "/", target), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.end(body);
  };
  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
