import type { Calendar, Variable } from "@zarr-gateway/dataset";
import type { Instants } from "../instants.ts";
import { wholeNumbers } from "../whole-numbers.ts";
import { computedSource } from "./computed-source.ts";
import { leadUnits, wholeTimeUnits } from "./time-units.ts";

export interface ForecastTimes {
  readonly calendar: Calendar;
  /** Initial times. */
  readonly times: Instants;
  /** CF units of the analysis. */
  readonly timeUnits?: string | undefined;
  readonly stepMs: number;
  /** Lead times are 0 … steps. */
  readonly steps: number;
}

/** Numbers in a chunk of the initial times, and at most about as many in one of the valid times. */
const INIT_CHUNK = 1024 * 1024;
const VALID_CHUNK = 64 * 1024;

/** `init_time`, `lead_time` and `valid_time`: whole numbers that are worked out when they are read. */
export function timeCoordinates(forecast: ForecastTimes): Variable[] {
  const { calendar, times, stepMs, steps } = forecast;
  const { units, milliseconds, numberAt } = wholeTimeUnits({ ...forecast, given: forecast.timeUnits });
  const lead = leadUnits(stepMs);
  const leads = steps + 1;
  const initChunk = Math.min(times.length, INIT_CHUNK);
  const rows = Math.max(1, Math.min(times.length, Math.floor(VALID_CHUNK / leads)));
  return [
    {
      name: "init_time",
      dims: ["init_time"],
      attrs: {
        standard_name: "forecast_reference_time",
        long_name: "initial time of the forecast",
        units,
        calendar,
        axis: "T",
      },
      source: computedSource({
        dtype: "int64",
        shape: [times.length],
        chunkShape: [initChunk],
        values: ([chunk = 0], count) =>
          wholeNumbers(count, (position) => numberAt(chunk * initChunk + position)),
      }),
    },
    {
      name: "lead_time",
      dims: ["lead_time"],
      attrs: {
        standard_name: "forecast_period",
        long_name: "time since the initial time",
        units: lead.units,
        dtype: "timedelta64[ns]",
      },
      source: computedSource({
        dtype: "int64",
        shape: [leads],
        chunkShape: [leads],
        values: (_, count) => wholeNumbers(count, (n) => n * lead.perStep),
      }),
    },
    {
      name: "valid_time",
      dims: ["init_time", "lead_time"],
      attrs: { standard_name: "time", long_name: "time for which the forecast is", units, calendar },
      source: computedSource({
        dtype: "int64",
        shape: [times.length, leads],
        chunkShape: [rows, leads],
        values([chunk = 0], count) {
          const perStep = stepMs / milliseconds;
          return wholeNumbers(
            count,
            (at) => numberAt(chunk * rows + Math.floor(at / leads)) + (at % leads) * perStep,
          );
        },
      }),
    },
  ];
}
