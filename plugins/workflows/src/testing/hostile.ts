// A workflow that tries what it is not permitted, for tests: it gives back what came of each try.
import { spawnSync } from "node:child_process";
import { copyFile, link, readdir, readFile, rename, stat, symlink, writeFile } from "node:fs/promises";
import { setPriority } from "node:os";
import { join } from "node:path";
import { kill } from "node:process";
import { Worker } from "node:worker_threads";
import { defineWorkflow } from "@zarr-gateway/plugin";
import { z } from "zod";

export default defineWorkflow({
  name: "hostile",
  description: "Tries what it is not permitted",
  parameters: z.object({
    files: z.array(z.string()).default([]),
    folder: z.string().default("/"),
    database: z.string().default(""),
  }),
  async run({ parameters: { files, folder: other, database }, folder }) {
    const [secret = ""] = files;
    const own = (name: string): string => join(folder, name);
    const tries: Readonly<Record<string, () => unknown>> = {
      ...Object.fromEntries(files.map((file, at) => [`read ${at}`, () => readFile(file, "utf8")])),
      "read by detour": () => readFile(join(folder, "..", "..", "..", "..", "..", "..", "etc/passwd")),
      "read the environment": () => readFile("/proc/self/environ"),
      look: () => stat(secret),
      list: () => readdir(other),
      "write beside": () => writeFile(join(other, "planted.txt"), "x"),
      "take by a link": () => symlink(secret, own("linked")).then(() => readFile(own("linked"))),
      "take by another name": () => link(secret, own("linked")),
      "take a copy": () => copyFile(secret, own("copied")),
      "take away": () => rename(secret, own("moved")),
      "open a database": async () => {
        const { DatabaseSync } = await import("node:sqlite");
        return new DatabaseSync(database);
      },
      import: () => import(secret),
      "start a program": () => spawnSync("true").error ?? "started",
      "start a thread": () => new Worker("1", { eval: true }),
      "end the server": () => process.kill(process.ppid, "SIGCONT"),
      "end the server by another name": () => kill(process.ppid, 0),
      "end the server by a changing number": () => {
        let count = 0;
        const changing = { valueOf: () => (count++ === 0 ? process.pid : process.ppid) };
        // @ts-expect-error no number
        process.kill(changing, 0);
        return count;
      },
      "end the server by Node's own names": () => nodesOwn("_kill")(process.ppid, 0),
      "make the server listen to a debugger": () => nodesOwn("_debugProcess")(0x7ffffff),
      "slow the server down": () => setPriority(process.ppid, 1),
      "end a group": () => process.kill(-process.ppid, 0),
      "signal itself": () => process.kill(process.pid, 0),
      "load a native package": () => process.dlopen({ exports: {} }, "/nowhere.node"),
      "write its results": () => writeFile(own("fine.txt"), "fine"),
      "read its results": () => readFile(own("fine.txt"), "utf8"),
    };
    const came: Record<string, string> = {};
    for (const [name, attempt] of Object.entries(tries)) came[name] = await outcome(attempt);
    return came;
  },
});

/** What Node keeps for itself. */
function nodesOwn(name: string): (...given: unknown[]) => unknown {
  return Reflect.get(process, name) as (...given: unknown[]) => unknown; // as Node has it
}

async function outcome(attempt: () => unknown): Promise<string> {
  try {
    const given: unknown = await attempt();
    return given instanceof Error ? codeOf(given) : "done";
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
