import { callOptionsOf, jsonResource, respond, respondLive, textResource } from "@zarr-gateway/http";
import type { JobRecord, LogFile } from "@zarr-gateway/jobs";
import { GatewayError } from "@zarr-gateway/primitives";
import type { Context } from "hono";
import { followedLog } from "./followed-log.ts";
import { type FrontDoor, shown } from "./front-door.ts";
import { JobLog, LOG_TYPE } from "./job-log.ts";

const MAX_TAIL = 10_000;

/** `…/logs`: the text of all attempts, or of those that the query names; as a list, from the end, or as it is written. */
export async function answerLogs(c: Context, door: FrontDoor, job: JobRecord): Promise<Response> {
  const query = new URL(c.req.url).searchParams;
  const wish = parseWish(query);
  assertNames(job, query);
  const options = callOptionsOf(c.req.raw);
  const { logs } = door.jobs;
  if (wish.isFollowed) {
    door.streams.assertRoom();
    const followed = async function* (signal: AbortSignal): AsyncGenerator<string | Uint8Array> {
      const files = (await logs.list(job.id)).filter(wish.isWanted);
      const start = new JobLog(logs, files, { isNamed: true });
      if (wish.tail !== undefined) yield await start.tail(wish.tail, { signal });
      yield* followedLog(door, job.id, {
        isWanted: wish.isWanted,
        told: wish.tail === undefined ? [] : files,
        signal,
      });
    };
    return respondLive(c, {
      contentType: LOG_TYPE,
      parts: ({ signal }) => door.streams.counted(followed(signal)),
    });
  }
  const files = (await logs.list(job.id, options)).filter(wish.isWanted);
  if (wish.isList)
    return respond(c, jsonResource({ attempts: files.map((file) => attemptEntry(file, door, c)) }));
  const log = new JobLog(logs, files, { isNamed: !wish.isOne });
  if (wish.tail === undefined) return respond(c, log.resource());
  return respond(c, textResource(await log.tail(wish.tail, options), { cacheControl: "no-store" }));
}

interface LogWish {
  readonly isWanted: (file: LogFile) => boolean;
  /** All of task, step and attempt are named. */
  readonly isOne: boolean;
  readonly isList: boolean;
  readonly isFollowed: boolean;
  readonly tail: number | undefined;
}

const PARAMETERS = ["task", "step", "attempt", "tail", "follow", "format"];
const FOLLOWS = ["", "true", "1"];

/** @throws GatewayError invalid_request naming the parameter */
function parseWish(query: URLSearchParams): LogWish {
  for (const name of query.keys())
    if (!PARAMETERS.includes(name))
      throw new GatewayError(
        "invalid_request",
        `${shown(name)}: expected one of ${PARAMETERS.join(", ")}; got an unknown parameter`,
      );
  const [task, step, attempt, tail] = ["task", "step", "attempt", "tail"].map((name) => query.get(name));
  if (attempt !== null && attempt !== undefined && !/^\d{1,9}$/.test(attempt))
    throw new GatewayError("invalid_request", "attempt: expected a number such as 1");
  if (tail !== null && tail !== undefined && !/^\d{1,5}$/.test(tail))
    throw new GatewayError("invalid_request", `tail: expected a number of lines, ${MAX_TAIL} at most`);
  const [follow, format] = [query.get("follow") ?? "false", query.get("format") ?? "text"];
  if (![...FOLLOWS, "false", "0"].includes(follow))
    throw new GatewayError("invalid_request", `follow: expected true or false; got ${shown(follow)}`);
  if (format !== "text" && format !== "json")
    throw new GatewayError("invalid_request", `format: expected text or json; got ${shown(format)}`);
  return {
    isWanted: (file) =>
      (task ?? file.task) === file.task &&
      (step ?? file.step) === file.step &&
      Number(attempt ?? file.fence) === file.fence,
    isOne: task !== null && step !== null && attempt !== null,
    isList: format === "json",
    isFollowed: FOLLOWS.includes(follow),
    tail: tail === null || tail === undefined ? undefined : Math.min(MAX_TAIL, Number(tail)),
  };
}

/** Of an attempt that has not begun there is nothing yet; of a task or step that the job has not there never will be. */
function assertNames(job: JobRecord, query: URLSearchParams): void {
  const [task, step] = [query.get("task"), query.get("step")];
  const tasks = job.tasks.filter(({ key }) => key === (task ?? key));
  if (tasks.length === 0)
    throw unknownName(
      "task",
      task,
      job.tasks.map(({ key }) => key),
    );
  const steps = tasks.flatMap((one) => one.steps.map(({ name }) => name));
  if (step !== null && !steps.includes(step)) throw unknownName("step", step, steps);
}

function unknownName(what: string, came: string | null, known: readonly string[]): GatewayError {
  const names = [...new Set(known)].slice(0, 20).join(", ");
  return new GatewayError("invalid_request", `${what}: expected one of ${names}; got ${shown(came ?? "")}`);
}

function attemptEntry({ job, task, step, fence, size }: LogFile, door: FrontDoor, c: Context): object {
  const query = new URLSearchParams({ task, step, attempt: String(fence) });
  return {
    task,
    step,
    attempt: fence,
    size,
    href: `${door.host.baseUrl(c.req.raw)}/v1/jobs/${job}/logs?${query}`,
  };
}
