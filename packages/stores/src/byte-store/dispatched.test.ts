import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent } from "undici";
import { afterEach, expect, it } from "vitest";
import { dispatched } from "./dispatched.ts";

const opened: { server: Server; agent: Agent }[] = [];
afterEach(async () => {
  for (const { server, agent } of opened.splice(0)) {
    await agent.destroy();
    server.closeAllConnections();
    server.close();
  }
});

/** Bodies of so many bytes as the path says, announced where it ends in "/announced"; "/never" stays without an answer. */
async function start(): Promise<(path: string, signal?: AbortSignal) => ReturnType<typeof dispatched>> {
  const server = createServer(({ url = "/" }, response) => {
    if (url === "/never") return;
    const body = Buffer.alloc(Number.parseInt(url.slice(1), 10)).map((_, at) => at);
    const isAnnounced = url.endsWith("/announced");
    response.writeHead(200, { "x-many": ["a", "b"], ...(isAnnounced && { "content-length": body.length }) });
    if (!isAnnounced) return response.end(body);
    response.write(body.subarray(0, 3)); // what comes with the head, and what comes after it
    setTimeout(() => response.end(body.subarray(3)), 5);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const agent = new Agent({ connections: 1 });
  opened.push({ server, agent });
  const { port } = server.address() as AddressInfo; // it listens on a port
  const origin = `http://127.0.0.1:${port}`;
  return (path, signal) => dispatched(agent, { origin, path, method: "GET", headers: {}, signal });
}

it("gathers bodies of one piece and of many, announced or not, into buffers of their own", async () => {
  const get = await start();
  for (const [size, end] of [0, 5, 3_000_000].flatMap((size) => [
    [size, ""] as const,
    [size, "/announced"] as const,
  ])) {
    const answer = await get(`/${size}${end}`);
    expect(answer).toMatchObject({ status: 200, headers: { "x-many": "a, b" } });
    const bytes = await answer.gather(3_000_000);
    expect(bytes?.length).toBe(size);
    expect(bytes?.buffer.byteLength).toBe(size);
    expect(bytes?.every((byte, at) => byte === (at & 255))).toBe(true);
  }
});

it("stops at a body that is longer than allowed, however early it is known", async () => {
  const get = await start();
  for (const path of ["10", "3000000", "10/announced", "3000000/announced"]) {
    const answer = await get(`/${path}`);
    expect(await answer.gather(Number.parseInt(path, 10) - 1)).toBeUndefined();
  }
  const late = await get("/10");
  await new Promise((resolve) => setTimeout(resolve, 20)); // it is whole by now
  expect(await late.gather(9)).toBeUndefined();
});

it("goes on over the same connection after a short body that nobody wanted, and over a new one after a long", async () => {
  const get = await start();
  for (const size of [100, 30_000_000]) {
    await (await get(`/${size}`)).discard();
    expect((await (await get("/5")).gather(5))?.length).toBe(5);
  }
});

it("rejects with the caller's reason at once, before the head, in the body and while waiting for a connection", async () => {
  const get = await start();
  const reason = new Error("left");
  await expect(get("/5", AbortSignal.abort(reason))).rejects.toBe(reason);
  const controller = new AbortController();
  const first = get("/never", controller.signal);
  const queued = get("/5", controller.signal); // the agent has one connection
  setTimeout(() => controller.abort(reason), 20);
  await expect(first).rejects.toBe(reason);
  await expect(queued).rejects.toBe(reason);
  for (const path of ["/30000000", "/30000/announced"]) {
    const inBody = new AbortController();
    const answer = await get(path, inBody.signal);
    const gathered = answer.gather(30_000_000);
    inBody.abort(reason);
    await expect(gathered).rejects.toBe(reason);
  }
});
