import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../json-value.ts";
import { type ChildHandle, formatExit, startChild } from "./child-process.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "zarr-gateway-child-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function shell(script: string, options: Partial<Parameters<typeof startChild>[0]> = {}): ChildHandle {
  return startChild({ command: "/bin/sh", args: ["-c", script], env: { PATH: "/usr/bin:/bin" }, ...options });
}

async function all(child: ChildHandle): Promise<Json[]> {
  const messages: Json[] = [];
  for await (const message of child.messages) messages.push(message);
  return messages;
}

/** Whether a process runs; one that is dead and not yet collected does not. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "latin1"));
  } catch {
    return false;
  }
}

describe("a child process", () => {
  it("answers messages over its own pipes, and its text comes line by line", async () => {
    const child = shell(
      'while read -r line <&3; do printf "got %s\\n" "$line"; printf "{\\"of\\":%s}\\n" "$line" >&4; break; done; printf end >&2',
    );
    const lines: string[] = [];
    child.onText((line) => lines.push(line));
    await child.send([1, "a\nb"]);
    expect(await all(child)).toEqual([{ of: [1, "a\nb"] }]);
    expect(await child.exited).toEqual({ code: 0 });
    expect(lines.sort()).toEqual(["end", 'got [1,"a\\nb"]']);
  });

  it("has no environment but what it is given, and says how it ended", async () => {
    const child = shell("env | cut -d= -f1 | sort | tr '\\n' ' '; exit 3", {
      env: { PATH: "/usr/bin:/bin", A: "1" },
    });
    let text = "";
    child.onText((line) => (text += line));
    const exit = await child.exited;
    expect(text.split(" ").filter((name) => !["PWD", "OLDPWD", "SHLVL", "_", ""].includes(name))).toEqual([
      "A",
      "PATH",
    ]);
    expect(formatExit(exit)).toBe("ended with code 3");
  });

  it("that cannot be started says so without a path", async () => {
    const child = startChild({ command: "/nowhere/program" });
    expect(await child.exited).toEqual({ failure: "cannot be started: ENOENT" });
    expect(await all(child)).toEqual([]);
    await expect(child.send(1)).rejects.toMatchObject({ code: "model_failed" });
  });

  it("that is stopped is gone with everything it has started, also when it does not listen", async () => {
    const child = shell("trap '' TERM; sleep 300 & echo $! >&4; while :; do sleep 300; done", {
      killAfterMs: 100,
    });
    let grandchild = 0;
    for await (const pid of child.messages) {
      grandchild = Number(pid);
      break;
    }
    expect(isAlive(grandchild)).toBe(true);
    await child.stop("cancelled");
    expect(await child.exited).toEqual({ signal: "SIGKILL", stopped: "cancelled" });
    expect(formatExit(await child.exited)).toBe("was stopped: cancelled");
    expect(isAlive(grandchild)).toBe(false);
  });

  it("leaves nobody behind that it has started", async () => {
    const child = shell("sleep 300 & echo $! >&4");
    const [grandchild] = await all(child);
    expect(await child.exited).toEqual({ code: 0 });
    expect(isAlive(Number(grandchild))).toBe(false);
  });

  it("is stopped when it sends what is no message, or too long a one", async () => {
    const wrong = shell("echo nonsense >&4; sleep 300", { killAfterMs: 100 });
    expect((await wrong.exited).failure).toMatch(/^sent what is no message/);
    const long = shell("head -c 5000 /dev/zero | tr '\\0' a >&4; sleep 300", {
      maxMessageLength: 1000,
      killAfterMs: 100,
    });
    expect((await long.exited).failure).toBe("sent what is no message: a line of more than 1000 characters");
  });

  it("waits while nobody reads its messages, and loses none", async () => {
    const path = join(folder, "count");
    const child = shell(
      `i=0; while [ $i -lt 30000 ]; do echo '"0123456789"' >&4; i=$((i+1)); done; echo $i > ${path}`,
    );
    await sleep(300);
    await expect(readFile(path)).rejects.toThrow();
    expect(await all(child)).toHaveLength(30_000);
    expect(await child.exited).toEqual({ code: 0 });
  });
});
