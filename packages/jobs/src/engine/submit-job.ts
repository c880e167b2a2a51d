import { createHash, randomUUID } from "node:crypto";
import { GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";
import type { JobDefinition, StepDefinition, TaskPlan } from "../definition.ts";
import type { SubmitWishes } from "../job-engine.ts";
import type { SubmitRule, Submitted } from "../job-store.ts";
import { type Json, storedJson } from "../json-value.ts";
import { plannedJob } from "../planner/plan-job.ts";
import type { JobRecord } from "../record.ts";
import type { EngineSettings } from "./engine-options.ts";

/** How long an idempotency key is known. */
const KEY_MS = 24 * 3_600_000;
const MAX_KEY_LENGTH = 255;
/** Seconds after which a client that found the queue full may come again. */
const RETRY_AFTER_S = 10;

/** A definition whose parameters are hidden behind its own parser. */
export interface PlannedDefinition {
  readonly name: string;
  plan(params: unknown): readonly TaskPlan[];
}

export function plannedDefinition<Params>(definition: JobDefinition<Params>): PlannedDefinition {
  const plan = (params: unknown): readonly TaskPlan[] => definition.plan(definition.params.parse(params));
  return { name: definition.name, plan };
}

export interface SubmitRequest {
  readonly definition: PlannedDefinition;
  readonly params: unknown;
  readonly wishes: SubmitWishes;
}

/** What is to be kept, and under which rule. Pure but for the clock and the new id. */
export function newJob(
  request: SubmitRequest,
  steps: ReadonlyMap<string, StepDefinition>,
  settings: EngineSettings,
): { readonly job: JobRecord; readonly rule: SubmitRule } {
  const { definition, wishes } = request;
  // As they will be read back: a plan must not rest on what JSON drops.
  const params = storedJson(request.params, `parameters of "${definition.name}"`);
  const createdAt = settings.clock.now();
  const blank = {
    id: randomUUID(),
    definition: definition.name,
    owner: wishes.owner ?? "",
    params,
    priority: wishes.priority ?? 0,
    createdAt,
    retentionMs: settings.retentionMs,
  };
  const job = plannedJob(blank, plansOf(definition, params), steps);
  const key = wishes.idempotencyKey;
  if (key === undefined) return { job, rule: { maxQueued: settings.maxQueued } };
  if (key === "" || key.length > MAX_KEY_LENGTH)
    throw new GatewayError("invalid_request", `an idempotency key has 1 to ${MAX_KEY_LENGTH} characters`);
  const digest = createHash("sha256")
    .update(JSON.stringify([definition.name, params]))
    .digest("hex");
  return {
    job,
    rule: { maxQueued: settings.maxQueued, idempotency: { key, digest, expiresAt: createdAt + KEY_MS } },
  };
}

/** The job that stands for a request now. */
export function acceptedJob(submitted: Submitted, definition: string): JobRecord {
  switch (submitted.outcome) {
    case "created":
    case "repeated":
      return submitted.job;
    case "other_request":
      throw new GatewayError("unprocessable", "this idempotency key was used for another request");
    case "full":
      throw new GatewayError(
        "queue_full",
        `${submitted.queued} jobs of "${definition}" wait already: try again in ${RETRY_AFTER_S} s`,
        { position: submitted.queued, retryAfterSeconds: RETRY_AFTER_S },
      );
  }
}

function plansOf(definition: PlannedDefinition, params: Json): readonly TaskPlan[] {
  try {
    return definition.plan(params);
  } catch (error) {
    if (isGatewayError(error)) throw error;
    throw new GatewayError(
      "invalid_request",
      `parameters of "${definition.name}": ${messageOf(error)}`,
      {},
      error,
    );
  }
}
