import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { type TemporaryFolder, temporaryFolder } from "@zarr-gateway/testkit";
import type { OnnxGraph } from "@zarr-gateway/testkit/onnx";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ModelPackage } from "../../model-package.ts";
import type { StateHandle, StepRequest } from "../../model-session.ts";
import { createOnnxRuntime } from "../../runtime/onnx/onnx-runtime.ts";
import { createModelSession } from "../in-process.ts";
import { DOUBLING, looping, onnxPackage } from "../testing/onnx-packages.ts";
import { describeModelSession } from "../testing/session-suite.ts";
import { RUN, stateOf } from "../testing/stepping.ts";
import { type ChildSession, type ChildSessionOptions, childSession } from "./child-session.ts";

const lines: string[] = [];
const note = (fields: Readonly<Record<string, unknown>>, message: string): void =>
  void lines.push(`${message} ${JSON.stringify(fields)}`);
const ON = { providers: ["cpu"], threads: 1, log: { info: note, warn: note } };
const START = stateOf({ t: [[0, 1, 2, 3, 4, 5]] });
const ENDLESS = looping(1_000_000_000_000n);

describeModelSession("a session in this process", (model) =>
  createModelSession({ model, runtime: createOnnxRuntime(ON) }),
);
describeModelSession("a session in a process of its own", (model) => childSession({ model, ...ON }));

describe.skipIf(process.platform !== "linux")("a process that holds a model", { timeout: 30_000 }, () => {
  let folder: TemporaryFolder;
  const sessions: ChildSession[] = [];
  const opened = async (
    graph: OnnxGraph,
    options: Partial<ChildSessionOptions> = {},
  ): Promise<ChildSession> => {
    const model: ModelPackage = await onnxPackage(folder.path, graph);
    const session = await childSession({ model, ...ON, ...options });
    sessions.push(session);
    return session;
  };
  const started = async (session: ChildSession): Promise<StepRequest[]> => {
    const { state } = await session.begin(RUN, START);
    return [step(state)];
  };
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    await Promise.all(sessions.splice(0).map((session) => session.close()));
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  it("that is killed during a step fails what is on its way and all that comes, at once", async () => {
    const session = await opened(ENDLESS);
    const requests = await started(session);
    const steps = [session.step(requests), session.step(requests)];
    await wait(100);
    process.kill(session.pid, "SIGKILL");
    const killed = performance.now();
    for (const settled of await Promise.allSettled([...steps, session.begin(RUN, START)])) {
      expect(settled).toMatchObject({
        status: "rejected",
        reason: { code: "model_failed", message: "the model's process was ended by SIGKILL" },
      });
    }
    expect(performance.now() - killed).toBeLessThan(1000);
    expect(session.isAlive).toBe(false);
    expect((await session.ended).code).toBe("model_failed");
  });

  it("is ended where a step hangs", async () => {
    const session = await opened(ENDLESS, { stepTimeoutMs: 300 });
    const requests = await started(session);
    const [hanging, next] = await Promise.allSettled([session.step(requests), session.step(requests)]);
    expect(hanging).toMatchObject({
      reason: { code: "model_timeout", message: "the model's process took longer than 300 ms for step" },
    });
    expect(next).toMatchObject({ reason: { code: "model_failed" } });
    await gone(session.pid);
  });

  it("is ended where loading hangs", async () => {
    const before = children();
    await expect(opened(DOUBLING, { startTimeoutMs: 1 })).rejects.toMatchObject({
      code: "model_timeout",
      message: "the model's process took longer than 1 ms for loading",
    });
    await until(() => children().length <= before.length);
  });

  it("is ended where it takes too much memory", async () => {
    const session = await opened(ENDLESS, { memoryLimit: 1 });
    await expect(session.step(await started(session))).rejects.toMatchObject({
      code: "model_failed",
      message: expect.stringMatching(/took \d+ bytes of memory, more than 1$/) as unknown,
    });
  });

  it("leaves a step that was dropped while it runs, and goes on with the next call", async () => {
    const session = await opened(looping(300_000n));
    const requests = await started(session);
    const leave = new AbortController();
    const dropped = session.step(requests, { signal: leave.signal });
    await wait(20);
    leave.abort(new Error("gone"));
    await expect(dropped).rejects.toThrow("gone");
    expect(await session.step(requests)).toHaveLength(1);
    expect(filesOf(process.pid)).toEqual(["c-0"]); // written twice
  });

  it("closes at once in the middle of a step", async () => {
    const session = await opened(ENDLESS);
    const hanging = session.step(await started(session)).catch((error: unknown) => error);
    await wait(50);
    const start = performance.now();
    await session.close();
    expect(performance.now() - start).toBeLessThan(2000);
    expect(await hanging).toMatchObject({
      code: "model_failed",
      message: "the model's process was closed",
    });
    await gone(session.pid);
  });

  it("has none of the server's secrets, and is no part of its group", async () => {
    process.env["AWS_SECRET_ACCESS_KEY"] = "secret";
    const session = await opened(DOUBLING);
    delete process.env["AWS_SECRET_ACCESS_KEY"];
    expect(readFileSync(`/proc/${session.pid}/environ`, "utf8")).not.toContain("secret");
    process.kill(session.pid, "SIGTERM");
    process.kill(session.pid, "SIGINT");
    await wait(100);
    expect(await started(session)).toHaveLength(1);
    expect(Number(/^NSpgid:\s+(\d+)/m.exec(status(session.pid))?.[1])).toBe(session.pid);
  });

  it("leaves nothing behind, however many there were", async () => {
    await (await opened(DOUBLING)).close();
    const before = { children: children(), handles: handles(), files: filesOf(process.pid, true) };
    for (let i = 0; i < 5; i++) {
      const pair = await Promise.all([opened(DOUBLING), opened(DOUBLING)]);
      await Promise.all(pair.map(started));
      const [first, second] = pair;
      if (first) process.kill(first.pid, "SIGKILL");
      await Promise.all([first?.ended, second?.close()]);
    }
    await Promise.all(sessions.splice(0).map((session) => session.close()));
    await until(() => handles() <= before.handles);
    expect({ children: children(), handles: handles(), files: filesOf(process.pid, true) }).toEqual(before);
  }, 60_000);
});

function step(state: StateHandle): StepRequest {
  return { run: RUN, n: 1, from: new Map([[0, state]]) };
}

/** Files of exchange folders, or those themselves. */
function filesOf(pid: number, areFolders = false): string[] {
  return ["/dev/shm", tmpdir()].flatMap((place) =>
    readdirSync(place)
      .filter((name) => name.startsWith("zarr-gateway-model-") && name.includes(`-${pid}-`))
      .flatMap((name) => (areFolders ? [name] : readdirSync(`${place}/${name}`))),
  );
}

function children(): string[] {
  return readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ");
}

function handles(): number {
  return readdirSync("/proc/self/fd").length;
}

function status(pid: number): string {
  return readFileSync(`/proc/${pid}/status`, "utf8");
}

function gone(pid: number): Promise<void> {
  return until(() => {
    try {
      return /^State:\s+Z/m.test(status(pid));
    } catch {
      return true;
    }
  });
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 250 && !holds(); i++) await wait(20);
  expect(holds()).toBe(true);
}
