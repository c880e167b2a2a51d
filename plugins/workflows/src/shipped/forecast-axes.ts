import {
  type Dataset,
  decodeInstant,
  formatRfc3339,
  isLeadTime,
  timeCodingOf,
  type Variable,
  wholeValues,
} from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";

/** What the dimensions of a forecast mean. */
export interface ForecastAxes {
  readonly start: Variable;
  readonly lead: Variable;
  readonly member: Variable | undefined;
  /** Initial times, milliseconds since 1970. */
  readonly starts: readonly number[];
  readonly leadCount: number;
  readonly memberCount: number;
}

const START = /^(init_time|forecast_reference_time|reference_time|time)$/i;
const MEMBER = /^(member|ensemble|number|realization|sample)$/i;

/** Variables of start, lead time and place: not coordinates, nor what is the same for all runs. */
export function forecastFields(
  { variables }: Dataset,
  { start, lead }: Pick<ForecastAxes, "start" | "lead">,
): Variable[] {
  return [...variables.values()].filter(
    ({ dims }) => dims.length > 2 && dims.includes(start.name) && dims.includes(lead.name),
  );
}

/** @throws GatewayError unsupported for what is no forecast */
export async function forecastAxes(
  id: string,
  { variables }: Dataset,
  options: CallOptions = {},
): Promise<ForecastAxes> {
  const axes = [...variables.values()].filter(({ name, dims }) => dims.length === 1 && dims[0] === name);
  const isStart = ({ name, attrs }: Variable): boolean =>
    timeCodingOf(attrs) !== undefined &&
    (attrs["standard_name"] === "forecast_reference_time" || START.test(name));
  const start = axes.find(isStart);
  const lead = axes.find((one) => isLeadTime(one));
  const member = axes.find(
    ({ name, attrs }) => attrs["standard_name"] === "realization" || MEMBER.test(name),
  );
  if (start === undefined || lead === undefined)
    throw new GatewayError(
      "unsupported",
      `"${id}" is no forecast: it has no initial times, or no lead times`,
    );
  return {
    ...{ start, lead, member },
    starts: await timesOf(start, options),
    leadCount: lead.source.grid.shape[0] ?? 0,
    memberCount: member?.source.grid.shape[0] ?? 1,
  };
}

async function timesOf({ attrs, source }: Variable, options: CallOptions): Promise<number[]> {
  const coding = timeCodingOf(attrs);
  const values = await wholeValues(source, options);
  return Array.from(values as ArrayLike<number | bigint>, (value) => {
    const instant = coding && decodeInstant(coding, value);
    return coding && instant ? Date.parse(formatRfc3339(coding.calendar, instant)) : Number.NaN;
  });
}
