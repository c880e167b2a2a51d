import type { KeptIn } from "@zarr-gateway/compute";
import { formatInstant, type Instant, type MemberNoise } from "@zarr-gateway/dataset";
import {
  type CallOptions,
  GatewayError,
  isGatewayError,
  mapConcurrently,
  messageOf,
  type WorkerPool,
} from "@zarr-gateway/primitives";
import type { InitialConditions } from "../initial-conditions.ts";
import type { ModelPackage } from "../model-package.ts";
import { randomKey } from "../tensor/random-field.ts";
import type { AnalysisPlan } from "./analysis-plan.ts";
import { addNoise, type NoiseJob } from "./noise/noise-job.ts";
import { sphereGrid } from "./noise/sphere-grid.ts";
import type { Field } from "./read/field-job.ts";
import { type FieldPlan, type FieldReader, fieldReader } from "./read/field-reader.ts";
import { MAKE_NOISY } from "./read/initial-field-worker.ts";
import { stateVersions } from "./state-versions.ts";

export interface StateServices {
  /** Of the analysis, for messages. */
  readonly id: string;
  readonly pool?: WorkerPool | undefined;
  readonly kept?: KeptIn | undefined;
}

/** `stateVersion` where chunks of the analysis have versions. */
export type FirstStates = Pick<InitialConditions, "state" | "stateVersion">;

/** Fields read or perturbed at once for one state. */
const MAX_CONCURRENT = 4;

/** Reads the analysis at an initial time and as many steps back as the model wants; members from 1 on get noise at time 0. */
export function firstStates(plan: AnalysisPlan, model: ModelPackage, services: StateServices): FirstStates {
  const fields = plan.fields.map((field) => ({ field, reader: fieldReader(field, services) }));
  const { times, positionOf } = plan.histories;
  const { history } = model;
  const versionOf = stateVersions({
    readers: fields.map(({ reader }) => reader),
    entriesOf: (init) => Array.from({ length: history }, (_, back) => positionOf(init, back)),
  });
  const state: FirstStates["state"] = async ({ init, member, noise }, options = {}) => {
    const instant = times.at(init);
    if (instant === undefined)
      throw new GatewayError("not_found", `there is no initial time ${init}, only 0 to ${times.length - 1}`);
    const entries = Array.from({ length: history }, () => new Map<string, Float32Array>());
    const parts = entries.flatMap((_, back) => fields.map((one) => ({ ...one, back })));
    const values = await mapConcurrently(parts, MAX_CONCURRENT, async ({ field, reader, back }) => {
      const position = positionOf(init, back);
      const at = { instant: field.times?.instants.at(position) ?? instant, position };
      const found = await readField({ field, reader, at }, { plan, id: services.id, call: options });
      if (back > 0 || member === 0) return found;
      const words = [model.version, formatInstant(plan.calendar, instant), member];
      return perturbed(found, { field, model, words, noise }, { ...services, ...options });
    });
    for (const [place, { field, back }] of parts.entries()) {
      const own = values[place];
      if (own !== undefined) entries[back]?.set(field.wanted.name, own);
    }
    return { n: 0, entries };
  };
  return { state, ...(versionOf && { stateVersion: versionOf }) };
}

interface FieldAt {
  readonly field: FieldPlan;
  readonly reader: FieldReader;
  readonly at: { readonly instant: Instant; readonly position: number };
}

async function readField(
  { field, reader, at }: FieldAt,
  { plan, id, call }: { readonly plan: AnalysisPlan; readonly id: string; readonly call: CallOptions },
): Promise<Float32Array> {
  const { wanted, variable } = field;
  const when = formatInstant(plan.calendar, at.instant);
  let found: Field;
  try {
    found = await reader.read(at.position, call);
  } catch (error) {
    throw readFailure(error, `"${variable.name}" of "${id}" at ${when}`, call.signal);
  }
  if (found.missing > 0 && wanted.nan === "refuse") {
    throw new GatewayError(
      "model_output_invalid",
      `"${variable.name}" of "${id}" has ${found.missing} missing values (NaN) at ${when} out of ${found.values.length}, and the model takes none for "${wanted.name}"`,
      { variable: wanted.name, time: when, missing: found.missing },
    );
  }
  return found.values;
}

/** Whatever it was, it is no answer about the forecast: clients would read `not_found` as fill values. */
function readFailure(error: unknown, what: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true || !(error instanceof Error) || error.name === "AbortError") return error;
  const isOwn = isGatewayError(error);
  if (isOwn && (error.code === "overloaded" || error.code.startsWith("model_"))) return error;
  const reason = isOwn ? `: ${messageOf(error)}` : "";
  return new GatewayError("upstream", `initial conditions: ${what} cannot be read${reason}`, {}, error);
}

interface Perturbed {
  readonly field: FieldPlan;
  readonly model: ModelPackage;
  /** What the seed of all variables has in common. */
  readonly words: readonly (string | number)[];
  readonly noise: MemberNoise | undefined;
}

/** Each variable and level has noise of its own. */
async function perturbed(
  values: Float32Array,
  { field: { wanted }, model, words, noise = {} }: Perturbed,
  { pool, signal }: StateServices & CallOptions,
): Promise<Float32Array> {
  const { std = {}, correlationKm = 0 } = model.perturbation ?? {};
  const { scale = 1, isWhite = false, seed } = noise;
  const own = Object.hasOwn(std, wanted.name) ? (std[wanted.name] ?? 0) * scale : 0;
  if (own === 0) return values;
  const levels = wanted.levels === undefined ? [""] : (model.levels[wanted.levels] ?? []);
  const grid = correlationKm > 0 && !isWhite ? sphereGrid(model.grid) : undefined;
  const more = seed === undefined ? [] : [`seed ${seed}`];
  const job: NoiseJob = {
    values,
    keys: levels.map((level) => randomKey([...words, "perturbation", wanted.name, level, ...more])),
    std: own,
    ...(grid && { correlation: { km: correlationKm, grid } }),
  };
  if (pool === undefined) {
    addNoise(job);
    return values;
  }
  const transfer = [values.buffer as ArrayBuffer]; // never shared: made by the reader
  return pool.run(MAKE_NOISY, job, { signal, transfer, isLaterStep: true });
}
