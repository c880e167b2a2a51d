import { setTimeout as wait } from "node:timers/promises";
import { type TemporaryFolder, temporaryFolder } from "@zarr-gateway/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ModelSession } from "../../model-session.ts";
import { DOUBLING, onnxPackage } from "../testing/onnx-packages.ts";
import { RUN, stateOf, stepTo } from "../testing/stepping.ts";
import { createLoadedModels, type LoadedModels, type LoadedModelsOptions } from "./loaded-models.ts";

const START = stateOf({ t: [[0, 1, 2, 3, 4, 5]] });

describe("the models of a server", { timeout: 30_000 }, () => {
  let folder: TemporaryFolder;
  let models: LoadedModels;
  const lines: string[] = [];
  const note = (_fields: unknown, message: string): void => void lines.push(message);
  const log = { info: note, warn: note };
  const on = { providers: ["cpu"], threads: 1, log };
  const create = (options: Partial<LoadedModelsOptions> = {}): LoadedModels => {
    models = createLoadedModels({ log, intervalMs: 50, ...options });
    lines.length = 0;
    return models;
  };
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => models.close());
  afterAll(() => folder[Symbol.asyncDispose]());

  it("are closed when they were not used for long, and not while they are", async () => {
    const session = await create({ idleMs: 1000 }).open({
      model: await onnxPackage(folder.path, DOUBLING),
      ...on,
    });
    const { state } = await session.begin(RUN, START);
    for (let i = 0; i < 10; i++) {
      await wait(150);
      await session.read(state);
    }
    expect(session.isAlive).toBe(true);
    await until(() => session.isAlive === false);
    expect(models.count).toBe(0);
    expect(lines).toEqual(["an idle model is closed"]);
  });

  it("make room: the one that was used longest ago is closed", async () => {
    create({ maxBytes: 1 });
    const model = await onnxPackage(folder.path, DOUBLING);
    const [first, second] = [await models.open({ model, ...on }), await models.open({ model, ...on })];
    const { state } = await second.begin(RUN, START);
    const stop = Date.now() + 4000;
    while (first.isAlive && Date.now() < stop) {
      await second.read(state);
      await wait(50);
    }
    expect([first.isAlive, second.isAlive]).toEqual([false, true]);
    expect(lines).toEqual(["a model is closed to make room"]);
  });

  it("start again at once after a death, and later where they never come to a step", async () => {
    const model = await onnxPackage(folder.path, Buffer.from("no graph"));
    create();
    const open = (): Promise<ModelSession> => models.open({ model, ...on });
    for (let i = 0; i < 3; i++) await expect(open()).rejects.toThrow("Protobuf parsing failed");
    await expect(open()).rejects.toMatchObject({
      code: "model_failed",
      message: expect.stringMatching(
        /^the model failed 3 times in a row, it is started again in 1 s: networks\[0\]: /,
      ) as unknown,
      details: { retryAfterSeconds: 1 },
    });
    await wait(1100);
    await expect(open()).rejects.toThrow("Protobuf parsing failed");
  });

  it("forget what went wrong once a step was made", async () => {
    const model = await onnxPackage(folder.path, DOUBLING);
    create();
    for (let i = 0; i < 4; i++) {
      const session = await models.open({ model, ...on });
      await stepTo(session, { model, state: START, to: 1 });
      process.kill(pidOf(session), "SIGKILL");
      await until(() => session.isAlive === false);
    }
    expect(lines).toEqual(new Array(4).fill("a model's process has ended"));
  });

  it("are all closed at the end, and none is opened after it", async () => {
    const model = await onnxPackage(folder.path, DOUBLING);
    const session = await create().open({ model, ...on });
    const late = models.open({ model, ...on });
    await models.close();
    await expect(late).rejects.toMatchObject({ code: "overloaded" });
    expect(session.isAlive).toBe(false);
    await expect(models.open({ model, ...on })).rejects.toMatchObject({ code: "overloaded" });
  });
});

function pidOf(session: ModelSession): number {
  if ("pid" in session && typeof session.pid === "number") return session.pid;
  throw new Error("a session without a process");
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 250 && !holds(); i++) await wait(20);
  expect(holds()).toBe(true);
}
