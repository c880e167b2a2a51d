import type { Channel, ModelPackage, NetworkPlan, TensorPlan } from "../../model-package.ts";
import type { Fields } from "../../model-session.ts";

/**
 * A package without the values of its static channels, which are too large for a message, and these by number: in their
 * place stands an array of that number.
 */
export function takeStatics(model: ModelPackage): { readonly model: ModelPackage; readonly statics: Fields } {
  const numbers = new Map<Float32Array, number>();
  const bare = withStaticValues(model, (values) => {
    const number = numbers.get(values) ?? numbers.size;
    numbers.set(values, number);
    return Float32Array.of(number);
  });
  return {
    model: bare,
    statics: new Map(Array.from(numbers, ([values, number]) => [String(number), values])),
  };
}

export function putStatics(model: ModelPackage, statics: Fields): ModelPackage {
  return withStaticValues(model, ([number]) => {
    const values = statics.get(String(number));
    if (values === undefined) throw new Error(`the static values ${number} did not come`);
    return values;
  });
}

function withStaticValues(model: ModelPackage, change: (values: Float32Array) => Float32Array): ModelPackage {
  const ofChannel = (channel: Channel): Channel =>
    channel.kind === "static" && typeof channel.values !== "number"
      ? { kind: "static", values: change(channel.values) }
      : channel;
  const ofTensor = (tensor: TensorPlan): TensorPlan => ({
    ...tensor,
    channels: tensor.channels.map(ofChannel),
  });
  const ofNetwork = (network: NetworkPlan): NetworkPlan => ({
    ...network,
    inputs: network.inputs.map(ofTensor),
    outputs: network.outputs.map(ofTensor),
  });
  return {
    ...model,
    networks: model.networks.map(ofNetwork),
    diagnostics: model.diagnostics.map(ofNetwork),
  };
}
