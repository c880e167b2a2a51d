import { type Calendar, parseTimeUnits } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import type { Instants } from "../instants.ts";

/** How times and lengths of time are whole numbers. */
export interface WholeTimeUnits {
  /** CF: `hours since 1900-01-01`. */
  readonly units: string;
  /** Of one unit. */
  readonly milliseconds: number;
  /** The number of the time at a position; NaN outside. */
  numberAt(position: number): number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Units that a day has a whole number of, the longest first. */
const UNITS: readonly (readonly [name: string, milliseconds: number])[] = [
  ["days", DAY_MS],
  ["hours", HOUR_MS],
  ["minutes", 60_000],
  ["seconds", 1000],
  ["milliseconds", 1],
];
const EPOCH = "1970-01-01";

/**
 * The units of the analysis where all initial times and the step are whole numbers in them, else the longest shorter ones
 * with the same reference.
 */
export function wholeTimeUnits({
  calendar,
  times,
  stepMs,
  given = `hours since ${EPOCH}`,
}: {
  readonly calendar: Calendar;
  readonly times: Instants;
  readonly stepMs: number;
  /** CF units of the analysis. */
  readonly given?: string | undefined;
}): WholeTimeUnits {
  const coding = parseTimeUnits(given, calendar);
  const own = coding && Number(coding.unitNanoseconds) / 1e6;
  // where it counts nanoseconds, which no model does, hours say the same
  const longest = own === undefined || own < 1 ? HOUR_MS : own;
  const epoch = coding ? given.replace(/^\s*\S+\s+since\s+/i, "").trim() : EPOCH;
  for (const [name, milliseconds] of UNITS) {
    if (milliseconds > longest) continue;
    const units = milliseconds === own ? given.trim() : `${name} since ${epoch}`;
    const reference = parseTimeUnits(units, calendar)?.reference;
    if (reference === undefined || stepMs % milliseconds !== 0) continue;
    if (!times.areWhole(milliseconds, reference.nanoseconds)) continue;
    const { days, rest } = times.countedFrom(reference);
    const before = days * (DAY_MS / milliseconds);
    return { units, milliseconds, numberAt: (position) => before + rest(position) / milliseconds };
  }
  throw new GatewayError("internal", `times in "${given}" are no whole numbers of milliseconds`);
}

/** Hours or minutes, whichever the step is a whole number of; shorter ones for shorter steps. */
export function leadUnits(stepMs: number): { readonly units: string; readonly perStep: number } {
  for (const [name, milliseconds] of UNITS.slice(1)) {
    if (stepMs % milliseconds === 0) return { units: name, perStep: stepMs / milliseconds };
  }
  throw new GatewayError("internal", `a step of ${stepMs} ms is no whole number of milliseconds`);
}
