/** Exponents of metre, kilogram, second, kelvin, mole and ampere. Angles and ratios are numbers. */
export type Dimensions = readonly [m: number, kg: number, s: number, k: number, mol: number, a: number];

/** A unit is so many of the base units of its dimensions; with an offset where its zero is another. */
export interface Unit {
  readonly factor: number;
  readonly offset: number;
  readonly dimensions: Dimensions;
}

const NUMBER: Dimensions = [0, 0, 0, 0, 0, 0];
const LENGTH: Dimensions = [1, 0, 0, 0, 0, 0];
const MASS: Dimensions = [0, 1, 0, 0, 0, 0];
const TIME: Dimensions = [0, 0, 1, 0, 0, 0];
const TEMPERATURE: Dimensions = [0, 0, 0, 1, 0, 0];
const AMOUNT: Dimensions = [0, 0, 0, 0, 1, 0];
const CURRENT: Dimensions = [0, 0, 0, 0, 0, 1];
const SPEED: Dimensions = [1, 0, -1, 0, 0, 0];
const AREA: Dimensions = [2, 0, 0, 0, 0, 0];
const VOLUME: Dimensions = [3, 0, 0, 0, 0, 0];
const FORCE: Dimensions = [1, 1, -2, 0, 0, 0];
const PRESSURE: Dimensions = [-1, 1, -2, 0, 0, 0];
const ENERGY: Dimensions = [2, 1, -2, 0, 0, 0];
const POWER: Dimensions = [2, 1, -3, 0, 0, 0];
const FREQUENCY: Dimensions = [0, 0, -1, 0, 0, 0];
const GEOPOTENTIAL: Dimensions = [2, 0, -2, 0, 0, 0];

/** Names that take the prefixes of SI, as symbols and as words. */
const PREFIXABLE: readonly (readonly [names: string, factor: number, dimensions: Dimensions])[] = [
  ["m metre meter metres meters", 1, LENGTH],
  ["g gram grams", 1e-3, MASS],
  ["s sec second seconds", 1, TIME],
  ["K kelvin", 1, TEMPERATURE],
  ["mol mole moles", 1, AMOUNT],
  ["A ampere", 1, CURRENT],
  ["N newton", 1, FORCE],
  ["Pa pascal pascals", 1, PRESSURE],
  ["bar", 1e5, PRESSURE],
  ["J joule joules", 1, ENERGY],
  ["W watt watts", 1, POWER],
  ["Wh", 3600, ENERGY],
  ["Hz hertz", 1, FREQUENCY],
  ["V volt", 1, [2, 1, -3, 0, 0, -1]],
  ["l L litre liter litres liters", 1e-3, VOLUME],
  ["t tonne", 1000, MASS],
];

const DAY = 86_400;
const FIXED: readonly (readonly [names: string, factor: number, dimensions: Dimensions])[] = [
  ["1 fraction ratio dimensionless unitless", 1, NUMBER],
  ["% percent", 0.01, NUMBER],
  ["ppm ppmv", 1e-6, NUMBER],
  ["ppb ppbv", 1e-9, NUMBER],
  ["psu PSU", 1e-3, NUMBER],
  ["rad radian radians", 1, NUMBER],
  ["degree degrees deg degree_north degrees_north degree_east degrees_east", Math.PI / 180, NUMBER],
  ["min minute minutes", 60, TIME],
  ["h hr hrs hour hours", 3600, TIME],
  ["d day days", DAY, TIME],
  ["week weeks", 7 * DAY, TIME],
  // the tropical year, as UDUNITS has it
  ["year years yr a", 365.242198781 * DAY, TIME],
  ["micron microns", 1e-6, LENGTH],
  ["ft foot feet", 0.3048, LENGTH],
  ["inch in inches", 0.0254, LENGTH],
  ["mi mile miles", 1609.344, LENGTH],
  ["nmi nautical_mile", 1852, LENGTH],
  ["kt kts kn knot knots", 1852 / 3600, SPEED],
  ["mph", 1609.344 / 3600, SPEED],
  ["ha hectare", 1e4, AREA],
  ["lb pound", 0.45359237, MASS],
  ["mb mbar millibar millibars", 100, PRESSURE],
  ["atm atmosphere", 101_325, PRESSURE],
  ["mmHg", 133.322387415, PRESSURE],
  ["cal", 4.184, ENERGY],
  ["gpm", 9.80665, GEOPOTENTIAL],
  ["gpdm", 98.0665, GEOPOTENTIAL],
  ["Sv sverdrup", 1e6, [3, 0, -1, 0, 0, 0]],
  ["DU dobson", 4.4615e-4, [-2, 0, 0, 0, 1, 0]],
  ["delta_degC", 1, TEMPERATURE],
];

const CELSIUS =
  "degC degreeC degreesC deg_C degree_C degrees_C celsius Celsius degree_Celsius degrees_Celsius degree_celsius degrees_celsius °C ℃ C";
const FAHRENHEIT = "degF degreeF deg_F degree_F degrees_F fahrenheit Fahrenheit °F F";

const SYMBOLS: Readonly<Record<string, number>> = {
  P: 1e15,
  T: 1e12,
  G: 1e9,
  M: 1e6,
  k: 1e3,
  h: 1e2,
  d: 0.1,
  c: 0.01,
  m: 1e-3,
  u: 1e-6,
  µ: 1e-6,
  μ: 1e-6,
  n: 1e-9,
  p: 1e-12,
};
const WORDS: Readonly<Record<string, number>> = {
  peta: 1e15,
  tera: 1e12,
  giga: 1e9,
  mega: 1e6,
  kilo: 1e3,
  hecto: 1e2,
  deci: 0.1,
  centi: 0.01,
  milli: 1e-3,
  micro: 1e-6,
  nano: 1e-9,
  pico: 1e-12,
};

/** Every name, prefixed ones included; exact names come before those that only look prefixed (`min`, `ft`). */
export const UNITS: ReadonlyMap<string, Unit> = new Map<string, Unit>([
  ...PREFIXABLE.flatMap(([names, factor, dimensions]) =>
    names.split(" ").flatMap((name) => {
      const prefixes = Object.entries(name.length > 3 ? WORDS : SYMBOLS);
      return [["", 1] as const, ...prefixes].map(([prefix, times]): [string, Unit] => [
        prefix + name,
        { factor: factor * times, offset: 0, dimensions },
      ]);
    }),
  ),
  ...named(FIXED),
  ...CELSIUS.split(" ").map((name): [string, Unit] => [
    name,
    { factor: 1, offset: 273.15, dimensions: TEMPERATURE },
  ]),
  ...FAHRENHEIT.split(" ").map((name): [string, Unit] => [
    name,
    { factor: 5 / 9, offset: 459.67 * (5 / 9), dimensions: TEMPERATURE },
  ]),
]);

function named(table: typeof FIXED): [string, Unit][] {
  return table.flatMap(([names, factor, dimensions]) =>
    names.split(" ").map((name): [string, Unit] => [name, { factor, offset: 0, dimensions }]),
  );
}
