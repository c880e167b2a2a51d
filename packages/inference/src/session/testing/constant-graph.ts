import type { Fields } from "../../model-session.ts";
import type { FakeGraph } from "./fake-runtime.ts";
import { constant } from "./stepping.ts";

/** One value of each output for one of each input: tensors are times, channels and the grid, the same in every cell. */
export function constantGraph(
  [times, channels]: [number, number],
  outputs: Readonly<Record<string, [number, number]>>,
  f: (x: number[]) => Readonly<Record<string, number[]>>,
): FakeGraph {
  return {
    inputs: { x: [times, channels, 2, 3] },
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, shape]) => [name, [...shape, 2, 3]])),
    compute({ x }) {
      const cells = Array.from({ length: times * channels }, (_, i) => x!.values[6 * i]!);
      const made = Object.entries(f(cells)).map(([name, values]) => {
        const shape = [...(outputs[name] ?? []), 2, 3];
        return [name, { shape, values: Float32Array.from(values.flatMap(constant)) }] as const;
      });
      return Object.fromEntries(made);
    },
  };
}

/** The value of each field, which is the same in every cell of a level. */
export function constantValues(fields: Fields): Record<string, number | number[]> {
  return Object.fromEntries(
    [...fields].map(([name, values]) => {
      const levels = Array.from({ length: values.length / 6 }, (_, level) => values[6 * level]!);
      return [name, levels.length === 1 ? levels[0]! : levels];
    }),
  );
}
