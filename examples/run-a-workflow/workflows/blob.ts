import { defineWorkflow, duration, z } from "zarr-gateway/plugin";

const [ROWS, COLUMNS] = [37, 72];
const lat = Float64Array.from({ length: ROWS }, (_, row) => 90 - 5 * row);
const lon = Float64Array.from({ length: COLUMNS }, (_, column) => 5 * column);

/** A warm blob that drifts once around the equator in ten days. */
export default defineWorkflow({
  name: "blob",
  description: "A warm blob that drifts along the equator",
  config: z.object({ amplitude: z.number().default(10) }), // workflows.blob of the configuration
  parameters: z.object({
    num_steps: z.int().min(1).max(40).default(4).describe("Number of steps"),
    step: duration().prefault("PT6H"),
  }),
  async run({ parameters: { num_steps, step }, config: { amplitude }, io, signal }) {
    const shape = [num_steps + 1, ROWS, COLUMNS];
    const hours = Float64Array.from({ length: num_steps + 1 }, (_, at) => (at * step) / 3_600_000);
    const lead = { units: "hours", dtype: "timedelta64[ns]" };
    const axis = (name: string, values: Float64Array, attrs: Record<string, string>) =>
      ({ dims: [name], shape: [values.length], dtype: "float64", fill: Number.NaN, values, attrs }) as const;
    const arrays = await io.create({
      variables: {
        lead_time: axis("lead_time", hours, lead),
        lat: axis("lat", lat, { units: "degrees_north" }),
        lon: axis("lon", lon, { units: "degrees_east" }),
        t2m: { dims: ["lead_time", "lat", "lon"], shape, dtype: "float32", attrs: { units: "K" } },
      },
    });
    for (const [at, hour] of hours.entries()) {
      signal.throwIfAborted();
      const values = Float32Array.from({ length: ROWS * COLUMNS }, (_, cell) => {
        const [row, column] = [Math.floor(cell / COLUMNS), cell % COLUMNS];
        const away = (((lon[column] ?? 0) - 1.5 * hour + 540) % 360) - 180;
        return 288 + amplitude * Math.exp(-((away / 30) ** 2) - ((lat[row] ?? 0) / 20) ** 2);
      });
      await arrays.put("t2m", { start: [at, 0, 0], shape: [1, ROWS, COLUMNS], values });
    }
    await arrays.close();
    return { warmest: 288 + amplitude };
  },
});
