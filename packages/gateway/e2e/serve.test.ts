import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
    expect(await program.ended()).toBe(1);
    expect(program.stderr).toMatch(/nothing to serve/);
  });
});

describe("serve with several processes", () => {
  it("shares one port, replaces a process that dies, and stops all", async () => {
    const program = serve("--processes", "2", QUICKSTART);
    const url = await program.url();
    const pids = (): string[] => [
      ...new Set([...program.stderr.matchAll(/"pid":(\d+),"requestId"/g)].map((match) => match[1] ?? "")),
    ];
    const ask = async (): Promise<void> => {
      const response = await fetch(`${url}/datasets`, { headers: { connection: "close" } });
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    };
    while (pids().length < 2) {
      await ask();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    process.kill(Number(pids()[0]), "SIGKILL");
    await waitFor(() => program.stderr.includes("is replaced"));
    while (pids().length < 3) {
      await ask();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
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
