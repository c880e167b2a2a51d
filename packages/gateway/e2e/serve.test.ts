import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:http2";
import { get } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { makeData } from "../../../examples/quickstart/make-data.ts";
import { ProgramProcess, QUICKSTART } from "./program-process.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 }); // processes start slowly on a busy machine

let folder: string;
let slow: string;
const running: ProgramProcess[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "gateway-"));
  await makeData(QUICKSTART);
  slow = join(folder, "slow.yaml");
  writeFileSync(slow, `plugins: { ${join(import.meta.dirname, "fixtures/slow-plugin.ts")}: {} }`);
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  for (const program of running.splice(0)) program.child.kill("SIGKILL");
});

function serve(...words: string[]): ProgramProcess {
  const program = new ProgramProcess(["serve", "--port", "0", ...words]);
  running.push(program);
  return program;
}
async function waitFor(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("serve", () => {
  it("publishes a folder, prints one line on stdout, and ends with 0 when told to", async () => {
    const program = serve(QUICKSTART);
    const url = await program.url();
    expect(program.stdout).toBe(`listening on ${url}\n`);
    expect(await (await fetch(`${url}/datasets`)).json()).toEqual(["surface", "temperature", "wind"]);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(await program.stop()).toBe(0);
    expect(program.stdout).toBe(`listening on ${url}\n`);
  });

  it("finishes a request in flight before it ends", async () => {
    const program = serve("-c", slow);
    const answer = fetch(`${await program.url()}/slow/700`).then((response) => response.text());
    await new Promise((resolve) => setTimeout(resolve, 200));
    const ended = program.stop();
    expect(await answer).toBe("done");
    expect(await ended).toBe(0);
  });

  it("ends at once at the second signal", async () => {
    const program = serve("-c", slow);
    const answer = fetch(`${await program.url()}/slow/60000`).catch(() => "cut");
    await new Promise((resolve) => setTimeout(resolve, 200));
    program.child.kill("SIGINT");
    await waitFor(() => program.stderr.includes("stopping"));
    program.child.kill("SIGINT");
    expect(await program.ended()).toBe(1);
    expect(await answer).toBe("cut");
  });

  it("says in one line that the port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as { port: number }; // bound to a host and port
    const program = serve("--port", String(port), QUICKSTART);
    expect(await program.ended()).toBe(1);
    expect(program.stdout).toBe("");
    expect(program.stderr).toMatch(new RegExp(`^zarr-gateway: 127\\.0\\.0\\.1:${port} is in use.*\\n$`));
    other.close();
  });

  it("needs something to serve", async () => {
    const program = serve();
    expect(await program.ended()).toBe(2);
    expect(program.stderr).toMatch(/nothing to serve/);
  });
});

describe("serve with a certificate", () => {
  const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
  it.skipIf(!hasOpenssl)("speaks HTTP/2, and HTTP/1.1 with who does not", async () => {
    const subject = ["-subj", "/CN=localhost", "-days", "1", "-nodes"];
    const files = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")];
    spawnSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", ...subject, ...files]);
    const file = join(folder, "tls.yaml");
    writeFileSync(
      file,
      `server: { tls: { cert: cert.pem, key: key.pem } }\nfolders: [{ path: ${QUICKSTART} }]`,
    );
    const program = serve("-c", file);
    const url = await program.url();
    expect(url).toMatch(/^https:/);
    const session = connect(url, { rejectUnauthorized: false });
    const headers = once(session.request({ ":path": "/datasets" }), "response");
    expect((await headers)[0]).toMatchObject({ ":status": 200 });
    const overHttp1 = await new Promise<number | undefined>((resolve, reject) => {
      const options = { rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] };
      get(`${url}/datasets`, options, ({ statusCode }) => resolve(statusCode)).on("error", reject);
    });
    expect(overHttp1).toBe(200);
    session.destroy();
    expect(await program.stop()).toBe(0);
  });
  it("says where the configuration names files that are none", async () => {
    const file = join(folder, "no-tls.yaml");
    writeFileSync(file, "server:\n  tls: { cert: tls.yaml, key: none.pem }");
    const program = serve("-c", file);
    expect(await program.ended()).toBe(1);
    expect(program.stderr).toContain(`${file}:2:26: server.tls.key: cannot be read: ENOENT`);
    writeFileSync(file, "server:\n  tls: { cert: no-tls.yaml, key: no-tls.yaml }");
    const other = serve("-c", file);
    expect(await other.ended()).toBe(1);
    expect(other.stderr).toContain(`${file}:2:3: server.tls: expected a PEM certificate and its key; `);
  });
});

describe("plugins of the configuration", () => {
  it("are switched off by false, and come from packages beside the configuration", async () => {
    const home = join(folder, "node_modules/my-plugin");
    mkdirSync(home, { recursive: true });
    const manifest = { name: "my-plugin", type: "module", exports: "./index.js" };
    writeFileSync(join(home, "package.json"), JSON.stringify(manifest));
    writeFileSync(
      join(home, "index.js"),
      `import { definePlugin, z } from "zarr-gateway/plugin";
       import { Hono } from "hono";
       const routes = (word) => new Hono().get("/", (c) => c.text(word));
       export default definePlugin({ name: "mine", prefix: "mine", options: z.strictObject({ word: z.string() }),
         setup: (_host, { word }) => ({ routes: routes(word) }) });`,
    );
    const file = join(folder, "plugins.yaml");
    writeFileSync(
      file,
      `folders: [{ path: ${QUICKSTART} }]\nplugins: { info: false, my-plugin: { word: hello } }`,
    );
    const url = await serve("-c", file).url();
    expect(await (await fetch(`${url}/mine`)).text()).toBe("hello");
    expect((await fetch(`${url}/datasets/wind/info`)).status).toBe(404);
    expect((await fetch(`${url}/datasets/wind.zarr/zarr.json`)).status).toBe(200);
  });
});

describe("serve with several processes", () => {
  it("shares one port, replaces a process that dies, and stops all", async () => {
    const program = serve("--processes", "2", QUICKSTART);
    const url = await program.url();
    // request ids begin with something of the process
    const seen = new Set<string>();
    const ask = async (): Promise<void> => {
      const response = await fetch(`${url}/datasets`, { headers: { connection: "close" } });
      expect(response.status).toBe(200);
      seen.add(response.headers.get("x-request-id")?.split("-")[0] ?? "");
      await response.arrayBuffer();
      await new Promise((resolve) => setTimeout(resolve, 50));
    };
    while (seen.size < 2) await ask();
    const children = execFileSync("ps", ["-o", "pid=", "--ppid", String(program.child.pid)]).toString();
    process.kill(Number(children.trim().split(/\s+/)[0]), "SIGKILL");
    await waitFor(() => program.stderr.includes("is replaced"));
    while (seen.size < 3) await ask();
    expect(await program.stop()).toBe(0);
    expect(program.stdout).toBe(`listening on ${url}\n`);
    await expect(fetch(`${url}/datasets`)).rejects.toThrow();
  });

  it("fails as one process does when the port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as { port: number }; // bound to a host and port
    const program = serve("--processes", "2", "--port", String(port), QUICKSTART);
    expect(await program.ended()).toBe(1);
    expect(program.stderr).toMatch(/is in use/);
    other.close();
  });
});
