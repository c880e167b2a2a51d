import { type Dimensions, UNITS, type Unit } from "./unit-table.ts";

/** What numbers in one unit are in another: `value * factor + offset`. */
export interface Conversion {
  readonly factor: number;
  readonly offset: number;
}

const TOKEN =
  /\s*(\/|[*.·](?!\d)|\bper\b)?\s*(?:(\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![A-Za-z°%µ]))|([A-Za-z°℃%µμ_]+))(?:(?:\*\*|\^)?([+-]?\d))?/gy;
const NONE: Dimensions = [0, 0, 0, 0, 0, 0];
/** Of water in kg/m³: a flux of mass and one of depth are the same to who measures rain. */
const WATER = 1000;

/** `kg m-2 s-1`, `mm/day`, `W m**-2`, `degC`; undefined for what is no unit that is known. */
export function parseUnit(text: string): Unit | undefined {
  const trimmed = text.trim();
  const known = UNITS.get(trimmed);
  if (known !== undefined) return known;
  let factor = 1;
  const dimensions: number[] = [...NONE];
  let at = 0;
  while (at < trimmed.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(trimmed);
    if (match === null || match[0] === "") return undefined;
    const [token, operator, number, name, power = "1"] = match;
    const part =
      number === undefined ? UNITS.get(name ?? "") : { factor: Number(number), offset: 0, dimensions: NONE };
    // degrees of a product are differences, but which scale is meant is not certain enough
    if (part === undefined || part.offset !== 0) return undefined;
    const exponent = Number(power) * (operator === "/" || operator === "per" ? -1 : 1);
    factor *= part.factor ** exponent;
    for (const [axis, own] of part.dimensions.entries())
      dimensions[axis] = (dimensions[axis] ?? 0) + own * exponent;
    at += token.length;
  }
  const [m = 0, kg = 0, s = 0, k = 0, mol = 0, a = 0] = dimensions;
  return at === 0 ? undefined : { factor, offset: 0, dimensions: [m, kg, s, k, mol, a] };
}

/** undefined where one is not the other in other words. */
export function conversionBetween(from: Unit, to: Unit): Conversion | undefined {
  const excess = from.dimensions.map((exponent, axis) => exponent - (to.dimensions[axis] ?? 0));
  const density = densityOf(excess);
  if (density === undefined) return undefined;
  return { factor: (from.factor / to.factor) * density, offset: (from.offset - to.offset) / to.factor };
}

/** 1 where dimensions are equal; water's density, or its inverse, where mass per area meets depth. */
function densityOf(excess: readonly number[]): number | undefined {
  const [m, kg, ...rest] = excess;
  if (rest.some((exponent) => exponent !== 0)) return undefined;
  if (m === 0 && kg === 0) return 1;
  if (m === -3 && kg === 1) return 1 / WATER;
  return m === 3 && kg === -1 ? WATER : undefined;
}
