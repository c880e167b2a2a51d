import { type TemporaryFolder, temporaryFolder } from "@zarr-gateway/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ModelPackage } from "../../model-package.ts";
import type { Fields, ModelSession } from "../../model-session.ts";
import { DOUBLING, onnxPackage, ROOT, withDiagnostic } from "./onnx-packages.ts";
import { RUN, stateOf, stepTo } from "./stepping.ts";

const START = stateOf({ t: [[0, 1, 2, 3, 4, 5]] });

/** What every session does, wherever its graphs run. */
export function describeModelSession(
  name: string,
  open: (model: ModelPackage) => Promise<ModelSession>,
): void {
  describe(`${name}, as every session`, { timeout: 30_000 }, () => {
    let folder: TemporaryFolder;
    const sessions: ModelSession[] = [];
    const opened = async (model: ModelPackage): Promise<ModelSession> => {
      const session = await open(model);
      sessions.push(session);
      return session;
    };
    beforeAll(async () => {
      folder = await temporaryFolder();
    });
    afterEach(async () => {
      await Promise.all(sessions.splice(0).map((session) => session.close()));
    });
    afterAll(() => folder[Symbol.asyncDispose]());

    it("advances a state, counts, and gives the state back", async () => {
      const model = await onnxPackage(folder.path, DOUBLING);
      const session = await opened(model);
      expect(session).toMatchObject({ providers: ["cpu"], isAlive: true });
      expect(session.maxBatch).toBeGreaterThan(1);
      expect(session.counts).toEqual({ steps: 0, diagnostics: 0 });
      const results = await stepTo(session, { model, state: START, to: 3 });
      const expected = stateOf({ t: [[7, 15, 23, 31, 39, 47]] }, 3);
      expect(results.get(3)?.fields).toEqual(expected.entries[0]);
      expect(await session.read(results.get(3)!.state)).toEqual(expected);
      expect(session.counts).toEqual({ steps: 3, diagnostics: 0 });
    });

    it("runs diagnostics where they are asked for", async () => {
      const model = await withDiagnostic(folder.path, ROOT, await onnxPackage(folder.path, DOUBLING));
      const session = await opened(model);
      const begun = await session.begin(RUN, START, { diagnose: true });
      expect(begun.fields).toEqual(fields({ d: [0, 1, 2, 3, 4, 5].map(Math.sqrt) }));
      expect((await session.begin(RUN, START)).fields).toEqual(new Map());
      const [result] = await session.step([{ run: RUN, n: 1, from: new Map([[0, begun.state]]) }]);
      const t = [1, 3, 5, 7, 9, 11];
      expect(await result?.fields).toEqual(fields({ t, d: t.map(Math.sqrt) }));
      expect(session.counts).toEqual({ steps: 1, diagnostics: 2 });
    });

    it("advances several runs at once", async () => {
      const session = await opened(await onnxPackage(folder.path, DOUBLING));
      const { state: first } = await session.begin(RUN, START);
      const { state: second } = await session.begin(
        { ...RUN, member: 1 },
        stateOf({ t: [[1, 1, 1, 1, 1, 1]] }),
      );
      const results = await session.step([
        { run: RUN, n: 1, from: new Map([[0, first]]) },
        { run: { ...RUN, member: 1 }, n: 1, from: new Map([[0, second]]) },
      ]);
      const all = await Promise.all(results.map((result) => result.fields));
      expect(all.map((made) => [...(made.get("t") ?? [])])).toEqual([
        [1, 3, 5, 7, 9, 11],
        [3, 3, 3, 3, 3, 3],
      ]);
      expect(session.counts.steps).toBe(2);
    });

    it("makes no state of an output that is refused, and goes on", async () => {
      const session = await opened(await onnxPackage(folder.path, ROOT));
      const { state } = await session.begin(RUN, stateOf({ t: [[-1, 1, 4, 9, 16, 25]] }));
      await expect(session.step([{ run: RUN, n: 1, from: new Map([[0, state]]) }])).rejects.toMatchObject({
        name: "GatewayError",
        code: "model_output_invalid",
      });
      const { state: other } = await session.begin(RUN, START);
      const [result] = await session.step([{ run: RUN, n: 1, from: new Map([[0, other]]) }]);
      expect((await result?.fields)?.get("t")?.[4]).toBe(2);
      expect(session.isAlive).toBe(true);
    });

    it("keeps what it gave apart from what it makes later, whichever states are released in between", async () => {
      const session = await opened(await onnxPackage(folder.path, DOUBLING));
      const runs = [0, 1, 2].map((member) => ({ ...RUN, member }));
      const handles = await Promise.all(
        runs.map((run) => session.begin(run, stateOf({ t: [new Array<number>(6).fill(run.member)] }))),
      );
      const states = handles.map(({ state }) => state);
      const given: { readonly expected: number; readonly fields: Fields }[] = [];
      for (let n = 1; n <= 8; n++)
        for (const [at, run] of runs.entries()) {
          const from = states[at]!;
          const [made] = await session.step([{ run, n, from: new Map([[n - 1, from]]) }]);
          if ((n + at) % 3 > 0) session.release(from);
          states[at] = made!.state;
          given.push({ expected: 2 ** n * (run.member + 1) - 1, fields: await made!.fields });
        }
      for (const { expected, fields: one } of given)
        expect([...one.get("t")!]).toEqual(new Array<number>(6).fill(expected));
      for (const [at, state] of states.entries())
        expect((await session.read(state)).entries[0]?.get("t")?.[5]).toBe(2 ** 8 * (at + 1) - 1);
    });

    it("does not know a state that was released", async () => {
      const session = await opened(await onnxPackage(folder.path, DOUBLING));
      const { state } = await session.begin(RUN, START);
      session.release(state);
      await expect(session.read(state)).rejects.toMatchObject({ code: "internal" });
    });

    it("answers calls in the order in which they came", async () => {
      const session = await opened(await onnxPackage(folder.path, DOUBLING));
      const { state } = await session.begin(RUN, START);
      const order: number[] = [];
      const call = async (number: number): Promise<void> => {
        await session.read(state);
        order.push(number);
      };
      await Promise.all([1, 2, 3, 4].map(call));
      expect(order).toEqual([1, 2, 3, 4]);
    });

    it("drops a call whose caller has gone", async () => {
      const session = await opened(await onnxPackage(folder.path, DOUBLING));
      const { state } = await session.begin(RUN, START);
      const aborted = { signal: AbortSignal.abort(new Error("gone")) };
      const request = { run: RUN, n: 1, from: new Map([[0, state]]) };
      await expect(session.step([request], aborted)).rejects.toThrow("gone");
      await expect(session.begin(RUN, START, aborted)).rejects.toThrow("gone");
      expect(session.counts.steps).toBe(0);
      expect(await session.step([request])).toHaveLength(1);
    });

    it("fails every call after it was closed", async () => {
      const session = await opened(await onnxPackage(folder.path, DOUBLING));
      const { state } = await session.begin(RUN, START);
      await session.close();
      await session.close();
      session.release(state);
      expect(session.isAlive).toBe(false);
      await expect(session.begin(RUN, START)).rejects.toMatchObject({ code: "model_failed" });
      await expect(session.read(state)).rejects.toMatchObject({ code: "model_failed" });
    });

    it("does not open a graph that is none, and shows no path", async () => {
      const model = await onnxPackage(folder.path, Buffer.from("no graph"));
      const failure: unknown = await opened(model).catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: "GatewayError", code: "model_failed" });
      expect(String(failure)).toContain("networks[0]: ");
      expect(String(failure)).not.toContain(folder.path);
    });
  });
}

function fields(values: Readonly<Record<string, readonly number[]>>): Fields {
  return new Map(Object.entries(values).map(([name, list]) => [name, Float32Array.from(list)]));
}
