import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TemporaryFolder, temporaryFolder } from "@zarr-gateway/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HarnessOptions, RunHarness } from "../testing/run-harness.ts";

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

/** What came of each try of the hostile workflow. */
async function tries(more: Partial<HarnessOptions> = {}) {
  const secrets = join(folder.path, "etc");
  const others = join(folder.path, "results", "job-of-another");
  await mkdir(secrets, { recursive: true });
  await mkdir(others, { recursive: true });
  const files = [join(secrets, "gateway.yaml"), join(others, "results.json"), "/etc/passwd"];
  for (const file of files.slice(0, 2)) await writeFile(file, "password: secret");
  const database = join(folder.path, "jobs.db");
  new DatabaseSync(database).exec("create table if not exists jobs (id)");
  const harness = await RunHarness.create({ folder: join(folder.path, "results"), ...more });
  try {
    const parameters = { files, folder: others, database };
    const { output } = await harness.run({ file: "hostile.ts", parameters });
    return { came: output.metadata, others };
  } finally {
    await harness.close();
  }
}

describe("a hostile workflow", { timeout: 120_000 }, () => {
  it("reaches its own results and nothing else of this machine", async () => {
    const { came, others } = await tries();
    expect(came).toEqual({
      ...Object.fromEntries(
        [
          ...["read 0", "read 1", "read 2", "read by detour", "read the environment", "look", "list"],
          ...["write beside", "take by a link", "take by another name", "take a copy", "take away"],
          ...["start a program", "start a thread", "end the server", "end the server by another name"],
          ...["end the server by Node's own names", "make the server listen to a debugger"],
          ...["slow the server down", "end a group"],
        ].map((name) => [name, "ERR_ACCESS_DENIED"]),
      ),
      import: expect.stringMatching(/^ERR_/) as unknown,
      // it counted once: the number that was looked at was used
      "end the server by a changing number": "done",
      "signal itself": "done",
      "open a database": "ERR_UNKNOWN_BUILTIN_MODULE",
      "load a native package": "ERR_DLOPEN_DISABLED",
      "write its results": "done",
      "read its results": "done",
    });
    expect(await readdir(others)).toEqual(["results.json"]);
    expect(await readFile(join(others, "results.json"), "utf8")).toBe("password: secret");
  });

  it("reads what the configuration says besides, and does what that allows", async () => {
    const readable = [join(folder.path, "etc")];
    const writable = [join(folder.path, "results", "job-of-another")];
    const { came, others } = await tries({ readable, writable, allow: ["sqlite", "processes"] });
    await rm(join(others, "planted.txt"));
    expect(came).toMatchObject({
      "read 0": "done",
      "read 1": "done",
      "write beside": "done",
      "read 2": "ERR_ACCESS_DENIED",
      "open a database": "done",
      "start a program": "done",
      "end the server": "done",
      "start a thread": "ERR_ACCESS_DENIED",
    });
  });
});
