import type { ModelInterface } from "@zarr-gateway/dataset";

/** Variables that networks of the model make and none takes in: a state is fed back, what is diagnosed of it is not. */
export function diagnosedVariables({ networks }: ModelInterface): ReadonlySet<string> {
  const namesOf = (side: "inputs" | "outputs") =>
    networks.flatMap((network) => network[side].flatMap(({ variables }) => variables));
  const taken = new Set(namesOf("inputs"));
  return new Set(namesOf("outputs").filter((name) => !taken.has(name)));
}
