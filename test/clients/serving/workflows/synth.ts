import { defineWorkflow, duration, GatewayError, isoTime, z } from "zarr-gateway/plugin";

const LAT = Float64Array.from({ length: 5 }, (_, index) => 60 - 30 * index);
const LON = Float64Array.from({ length: 8 }, (_, index) => 45 * index);

/** Fields of numbers that tell where they stand: variable, lead time, latitude, longitude. */
export default defineWorkflow({
  name: "synth",
  description: "Fields that tell where they stand",
  parameters: z.object({
    start_time: z.array(isoTime()).prefault(["2024-01-01T00:00:00"]),
    num_steps: z.int().min(1).max(1000).default(4).describe("Number of steps"),
    mode: z.enum(["ok", "fail", "hang", "none"]).default("ok"),
    gap: duration().prefault("PT6H"),
    delay: z.number().min(0).max(60).default(0).describe("Seconds of one step"),
    output_format: z.enum(["zarr", "netcdf4"]).optional(),
  }),
  check({ parameters }) {
    if (parameters.start_time.length !== 1)
      throw new GatewayError("invalid_request", "start_time: exactly one is expected");
  },
  async run({ parameters, io, progress, metadata, signal, log }) {
    const { num_steps: steps, mode, delay } = parameters;
    log(`mode ${mode}`);
    metadata({ forecast_info: { steps } });
    progress({ progress: "Starting workflow", current_step: 0, total_steps: steps, stage: "set-up" });
    if (mode === "fail") throw new Error("the model was given nothing to eat");
    if (mode === "hang")
      await new Promise((_, fail) => signal.addEventListener("abort", () => fail(new Error("stopped"))));
    if (mode === "none") return { results_summary: "nothing" };
    const shape = [1, steps + 1, LAT.length, LON.length];
    const dims = ["time", "lead_time", "lat", "lon"];
    const field = { dims, shape, dtype: "float32", fill: Number.NaN } as const;
    const arrays = await io.create(
      {
        attrs: { title: "synth" },
        variables: {
          time: {
            dims: ["time"],
            shape: [1],
            dtype: "int64",
            attrs: { units: "seconds since 1970-01-01", calendar: "proleptic_gregorian" },
            values: BigInt64Array.of(BigInt((parameters.start_time[0]?.getTime() ?? 0) / 1000)),
          },
          lead_time: {
            dims: ["lead_time"],
            shape: [steps + 1],
            dtype: "int64",
            attrs: { units: "hours", dtype: "timedelta64[ns]" },
            values: BigInt64Array.from({ length: steps + 1 }, (_, index) => BigInt(6 * index)),
          },
          lat: { dims: ["lat"], shape: [LAT.length], dtype: "float64", values: LAT },
          lon: { dims: ["lon"], shape: [LON.length], dtype: "float64", values: LON },
          t2m: field,
          u10m: field,
        },
      },
      { signal },
    );
    const piece = [1, 1, LAT.length, LON.length];
    for (let step = 0; step <= steps; step += 1) {
      for (const [place, name] of ["t2m", "u10m"].entries()) {
        const values = Float32Array.from({ length: 40 }, (_, index) => 1000 * place + 100 * step + index);
        await arrays.put(name, { start: [0, step, 0, 0], shape: piece, values }, { signal });
      }
      progress({ progress: `Step ${step}`, current_step: step, total_steps: steps });
      if (delay > 0) await new Promise((go) => setTimeout(go, delay * 1000));
    }
    await arrays.close();
    return { results_summary: `${steps} steps` };
  },
});
