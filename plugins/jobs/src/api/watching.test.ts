import type { JobLogs } from "@zarr-gateway/jobs";
import { afterEach, describe, expect, it } from "vitest";
import { type StartedJobs, startJobs } from "../testing/started-jobs.ts";
import { followedLog } from "./followed-log.ts";
import type { FrontDoor } from "./front-door.ts";

let jobs: StartedJobs;
afterEach(() => jobs.stop());

async function submitted(step: Parameters<typeof startJobs>[0]): Promise<string> {
  jobs = await startJobs(step);
  const { body } = await jobs.post("/v1/jobs/counting", {});
  return (body as { id: string }).id; // what a job is made with
}

const text = async (path: string, headers: Record<string, string> = {}): Promise<string> =>
  (await jobs.ask(path, { headers })).answer.text();

const quick: Parameters<typeof startJobs>[0] = {
  run: async (_input, _settings, { log, progress }) => {
    log("one\ntwo\n");
    progress({ fraction: 0.5, message: "half" });
    log("three");
    return null;
  },
};

describe("events of a job", () => {
  it("have numbers, end with the job, and begin where a client stopped", async () => {
    const id = await submitted(quick);
    const all = await text(`/v1/jobs/${id}/events`);
    const numbers = [...all.matchAll(/^id: (\d+)$/gm)].map(([, number]) => Number(number));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(all).toMatch(/event: step_progressed\ndata: \{.*"message":"half"/);
    expect(all.endsWith('event: end\ndata: {"state":"succeeded"}\n\n')).toBe(true);
    expect(all).not.toContain("worker");
    const rest = await text(`/v1/jobs/${id}/events`, { "Last-Event-ID": String((numbers.at(-1) ?? 0) - 1) });
    expect(rest.match(/^id: /gm)).toHaveLength(1);
  });

  it("are over for who has seen the last one, and begin anew after nonsense", async () => {
    const id = await submitted(quick);
    const all = await text(`/v1/jobs/${id}/events`);
    for (const [last, status] of [
      [String(all.match(/^id: /gm)?.length), 204],
      ["999", 200],
      ["999999999999999", 200],
      ["-1", 200],
      ["💥".normalize("NFKD").length.toString(36), 200],
      ["1e3", 200],
    ] as const)
      expect((await jobs.ask(`/v1/jobs/${id}/events`, { headers: { "Last-Event-ID": last } })).status).toBe(
        status,
      );
    for (const last of ["9".repeat(5000), "999999999999999"])
      expect(await text(`/v1/jobs/${id}/events`, { "Last-Event-ID": last })).toBe(all);
  });

  it("that are still to come are not passed over for a number that no event has yet", async () => {
    const { promise, resolve } = Promise.withResolvers<null>();
    const id = await submitted({ run: () => promise });
    const { answer } = await jobs.ask(`/v1/jobs/${id}/events`, { headers: { "Last-Event-ID": "99" } });
    resolve(null);
    expect(await answer.text()).toMatch(/^retry: 2000\n\nid: 1\n.*event: end\n/s);
  });

  it("end when the server stops, and are let go when the client leaves", async () => {
    const id = await submitted({
      run: (_input, _settings, { signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener("abort", () => reject(new Error("stopped"))),
        ),
    });
    const { answer } = await jobs.ask(`/v1/jobs/${id}/events`);
    const { answer: left } = await jobs.ask(`/v1/jobs/${id}/events`);
    await left.body?.cancel();
    const pieces = answer.body?.getReader();
    let seen = "";
    while (!seen.includes("job_submitted"))
      seen += Buffer.from((await pieces?.read())?.value ?? []).toString();
    jobs.gateway.drain();
    let isOver = false;
    while (!isOver) isOver = (await pieces?.read())?.done !== false;
  });
});

describe("logs of a job", () => {
  it("are the text of all attempts, or of one, in ranges", async () => {
    const id = await submitted(quick);
    await text(`/v1/jobs/${id}/events`);
    const all = await text(`/v1/jobs/${id}/logs`);
    expect(all).toMatch(/^==> task all, step count, attempt 1 <==\n.*one\n.*two\n.*three\n$/s);
    const { body } = await jobs.ask(`/v1/jobs/${id}/logs?format=json`);
    const [attempt] = (body as { attempts: { href: string; size: number }[] }).attempts;
    const path = attempt?.href.replace("http://localhost", "") ?? "";
    const one = await text(path);
    expect([one.length, all.endsWith(one)]).toEqual([attempt?.size, true]);
    expect(await text(path, { Range: "bytes=-6" })).toBe("three\n");
    expect(await text(`/v1/jobs/${id}/logs?tail=1`)).toMatch(/three\n$/);
    expect((await text(`/v1/jobs/${id}/logs?tail=1`)).split("\n")).toHaveLength(2);
    for (const query of ["attempt=x", "tail=-1", "format=xml", "follow=maybe", "colour=red"])
      expect([query, (await jobs.ask(`/v1/jobs/${id}/logs?${query}`)).status]).toEqual([query, 400]);
    for (const [range, status] of [
      ["bytes=0-1,3-4", 200],
      ["bytes=99999-", 416],
      ["bytes=-0", 416],
      ["bytes=5-2", 416],
      ["bytes=x", 200],
    ] as const) {
      const ranged = await jobs.ask(`/v1/jobs/${id}/logs`, { headers: { Range: range } });
      expect([range, ranged.status]).toEqual([range, status]);
    }
    expect(await text(`/v1/jobs/${id}/logs?attempt=2`)).toBe("");
    expect((await jobs.ask(`/v1/jobs/${id}/logs?step=../..`)).body).toMatchObject({
      status: 400,
      detail: 'step: expected one of count; got "../.."',
    });
    expect((await jobs.ask(`/v1/jobs/${id}/logs?task=each`)).status).toBe(400);
  });

  it("are followed while they are written, until the job ends", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const id = await submitted({
      run: async (_input, _settings, { log }) => {
        log("before");
        await promise;
        log("after");
        return null;
      },
    });
    const reader = (await jobs.ask(`/v1/jobs/${id}/logs?follow`)).answer.body?.getReader();
    let seen = "";
    while (!seen.includes("before")) seen += Buffer.from((await reader?.read())?.value ?? []).toString();
    resolve();
    for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read())
      seen += Buffer.from(piece.value).toString();
    expect(seen.match(/before|after|==>/g)).toEqual(["==>", "before", "after"]);
  });

  it("go on behind the lines from the end that were told, whatever was said meanwhile", async () => {
    const file = { job: "j", task: "all", step: "count", fence: 1, size: 4 };
    const said = Buffer.from("one\ntwo\n");
    const read: JobLogs["read"] = async (_file, { offset, length }) => said.subarray(offset, offset + length);
    const logs = { list: async () => [{ ...file, size: said.length }], read };
    const door = {
      jobs: { logs, engine: { get: async () => undefined } },
      activity: { stopping: new AbortController().signal },
    };
    const from = { isWanted: () => true, told: [file], signal: new AbortController().signal };
    let seen = "";
    // what following needs of a front door
    for await (const piece of followedLog(door as unknown as FrontDoor, "j", from)) seen += piece.toString();
    expect(seen).toBe("==> task all, step count, attempt 1 <==\ntwo\n");
  });
});
