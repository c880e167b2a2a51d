import { GatewayError } from "@zarr-gateway/primitives";
import type { ModelPackage, ModelVariable, NetworkPlan, TensorPlan } from "../model-package.ts";
import { cellsOf } from "./input-tensor.ts";
import type { OutputChannel } from "./output-channel.ts";

/** An output of a network in which there may be NaN. */
export interface SuspectOutput {
  readonly model: ModelPackage;
  readonly network: NetworkPlan;
  readonly plan: TensorPlan;
  readonly channels: readonly OutputChannel[];
}

export interface SuspectField {
  readonly channel: OutputChannel;
  readonly field: Float32Array;
  readonly time: number;
}

/**
 * Looks for NaN in a variable that may have none, and says how many there are and where.
 * @throws GatewayError model_output_invalid
 */
export function refuseNan(
  { model, network, plan, channels }: SuspectOutput,
  { channel, field, time }: SuspectField,
): void {
  const { name } = channel.variable;
  const cells = cellsOf(model, plan.scale);
  let count = 0;
  let first: { level: number; cell: number } | undefined;
  for (const { variable, level } of channels)
    if (variable.name === name)
      for (let cell = 0; cell < cells; cell++)
        if (Number.isNaN(field[level * cells + cell])) {
          first ??= { level, cell };
          count++;
        }
  if (first === undefined) return; // infinities cancelled out
  const place = placeOf(model, channel.variable, { ...first, scale: plan.scale });
  throw new GatewayError(
    "model_output_invalid",
    `${network.key}.outputs.${plan.name}: expected numbers for ${name} at time ${time}, came ${count} NaN, the first at ${place} (variables.${name}.nan: refuse)`,
    { network: network.key, tensor: plan.name, variable: name, count },
  );
}

/** `level 500, lat 90, lon 0.25`. */
function placeOf(
  model: ModelPackage,
  { levels }: ModelVariable,
  { level, cell, scale = [] }: { level: number; cell: number; scale: TensorPlan["scale"] },
): string {
  let rest = cell;
  const labels: string[] = [];
  for (const [number, axis] of [...model.grid.entries()].reverse()) {
    const factor = scale[number] ?? 1; // cells of a finer grid are in one of the model's
    labels.unshift(`${axis.name} ${axis.labels[Math.floor(rest / factor) % axis.labels.length]}`);
    rest = Math.floor(rest / (axis.labels.length * factor));
  }
  const label = levels === undefined ? undefined : model.levels[levels]?.[level];
  return [...(label === undefined ? [] : [`${levels} ${label}`]), ...labels].join(", ");
}
