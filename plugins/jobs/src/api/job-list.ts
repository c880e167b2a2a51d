import { JOB_STATES, type JobFilter, type JobRecord, type JobState } from "@zarr-gateway/jobs";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { HIDDEN_DEFINITIONS } from "../webhooks/webhook-job.ts";
import { type FrontDoor, isJobId, shown } from "./front-door.ts";
import { jobSummary } from "./job-view.ts";

const STATES: ReadonlySet<string> = new Set(JOB_STATES);
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;
const MAX_TEXT = 200;
/** Hidden jobs that are passed over in one answer. */
const MAX_SKIPPED = 5000;
const PARAMETERS = ["state", "definition", "owner", "text", "createdFrom", "createdTo", "after", "limit"];

/** @throws GatewayError invalid_request naming the parameter */
export function parseListQuery(query: URLSearchParams): JobFilter {
  for (const name of query.keys())
    if (!PARAMETERS.includes(name))
      throw wrong(name, `one of ${PARAMETERS.join(", ")}`, "an unknown parameter");
  for (const name of PARAMETERS)
    if (query.getAll(name).length > 1) throw wrong(name, "one value", `${query.getAll(name).length}`);
  const text = (name: string): string | undefined => {
    const value = query.get(name) ?? "";
    if (value.length > MAX_TEXT) throw wrong(name, `${MAX_TEXT} characters at most`, `${value.length}`);
    return value === "" ? undefined : value;
  };
  const state = text("state");
  if (state !== undefined && !STATES.has(state))
    throw wrong("state", [...STATES].join(", "), JSON.stringify(state));
  const filter = {
    state: state as JobState | undefined, // one of the set
    definition: text("definition"),
    owner: text("owner"),
    text: text("text"),
    createdFrom: timeOf(text("createdFrom"), "createdFrom"),
    createdTo: timeOf(text("createdTo"), "createdTo"),
    after: text("after"),
  };
  const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
  return { ...given, limit: limitOf(text("limit")) };
}

/** Above the maximum it is the maximum. */
function limitOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw wrong("limit", "a number from 1", JSON.stringify(text));
  return Math.min(MAX_LIMIT, Number(text));
}

function timeOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const isIso = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(text);
  // a time without a zone is UTC
  const at = isIso
    ? Date.parse(/T.*(Z|[+-]\d{2}:\d{2})$/.test(text) || !text.includes("T") ? text : `${text}Z`)
    : Number.NaN;
  if (Number.isNaN(at) || !isDay(text))
    throw wrong(name, "a time such as 2026-01-31T12:00:00Z", JSON.stringify(text));
  return at;
}

/** `Date.parse` takes the 30th of February for a day of March. */
function isDay(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split("-").map(Number);
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function wrong(name: string, expected: string, came: string): GatewayError {
  return new GatewayError("invalid_request", `${name}: expected ${expected}; got ${came}`, {
    parameter: name,
  });
}

/** Newest first, with a link to the next page where there is one. Jobs that only carry messages show when they are asked for. */
export async function listedJobs(
  door: FrontDoor,
  request: Request,
  options: CallOptions,
): Promise<{ readonly jobs: readonly object[]; readonly next?: string }> {
  const query = new URL(request.url).searchParams;
  const filter = parseListQuery(query);
  const found = await visibleJobs(door, filter, options);
  if (found.length === 0) await assertCursor(door, filter.after, options);
  const page = found.slice(0, filter.limit);
  const context = door.context(request);
  const jobs = page.map((job) => jobSummary(job, context));
  const last = page.at(-1)?.id;
  if (found.length <= filter.limit || last === undefined) return { jobs };
  const next = new URLSearchParams(query);
  next.set("after", last);
  return { jobs, next: `${context.base}/v1/jobs?${next}` };
}

/** A list must not seem to end where the job that it goes on behind was removed meanwhile. */
async function assertCursor(door: FrontDoor, after: string | undefined, options: CallOptions): Promise<void> {
  if (after === undefined) return;
  const isThere = isJobId(after) && (await door.jobs.engine.get(after, options)) !== undefined;
  if (!isThere)
    throw wrong("after", "the id of a job that is there: begin with the first page", shown(after));
}

/** One more than asked, where there is one. */
async function visibleJobs(door: FrontDoor, filter: JobFilter, options: CallOptions): Promise<JobRecord[]> {
  const wanted = filter.limit + 1;
  const found: JobRecord[] = [];
  let { after } = filter;
  for (let seen = 0; seen < MAX_SKIPPED; ) {
    const page = { ...filter, ...(after !== undefined && { after }), limit: wanted };
    const jobs = await door.jobs.engine.list(page, options);
    found.push(...jobs.filter(({ definition }) => !isHidden(definition, filter)));
    if (found.length >= wanted || jobs.length < wanted) break;
    seen += jobs.length;
    after = jobs.at(-1)?.id;
  }
  return found.slice(0, wanted);
}

function isHidden(definition: string, filter: JobFilter): boolean {
  return filter.definition === undefined && HIDDEN_DEFINITIONS.has(definition);
}
