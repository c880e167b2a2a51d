import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TemporaryFolder, temporaryFolder } from "@zarr-gateway/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PYTHON } from "../testing/python.ts";
import { type HarnessOptions, RunHarness } from "../testing/run-harness.ts";
import { PYTHON_BRIDGE } from "./python-program.ts";

const WRITING =
  "not permitted: it may write below its folder and that for temporary files alone, and where workflows.writable says";
const PROGRAMS = "not permitted: starting programs needs workflows.allow: [processes]";
const SIGNALS = "not permitted: signals to other processes need workflows.allow: [processes]";
const DATABASES = "not permitted: databases outside of its folders need workflows.allow: [sqlite]";
const file = "hostile.py";

describe.skipIf(!existsSync(PYTHON))("a workflow in Python", { timeout: 60_000 }, () => {
  let folder: TemporaryFolder;
  let others: string;
  let parameters: { readonly secret: string; readonly others: string; readonly cache: string };
  beforeAll(async () => {
    folder = await temporaryFolder();
    others = join(folder.path, "results", "job-of-another");
    parameters = { secret: join(folder.path, "gateway.yaml"), others, cache: join(folder.path, "cache") };
    await mkdir(others, { recursive: true });
    await writeFile(parameters.secret, "password: secret");
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  async function harness(more: Partial<HarnessOptions> = {}): Promise<RunHarness> {
    const results = join(folder.path, "results");
    return RunHarness.create({ folder: results, python: PYTHON, writable: [parameters.cache], ...more });
  }

  it("writes into its own folders, starts nothing and signals nobody, and is told which key it takes", async () => {
    const own = await harness({ limits: { resultBytes: 2 << 20 } });
    try {
      const { output } = await own.run({ file, name: "hostile_python", parameters });
      const { came } = output.metadata as { readonly came: Record<string, string> };
      const { "write through C": throughC, ...others } = came;
      const alike = (names: readonly string[], text: string) =>
        Object.fromEntries(names.map((name) => [name, text]));
      expect(others).toEqual({
        ...alike(["write beside", "append", "write by a descriptor", "make a folder", "take away"], WRITING),
        ...alike(["remove", "remove a tree", "change", "link to write", "leave by dots"], WRITING),
        ...alike(["start a program", "start a shell", "start itself again"], PROGRAMS),
        ...alike(["end the server", "end a group"], SIGNALS),
        ...alike(["open a database", "open a database by its address"], DATABASES),
        ...alike(["signal itself", "write its results", "keep a database", "write a temporary file"], "done"),
        ...alike(["write where it is told", "write to nowhere"], "done"),
        "write too much": "OSError: [Errno 27] File too large",
      });
      // the kernel alone knows of it
      if (hasLandlock()) expect(throughC).toBe("refused by the kernel");
    } finally {
      await own.close();
    }
    expect(await readdir(others)).toEqual([]);
    expect(await readFile(parameters.secret, "utf8")).toBe("password: secret");
  });

  it("fails with the key, and its log says what was to be reached", async () => {
    const own = await harness();
    const failing = own.run({ file, name: "hostile_python", parameters: { ...parameters, fail: true } });
    await expect(failing).rejects.toMatchObject({ message: WRITING });
    expect(own.lines.join("\n")).toContain("what was to be reached: results/job-of-another/planted.txt");
    await own.close();
  });

  it("does what the configuration allows", async () => {
    const own = await harness({ allow: ["processes", "sqlite"] });
    const { output } = await own.run({ file, name: "hostile_python", parameters });
    expect((output.metadata as { readonly came: object }).came).toMatchObject({
      "start a program": "done",
      "end the server": "done",
      "open a database": "done",
      "write beside": WRITING,
    });
    await own.close();
  });
});

describe("the program that runs workflows in Python", () => {
  it("can be read by every Python from 3.10 on", async () => {
    const interpreter = existsSync(PYTHON) ? PYTHON : "python3";
    const files = (await readdir(PYTHON_BRIDGE, { recursive: true })).filter((name) => name.endsWith(".py"));
    expect(files.sort()).toEqual([
      "__main__.py",
      ...[
        "__init__",
        "landlock",
        "limits",
        "link",
        "serve",
        "stand_ins",
        "workflow_calls",
        "zarr_results",
      ].map((name) => `zarr_gateway_bridge/${name}.py`),
    ]);
    const read =
      "import ast, sys; [ast.parse(open(f, encoding='utf-8').read(), f, feature_version=(3, 10)) for f in sys.argv[1:]]";
    const paths = files.map((name) => join(PYTHON_BRIDGE, name));
    execFileSync(interpreter, ["-I", "-c", read, ...paths], { stdio: "pipe" });
  });
});

function hasLandlock(): boolean {
  const ask = "import ctypes; print(ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1))";
  return Number(execFileSync(PYTHON, ["-I", "-c", ask], { encoding: "utf8" })) > 0;
}
