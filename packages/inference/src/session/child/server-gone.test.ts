import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { temporaryFolder } from "@zarr-gateway/testkit";
import { describe, expect, it } from "vitest";
import { looping, onnxPackage } from "../testing/onnx-packages.ts";
import { RUN, stateOf } from "../testing/stepping.ts";
import { createExchangeFolder } from "./exchange-folder.ts";

/** A server that says its process's number, and then waits for a step that never ends. */
const SERVER = `
const { childSession } = await import(process.argv[1]);
const { model, run, state } = JSON.parse(process.argv[2], (key, value) => key === "to" ? Infinity : value);
const log = { info() {}, warn() {} };
const session = await childSession({ model, providers: ["cpu"], threads: 1, log });
const entries = state.map((values) => new Map([["t", Float32Array.from(values)]]));
const begun = await session.begin(run, { n: 0, entries });
process.stdout.write(String(session.pid));
await session.step([{ run, n: 1, from: new Map([[0, begun.state]]) }]);
`;

describe.skipIf(process.platform !== "linux")("a process whose server was killed", () => {
  it("ends in the middle of a step; the next server removes its files", async () => {
    await using folder = await temporaryFolder();
    const model = await onnxPackage(folder.path, looping(1_000_000_000_000n));
    const module = new URL("./child-session.ts", import.meta.url).href;
    const state = stateOf({ t: [[0, 1, 2, 3, 4, 5]] }).entries.map((fields) => [...(fields.get("t") ?? [])]);
    const argument = JSON.stringify({ model, run: RUN, state });
    const server = spawn(process.execPath, ["--input-type=module", "-e", SERVER, module, argument], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [text] = (await once(server.stdout, "data")) as [Buffer]; // what the event has
    const pid = Number(text.toString());
    await until(isBusy(pid));
    server.kill("SIGKILL");
    await until(() => !existsSync(`/proc/${pid}`));
    expect(foldersOf(server.pid)).not.toEqual([]);
    const exchange = await createExchangeFolder();
    expect(foldersOf(server.pid)).toEqual([]);
    await exchange.remove();
  }, 30_000);
});

/** True when it was seen at work ten times in turn: it is in the step. */
function isBusy(pid: number): () => boolean {
  let times = 0;
  return () => {
    times = /^State:\s+R/m.test(readFileSync(`/proc/${pid}/status`, "utf8")) ? times + 1 : 0;
    return times >= 10;
  };
}

function foldersOf(pid: number | undefined): string[] {
  return ["/dev/shm", tmpdir()]
    .filter((place) => existsSync(place))
    .flatMap((place) => readdirSync(place))
    .filter((name) => name.startsWith("zarr-gateway-model-") && name.includes(`-${pid}-`));
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 250 && !holds(); i++) await wait(20);
  expect(holds()).toBe(true);
}
