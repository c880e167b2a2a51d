import { basename } from "node:path";
import type { Channel, ModelPackage, ModelVariable, NetworkPlan, TensorPlan } from "@zarr-gateway/inference";

const HOUR_MS = 3_600_000;

/** A model package for people: what it holds, and what each tensor of each network is made of. */
export function describeModel(model: ModelPackage): string {
  const { attrs, runtime, version, stepMs, history, grid, levels } = model;
  const title = typeof attrs["title"] === "string" ? attrs["title"] : "a model without title";
  const start = history === 1 ? "one analysis time" : `${history} analysis times`;
  const lines = [
    title,
    `version ${version}`,
    `runtime ${runtime.name}${runtime.name === "oip" ? ` at ${runtime.url}` : ""}, ${model.map ? "for maps" : `steps of ${hours(stepMs)}, starts from ${start}`}`,
    ...grid.map(({ name, labels }, axis) =>
      model.map
        ? `${name}: of the dataset, results ${model.map.scale[axis]} times as fine`
        : `${name}: ${labels.length}, ${labels[0]} to ${labels.at(-1)}`,
    ),
    ...Object.entries(levels).map(([name, values]) => `${name}: ${values.length}, ${values.join(" ")}`),
    ...(["state", "diagnostic"] as const).flatMap((role) => describeVariables(model, role)),
    ...[...model.networks, ...model.diagnostics].flatMap((network) => describeNetwork(model, network)),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function describeVariables({ variables }: ModelPackage, role: ModelVariable["role"]): readonly string[] {
  const words = variables
    .filter((variable) => variable.role === role)
    .map(({ name, levels, units }) => {
      const dims = levels === undefined ? "" : `(${levels})`;
      return `${name}${dims}${units === undefined ? "" : ` [${units}]`}`;
    });
  return words.length === 0 ? [] : [`${role}: ${words.join(", ")}`];
}

function describeNetwork(model: ModelPackage, plan: NetworkPlan): readonly string[] {
  const { key, file, model: remote, inputs, outputs } = plan;
  const name = file === undefined ? (remote?.name ?? "") : basename(file);
  const use = model.diagnostics.includes(plan) ? "every step, from its state" : describeUse(model, plan);
  return [
    `${key} ${name}: ${use}`,
    ...inputs.map((tensor) => `  in  ${describeTensor(model, tensor)}`),
    ...outputs.map((tensor) => `  out ${describeTensor(model, tensor)}`),
  ];
}

function describeUse({ stepMs }: ModelPackage, { stride, when }: NetworkPlan): string {
  const { from, to, every } = when;
  const range = to === Number.POSITIVE_INFINITY ? `n from ${from}` : `n from ${from} to ${to}`;
  return `${hours(stride * stepMs)}, ${range}${every === 1 ? "" : `, every ${every}`}`;
}

function describeTensor(model: ModelPackage, tensor: TensorPlan): string {
  const { name, layout, times, channels, feed, residual } = tensor;
  const axes = layout.map((names) => names.map((axis) => axisLength(model, tensor, axis)).join("·"));
  const more = [
    ...(times.length > 1 || ![0, 1].includes(times[0] ?? 0) ? [`times ${times.join(", ")}`] : []),
    ...(feed.length > 1 ? [`fed back ${feed.join(", ")}`] : []),
    ...(residual ? ["an increment"] : []),
    ...(tensor.normalize === undefined ? [] : ["normalized"]),
  ];
  return `${name} [${axes.join(", ")}] ${describeChannels(channels)}${more.length > 0 ? ` (${more.join("; ")})` : ""}`;
}

function axisLength({ grid }: ModelPackage, tensor: TensorPlan, axis: string): string {
  const { times, channels, levelCount } = tensor;
  switch (axis) {
    case "batch":
      return "batch";
    case "time":
      return `time ${times.length}`;
    case "channel":
      return `channel ${channels.length}`;
    case "variable":
      return `variable ${channels.length / levelCount}`;
    case "level":
      return `level ${levelCount}`;
    default:
      return `${axis} ${grid.find(({ name }) => name === axis)?.labels.length || ""}`.trimEnd();
  }
}

/** Each variable once, with how many of its levels. */
function describeChannels(channels: readonly Channel[]): string {
  const counts = new Map<string, number>();
  for (const channel of channels) {
    const word =
      channel.kind === "field" ? channel.variable : channel.kind === "time" ? channel.quantity : channel.kind;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].map(([word, count]) => (count === 1 ? word : `${word}×${count}`)).join(" ");
}

export function hours(ms: number): string {
  return ms % HOUR_MS === 0 ? `${ms / HOUR_MS} h` : `${ms / 60_000} min`;
}
