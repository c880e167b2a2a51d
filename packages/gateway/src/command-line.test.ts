import { describe, expect, it, vi } from "vitest";
import { createCommandLine, runCommandLine } from "./command-line.ts";

async function run(...words: string[]) {
  const calls: unknown[][] = [];
  const note =
    (name: string) =>
    async (...args: unknown[]): Promise<void> =>
      void calls.push([name, ...args]);
  const program = createCommandLine(
    {
      serve: note("serve"),
      worker: note("worker"),
      inspect: note("inspect"),
      check: note("check"),
      references: note("references"),
      catalogExport: note("catalogExport"),
      openapi: note("openapi"),
      modelCheck: note("modelCheck"),
      modelRun: note("modelRun"),
    },
    "1.2.3",
  );
  const written: string[] = [];
  const write = (text: string): void => void written.push(text);
  for (const command of [program, ...program.commands])
    command.configureOutput({ writeOut: write, writeErr: write });
  const code = await runCommandLine(program, words);
  return { code, calls, output: written.join("") };
}

describe("the command line", () => {
  it("hands locations and options to the command", async () => {
    const { code, calls } = await run(
      "serve",
      "a.nc",
      "b",
      "-c",
      "g.yaml",
      "--port",
      "0",
      "--processes",
      "auto",
    );
    expect(code).toBe(0);
    expect(calls).toEqual([["serve", ["a.nc", "b"], { config: "g.yaml", port: 0, processes: "auto" }]]);
  });
  it("hands a worker the port for those who watch it", async () => {
    const { calls } = await run("worker", "-c", "g.yaml", "--port", "9001", "--workers", "3");
    expect(calls).toEqual([["worker", { config: "g.yaml", port: 9001, workers: 3 }]]);
  });
  it.each([
    [["worker", "-c", "g.yaml", "--port", "x"], /expected a number from 0 to 65535/],
    [["serve", "--port", "99999"], /expected a number from 0 to 65535/],
    [["serve", "--processes", "0"], /expected a number from 1 to 256/],
    [["servee"], /Did you mean serve/],
    [["inspect"], /missing required argument/],
    [["check", "a", "b"], /too many arguments/],
    [["serve", "--prot", "1"], /Did you mean --port/],
    [[], /Usage/],
  ])("answers %j with exit code 2 and says what is wrong", async (words, message) => {
    const { code, calls, output } = await run(...words);
    expect([code, calls]).toEqual([2, []]);
    expect(output).toMatch(message);
  });
  it("prints help and version with exit code 0", async () => {
    expect(await run("--version")).toMatchObject({ code: 0, output: "1.2.3\n" });
    expect((await run("serve", "--help")).code).toBe(0);
  });
  it("lets a command's own failure through", async () => {
    const fail = vi.fn(() => Promise.reject(new Error("no such file")));
    const program = createCommandLine(
      {
        serve: fail,
        worker: fail,
        inspect: fail,
        check: fail,
        references: fail,
        catalogExport: fail,
        openapi: fail,
        modelCheck: fail,
        modelRun: fail,
      },
      "1",
    );
    await expect(runCommandLine(program, ["check", "x"])).rejects.toThrow("no such file");
  });
});
