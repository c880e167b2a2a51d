import type { Channel, ModelVariable, NetworkPlan, TensorPlan } from "../model-package.ts";
import type { NetworkDraft } from "./network-plan.ts";
import type { ChannelDraft, TensorDraft } from "./tensor-draft.ts";
import { listName, type NamedVariable } from "./variable-lists.ts";
import { NO_PROPERTIES, type VariableProperties } from "./variable-properties.ts";

type Lists = ReadonlyMap<string, readonly number[]>;

export function describeVariable(
  { name, role, levels }: NamedVariable,
  lists: Lists,
  properties: VariableProperties = NO_PROPERTIES,
): ModelVariable {
  const list = levels && listName(lists, levels);
  return { name, role, ...properties, ...(list === undefined ? {} : { levels: list }) };
}

/** Plans of networks, now that each level's position in the list of its variable is known. */
export function planOf(
  { key, file, model, stride, when, inputs, outputs }: NetworkDraft,
  positions: LevelPositions,
  scale?: readonly number[],
): NetworkPlan {
  return {
    key,
    ...(file === undefined ? {} : { file }),
    ...(model === undefined ? {} : { model }),
    stride,
    when,
    inputs: inputs.map((tensor) => tensorOf(tensor, positions)),
    outputs: outputs.map((tensor) => ({ ...tensorOf(tensor, positions), ...(scale && { scale }) })),
  };
}

/** Position of each level in the list of its variable. */
export type LevelPositions = ReadonlyMap<string, ReadonlyMap<number, number>>;

export function levelPositions(variables: readonly NamedVariable[]): LevelPositions {
  return new Map(
    variables.map(({ name, levels = [] }) => [name, new Map(levels.map((level, i) => [level, i]))] as const),
  );
}

function tensorOf(tensor: TensorDraft, positions: LevelPositions): TensorPlan {
  const { name, layout, times, channels, levelCount, normalize, feed, residual } = tensor;
  return {
    name,
    layout,
    times,
    channels: channels.map((channel) => channelOf(channel, positions)),
    levelCount,
    ...(normalize === undefined ? {} : { normalize }),
    feed,
    residual,
  };
}

function channelOf(channel: ChannelDraft, positions: LevelPositions): Channel {
  if (channel.kind !== "field") return channel;
  const { kind, variable, level } = channel;
  const position = level === undefined ? undefined : positions.get(variable)?.get(level);
  return position === undefined ? { kind, variable } : { kind, variable, level: position };
}
