import type { OnnxGraph } from "@zarr-gateway/testkit/onnx";
import type { GaussianGrid } from "./gaussian-grid.ts";
import { GraphBuilder, type Name } from "./graph-builder.ts";
import { ShallowWater } from "./shallow-water.ts";
import { SpectralTransform } from "./spectral-transform.ts";

export interface TimeStepping {
  /** What one call of the network makes, in seconds. */
  readonly seconds: number;
  /** Steps of Runge and Kutta's fourth-order method in it. */
  readonly steps: number;
  /** Time, in seconds, in which diffusion ∇⁸ takes the shortest waves down by a factor e. */
  readonly damping: number;
}

/** `state` [batch, 3, lat, lon], u and v in m s-1 and height in m, becomes `next` of the same shape. */
export function stepNetwork(grid: GaussianGrid, stepping: TimeStepping): OnnxGraph {
  const graph = new GraphBuilder();
  const transform = new SpectralTransform(graph, grid);
  const water = new ShallowWater(graph, transform);
  const shape = [transform.count, 3, "batch", 2, transform.count];
  const seconds = stepping.seconds / stepping.steps;
  const shortest = grid.truncation * (grid.truncation + 1);
  const damping = (n: number): number =>
    Math.exp((-seconds / stepping.damping) * ((n * (n + 1)) / shortest) ** 4);
  const factors = transform.factors(damping, damping, damping);
  const start = water.fromGrid(graph.transpose("state", [1, 0, 2, 3]));
  const end = graph.repeat(stepping.steps, { value: start, shape }, (state) =>
    graph.multiply(rungeKutta(graph, state, { seconds, tendency: (at) => water.tendency(at) }), factors),
  );
  const lengths = ["batch", 3, grid.sines.length, grid.longitudes.length];
  return graph.graph(
    [{ name: "state", shape: lengths }],
    [{ name: "next", shape: lengths, from: graph.transpose(water.toGrid(end), [1, 0, 2, 3]) }],
  );
}

function rungeKutta(
  graph: GraphBuilder,
  state: Name,
  { seconds, tendency }: { readonly seconds: number; readonly tendency: (at: Name) => Name },
): Name {
  const number = (value: number): Name => graph.constant([], [value]);
  const ahead = (slope: Name, by: number): Name => graph.add(state, graph.multiply(slope, number(by)));
  const first = tendency(state);
  const second = tendency(ahead(first, seconds / 2));
  const third = tendency(ahead(second, seconds / 2));
  const fourth = tendency(ahead(third, seconds));
  const middle = graph.multiply(graph.add(second, third), number(2));
  return ahead(graph.add(first, middle, fourth), seconds / 6);
}

/** `state` as above gives `vorticity` [batch, 1, lat, lon] in s-1. */
export function vorticityNetwork(grid: GaussianGrid): OnnxGraph {
  const graph = new GraphBuilder();
  const transform = new SpectralTransform(graph, grid);
  const state = new ShallowWater(graph, transform).fromGrid(graph.transpose("state", [1, 0, 2, 3]));
  const waves = transform.synthesise(graph.take(state, 1, [0]), 1, "values");
  const [rows, columns] = [grid.sines.length, grid.longitudes.length];
  return graph.graph(
    [{ name: "state", shape: ["batch", 3, rows, columns] }],
    [
      {
        name: "vorticity",
        shape: ["batch", 1, rows, columns],
        from: graph.transpose(transform.fromWaves(waves, 1), [1, 0, 2, 3]),
      },
    ],
  );
}
