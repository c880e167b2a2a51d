import {
  type ChunkIndex,
  clippedShape,
  type Dataset,
  elementCount,
  type Values,
  type Variable,
} from "@zarr-gateway/dataset";

const STARTS = [0, 24];
const LEADS = [0, 6, 12, 18];
const MEMBERS = 3;
const GRID = [2, 4] as const;

/** A forecast as the gateway publishes them, two lead times in a chunk; a value tells where it stands. */
export function madeForecast(reads: string[] = []): Dataset {
  const dims = ["init_time", "lead_time", "member", "lat", "lon"];
  const shape = [STARTS.length, LEADS.length, MEMBERS, ...GRID];
  const variables = [
    axis("init_time", STARTS, { units: "hours since 2024-01-01", standard_name: "forecast_reference_time" }),
    axis("lead_time", LEADS, { units: "hours", standard_name: "forecast_period" }),
    axis("member", [0, 1, 2], { standard_name: "realization" }),
    axis("lat", [45, -45], { units: "degrees_north" }),
    axis("lon", [0, 90, 180, 270], { units: "degrees_east" }),
    field("t2m", { dims, shape, reads }),
    field("tp", { dims, shape, reads }),
    field("orography", { dims: ["lat", "lon"], shape: [...GRID], reads }),
  ];
  return {
    attrs: {
      title: "Made",
      model_version: "abc",
      initial_conditions: "era5",
      levels: 3n,
      missing: Number.NaN,
    },
    variables: new Map(variables.map((one) => [one.name, one])),
    groups: new Map(),
    version: "v1",
  };
}

/** What stands at a place: start, lead time, member. */
export function madeValue(start: number, lead: number, member: number): number {
  return 100 * start + 10 * lead + member;
}

interface Field {
  readonly dims: readonly string[];
  readonly shape: readonly number[];
  readonly reads: string[];
}

function field(name: string, { dims, shape, reads }: Field): Variable {
  const chunkShape = dims.map((dim, at) =>
    dim === "lead_time" ? 2 : dim.startsWith("l") ? (shape[at] ?? 1) : 1,
  );
  const grid = { shape, chunkShape };
  const read = (index: ChunkIndex) => {
    reads.push(`${name} ${index.join(".")}`);
    const part = clippedShape(grid, index);
    const cells = elementCount(GRID);
    const [start = 0, chunk = 0, member = 0] = index;
    const values = Float32Array.from({ length: elementCount(part) }, (_, at) =>
      madeValue(start, 2 * chunk + Math.floor(at / cells), member),
    );
    return Promise.resolve({ shape: part, values });
  };
  const attrs = { units: "K", coordinates: "valid_time", _FillValue: Number.NaN };
  return { name, dims, attrs, source: { dtype: "float32", grid, fill: Number.NaN, read } };
}

function axis(name: string, numbers: readonly number[], attrs: Variable["attrs"]): Variable {
  const grid = { shape: [numbers.length], chunkShape: [numbers.length] };
  const isWhole = name !== "lat" && name !== "lon";
  const values: Values = isWhole ? BigInt64Array.from(numbers, BigInt) : Float64Array.from(numbers);
  const read = () => Promise.resolve({ shape: grid.shape, values });
  return {
    name,
    dims: [name],
    attrs,
    source: { dtype: isWhole ? "int64" : "float64", grid, fill: isWhole ? 0n : Number.NaN, read },
  };
}
