import type { ChunkMaker, Dataset, Variable } from "@zarr-gateway/dataset";
import type { AxisTiling, MapSamples } from "@zarr-gateway/inference";

export interface MadeBy {
  readonly samples: Pick<MapSamples, "isKept" | "msPerSample" | "queued">;
  readonly axes: readonly AxisTiling[];
  readonly along: string;
}

/** The dataset with sources that tell which samples the model has to be run on for their chunks. */
export function withMaker(dataset: Dataset, made: MadeBy): Dataset {
  const by: ChunkMaker = {
    isAtHand: (needed) => needed.every(({ variable, index }) => made.samples.isKept(index[0] ?? 0, variable)),
    explain: (needed) => {
      const samples = new Map<number, boolean>();
      for (const { variable, index } of needed) {
        const sample = index[0] ?? 0;
        samples.set(sample, (samples.get(sample) ?? true) && made.samples.isKept(sample, variable));
      }
      const missing = [...samples.values()].filter((isKept) => !isKept).length;
      const { msPerSample, queued } = made.samples;
      return {
        samples: samples.size,
        samplesKept: samples.size - missing,
        tiles: missing * made.axes.reduce((product, { starts }) => product * starts.length, 1),
        samplesAhead: queued,
        ...(msPerSample !== undefined && {
          waitSeconds: Math.round(msPerSample * (missing === 0 ? 0 : missing + queued)) / 1000,
        }),
      };
    },
  };
  const variables = [...dataset.variables].map(([name, variable]): [string, Variable] => {
    const isMade = variable.dims[0] === made.along && variable.dims.length > 1;
    const { source } = variable;
    return [
      name,
      isMade
        ? { ...variable, source: { ...source, read: source.read.bind(source), made: { by, variable: name } } }
        : variable,
    ];
  });
  return { ...dataset, variables: new Map(variables) };
}
