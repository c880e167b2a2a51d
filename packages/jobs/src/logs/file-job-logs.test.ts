import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jobFolders } from "../job-folders.ts";
import type { JobLogs, LogAttempt } from "../job-logs.ts";
import { fileJobLogs } from "./file-job-logs.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "zarr-gateway-logs-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const CLOCK = { now: () => 0, elapsed: () => 0, after: () => () => {} };
const STAMP = "1970-01-01T00:00:00.000Z";

function attemptOf(job: string, fence = 1): LogAttempt {
  return { job, task: "2020-01-01 / é, ../x", step: "run", fence };
}

async function textOf(
  logs: JobLogs,
  attempt: LogAttempt,
  offset = 0,
  length = 1e6,
): Promise<string | undefined> {
  const bytes = await logs.read(attempt, { offset, length });
  return bytes && new TextDecoder().decode(bytes);
}

describe("logs as files", () => {
  it("keep what each attempt says, line by line with its time, and are read by ranges while they grow", async () => {
    const logs = fileJobLogs(jobFolders(root), { clock: CLOCK });
    logs.append(attemptOf("a"), "one\r\ntwo\n");
    logs.append(attemptOf("a", 2), "other");
    expect(await textOf(logs, attemptOf("a"))).toBe(`${STAMP} one\n${STAMP} two\n`);
    logs.append(attemptOf("a"), "three");
    const whole = `${STAMP} one\n${STAMP} two\n${STAMP} three\n`;
    expect(await textOf(logs, attemptOf("a"), 54, 3)).toBe(whole.slice(54, 57));
    expect(await textOf(logs, attemptOf("a"), 58)).toBe(whole.slice(58));
    expect(await textOf(logs, attemptOf("a"), 1000)).toBe("");
    expect(await textOf(logs, attemptOf("b"))).toBeUndefined();
    expect(await logs.list("a")).toEqual([
      { ...attemptOf("a"), size: 89 },
      { ...attemptOf("a", 2), size: 31 },
    ]);
    await logs.close();
  });

  it("stay below their bound, whoever has written before, and say that they are full", async () => {
    const write = async (text: string): Promise<void> => {
      const logs = fileJobLogs(jobFolders(root), { clock: CLOCK, maxBytes: 100 });
      logs.append(attemptOf("full"), text);
      await logs.close();
    };
    for (const text of ["0123456789", "0123456789", "0123456789", "0123456789"]) await write(text);
    const text = await textOf(fileJobLogs(jobFolders(root)), attemptOf("full"));
    expect(text?.split("\n").slice(0, 3)).toEqual([
      `${STAMP} 0123456789`,
      `${STAMP} 0123456789`,
      `${STAMP} (this log is full: 100 bytes; what follows is dropped)`,
    ]);
    expect(text?.length).toBeLessThan(250);
  });

  it("are removed with their job, and files of others among them are left out", async () => {
    const folders = jobFolders(root);
    const logs = fileJobLogs(folders, { clock: CLOCK });
    logs.append(attemptOf("gone"), "x");
    expect(await logs.list("gone")).toHaveLength(1);
    await writeFile(join(folders.logs("gone"), "notes.txt"), "");
    expect(await logs.list("gone")).toHaveLength(1);
    await logs.remove("gone");
    expect(await logs.list("gone")).toEqual([]);
    expect(await readdir(folders.of("gone"))).toEqual([]);
    await logs.remove("gone");
  });

  it("tell of failures to write, and leave the step alone", async () => {
    const errors: unknown[] = [];
    await writeFile(join(root, "file"), "");
    const logs = fileJobLogs(jobFolders(join(root, "file")), {
      clock: CLOCK,
      onError: (error) => errors.push(error),
    });
    logs.append(attemptOf("a"), "x");
    logs.append({ ...attemptOf("a"), task: "x".repeat(300) }, "x");
    await logs.close();
    expect(errors).toHaveLength(2);
  });
});
