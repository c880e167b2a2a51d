import { createHash, randomUUID } from "node:crypto";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { StepDefinition } from "../definition.ts";
import type { SubmitWishes } from "../job-engine.ts";
import { checkedJobId } from "../job-folders.ts";
import type { IdempotencyRule, SubmitRule, Submitted } from "../job-store.ts";
import { type Json, storedJson } from "../json-value.ts";
import { plannedJob } from "../planner/plan-job.ts";
import type { JobRecord } from "../record.ts";
import type { EngineSettings } from "./engine-options.ts";
import type { PlannedDefinition } from "./planned-definition.ts";

/** How long an idempotency key is known. */
const KEY_MS = 24 * 3_600_000;
const MAX_KEY_LENGTH = 255;
/** Seconds after which a client that found the queue full may come again. */
const RETRY_AFTER_S = 10;

export interface SubmitRequest {
  readonly definition: PlannedDefinition;
  readonly params: unknown;
  readonly wishes: SubmitWishes;
}

/** What a request is planned with. */
export interface SubmitParts {
  readonly steps: ReadonlyMap<string, StepDefinition>;
  readonly settings: EngineSettings;
}

/** What is to be kept, and under which rule. @throws GatewayError invalid_request, or what the definition's check throws */
export async function newJob(
  request: SubmitRequest,
  { steps, settings }: SubmitParts,
  options: CallOptions,
): Promise<{ readonly job: JobRecord; readonly rule: SubmitRule }> {
  const { definition, wishes } = request;
  const { name } = definition.description;
  const {
    maxQueued = settings.maxQueued,
    retentionMs = settings.retentionMs,
    deadlineMs,
  } = definition.limits;
  // As they will be read back: a plan must not rest on what JSON drops.
  const params = storedJson(request.params, `parameters of "${name}"`);
  const id = wishes.id === undefined ? randomUUID() : checkedJobId(wishes.id);
  const idempotency =
    wishes.idempotencyKey === undefined
      ? undefined
      : digested(wishes.idempotencyKey, [name, params, ...askedBesides(wishes)]);
  const plans = await definition.plan(params, options);
  const createdAt = settings.clock.now();
  const blank = {
    id,
    definition: name,
    owner: wishes.owner ?? "",
    params,
    priority: wishes.priority ?? 0,
    createdAt,
    retentionMs,
    ...(deadlineMs === undefined ? {} : { deadlineAt: createdAt + deadlineMs }),
  };
  const job = plannedJob(blank, plans, steps);
  if (idempotency === undefined) return { job, rule: { maxQueued } };
  return { job, rule: { maxQueued, idempotency: { ...idempotency, expiresAt: createdAt + KEY_MS } } };
}

/** @param asked what must be the same under a key */
function digested(key: string, asked: readonly Json[]): Omit<IdempotencyRule, "expiresAt"> {
  if (key === "" || key.length > MAX_KEY_LENGTH)
    throw new GatewayError("invalid_request", `an idempotency key has 1 to ${MAX_KEY_LENGTH} characters`);
  return { key, digest: createHash("sha256").update(JSON.stringify(asked)).digest("hex") };
}

/** Nothing where nothing was: keys of earlier versions are still known. */
function askedBesides({ priority = 0, besides }: SubmitWishes): readonly Json[] {
  if (besides !== undefined) return [priority, besides];
  return priority === 0 ? [] : [priority];
}

/** The job that stands for a request now. */
export function acceptedJob(submitted: Submitted, job: JobRecord): JobRecord {
  switch (submitted.outcome) {
    case "created":
    case "repeated":
      return submitted.job;
    case "other_request":
      throw new GatewayError("unprocessable", "this idempotency key was used for another request");
    case "taken":
      throw new GatewayError("conflict", `there is a job "${job.id}" already`);
    case "full":
      throw new GatewayError(
        "queue_full",
        `${submitted.queued} jobs of "${job.definition}" wait already: try again in ${RETRY_AFTER_S} s`,
        { position: submitted.queued, retryAfterSeconds: RETRY_AFTER_S },
      );
  }
}
