import { GatewayError } from "@zarr-gateway/primitives";
import type { StepCall, StepDefinition, TaskPlan } from "../definition.ts";
import type { JobRecord, StepRecord, TaskRecord } from "../record.ts";
import { settledSteps } from "../reducer/step-transitions.ts";
import { DEFAULT_RETRY } from "./retry-delay.ts";

/** Steps of one job: it is read and checked whole at each change. */
export const MAX_STEPS = 10_000;

/**
 * A plan as a record whose first steps are ready.
 * @throws GatewayError invalid_request for an empty plan, double names, a dependency that is not an earlier step
 */
export function plannedJob(
  job: Omit<JobRecord, "tasks">,
  plans: readonly TaskPlan[],
  steps: ReadonlyMap<string, StepDefinition>,
): JobRecord {
  const count = plans.reduce((sum, plan) => sum + plan.steps.length, 0);
  if (plans.length === 0) throw refused(`job "${job.definition}" planned no task`);
  if (count > MAX_STEPS)
    throw new GatewayError(
      "too_large",
      `job "${job.definition}" planned ${count} steps, at most ${MAX_STEPS} fit`,
    );
  const keys = new Set(plans.map((plan) => plan.key));
  if (keys.size < plans.length) throw refused(`job "${job.definition}" planned two tasks of the same key`);
  return { ...job, tasks: plans.map((plan) => plannedTask(plan, steps, job.createdAt)) };
}

function plannedTask(
  plan: TaskPlan,
  steps: ReadonlyMap<string, StepDefinition>,
  createdAt: number,
): TaskRecord {
  if (plan.steps.length === 0) throw refused(`task "${plan.key}" has no step`);
  const planned: StepRecord[] = [];
  for (const call of plan.steps) planned.push(plannedStep(call, planned, { plan, steps, createdAt }));
  return { key: plan.key, input: plan.input, steps: settledSteps(planned, createdAt) };
}

interface PlanContext {
  readonly plan: TaskPlan;
  readonly steps: ReadonlyMap<string, StepDefinition>;
  readonly createdAt: number;
}

function plannedStep(call: StepCall, earlier: readonly StepRecord[], context: PlanContext): StepRecord {
  const { plan, steps, createdAt } = context;
  const definition = steps.get(call.step);
  if (definition === undefined)
    throw refused(`task "${plan.key}" calls step "${call.step}", which nobody defines`);
  const name = call.name ?? call.step;
  if (earlier.some((step) => step.name === name))
    throw refused(`task "${plan.key}" has two steps named "${name}"`);
  const previous = earlier.at(-1);
  const dependsOn = call.dependsOn ?? (previous === undefined ? [] : [previous.name]);
  for (const other of dependsOn)
    if (!earlier.some((step) => step.name === other))
      throw refused(
        `step "${name}" of task "${plan.key}" depends on "${other}", which is no earlier step of it`,
      );
  const retry = { ...DEFAULT_RETRY, ...definition.retry };
  return {
    name,
    step: call.step,
    settings: call.settings ?? null,
    dependsOn,
    optional: call.optional ?? false,
    weight: call.weight ?? 1,
    phase: call.phase ?? "running",
    retry,
    ...(definition.timeoutMs === undefined ? {} : { timeoutMs: definition.timeoutMs }),
    state: "waiting",
    fence: 0,
    attemptsAllowed: retry.maxAttempts,
    attempts: [],
    readyAt: createdAt,
    notBefore: 0,
  };
}

function refused(message: string): GatewayError {
  return new GatewayError("invalid_request", message);
}
