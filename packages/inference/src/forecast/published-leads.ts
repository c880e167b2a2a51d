import type { ModelPackage, NetworkPlan } from "../model-package.ts";
import { networkFor } from "../step-plan.ts";

/** True where there is a field of the variable at step number n: diagnostic ones are made by some networks only. */
export function isPublished(
  model: Pick<ModelPackage, "networks" | "diagnostics" | "variables">,
  name: string,
  n: number,
): boolean {
  const variable = model.variables.find((one) => one.name === name);
  if (variable?.role !== "diagnostic") return variable !== undefined;
  if (model.diagnostics.some((network) => writes(network, name))) return true;
  const network = n === 0 ? undefined : networkFor(model, n);
  return network !== undefined && writes(network, name);
}

function writes({ outputs }: NetworkPlan, name: string): boolean {
  return outputs.some(({ channels }) =>
    channels.some((channel) => channel.kind === "field" && channel.variable === name),
  );
}
