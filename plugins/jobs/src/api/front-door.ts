import {
  checkedJobId,
  isJobEnded,
  type JobRecord,
  type JobResults,
  type Jobs,
  jobState,
} from "@zarr-gateway/jobs";
import type { Host } from "@zarr-gateway/plugin";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { JobActivity } from "../services.ts";
import { type HidePlaces, hidingPlaces } from "./hidden-places.ts";
import type { ViewContext } from "./job-view.ts";
import { OpenStreams } from "./open-streams.ts";

/** Clients that watch or follow at once. */
const MAX_STREAMS = 5000;

/** What all routes of jobs have in common. */
export class FrontDoor {
  readonly host: Host;
  readonly jobs: Jobs;
  readonly activity: JobActivity;
  readonly results: JobResults | undefined;
  readonly hide: HidePlaces;
  readonly streams = new OpenStreams(MAX_STREAMS);

  constructor(parts: {
    readonly host: Host;
    readonly jobs: Jobs;
    readonly activity: JobActivity;
    readonly results: JobResults | undefined;
  }) {
    this.host = parts.host;
    this.jobs = parts.jobs;
    this.activity = parts.activity;
    this.results = parts.results;
    this.hide = hidingPlaces(parts.activity.places);
  }

  context(request: Request): ViewContext {
    return { now: Date.now(), base: this.host.baseUrl(request), hide: this.hide };
  }

  /** @throws GatewayError not_found, for ids too that no job can have */
  async find(id: string | undefined, options: CallOptions): Promise<JobRecord> {
    const job = isJobId(id) ? await this.jobs.engine.get(id, options) : undefined;
    if (job === undefined) throw new GatewayError("not_found", `no job ${shown(id ?? "")}`);
    return job;
  }

  /** The same for what reads results: those of a job that was removed are gone, where 404 would be read as missing values. */
  async findForResults(id: string | undefined, options: CallOptions): Promise<JobRecord> {
    const isGone = isJobId(id) && this.results?.isGone?.(id) === true;
    if (isGone && (await this.jobs.engine.get(id, options)) === undefined)
      throw new GatewayError("expired", `job ${shown(id)} was removed with its results`);
    return this.find(id, options);
  }

  /** Whether an event may come after a number: a job that has ended has all of its events. */
  async hasMore(job: JobRecord, after: number): Promise<boolean> {
    if (!isJobEnded(jobState(job))) return true;
    for await (const _event of this.jobs.engine.watch(job.id, after)) return true;
    return false;
  }
}

/** Whether any job could have it. */
export function isJobId(id: string | undefined): id is string {
  if (id === undefined) return false;
  try {
    checkedJobId(id);
    return true;
  } catch {
    return false;
  }
}

/** A name as a message may repeat it. */
export function shown(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60).toWellFormed()}…` : name);
}
