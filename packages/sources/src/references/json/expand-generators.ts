import { damagedSet } from "../reference.ts";
import { renderTemplate, type TemplateNames, type TemplateValue } from "./template.ts";

/** A reference as JSON has it: text, `[url]` or `[url, offset, length]`. */
export type JsonReference = string | readonly [string] | readonly [string, number, number];

type JsonMap = Readonly<Record<string, unknown>>;

/**
 * What the `gen` entries of a version 1 document stand for: a reference for each combination of the dimensions' values.
 * @throws GatewayError upstream when they are not understood, or make more than `maxCount` references
 */
export function* expandGenerators(
  generators: unknown,
  templates: TemplateNames,
  maxCount: number,
): Generator<readonly [key: string, reference: JsonReference]> {
  if (generators === undefined || generators === null) return;
  if (!Array.isArray(generators)) throw damagedSet('"gen" is not a list');
  let left = maxCount;
  for (const generator of generators as unknown[]) {
    if (!isMap(generator)) throw damagedSet('an entry of "gen" is not an object');
    const dimensions = dimensionsOf(generator["dimensions"]);
    const count = dimensions.reduce((product, { count: size }) => product * size, 1);
    left -= count;
    if (left < 0) throw damagedSet(`its generators make more than ${maxCount} references`);
    for (let position = 0; position < count; position += 1) {
      yield referenceOf(generator, new Map([...templates, ...combinationAt(dimensions, position)]));
    }
  }
}

interface Dimension {
  readonly name: string;
  readonly count: number;
  valueAt(position: number): TemplateValue;
}

function dimensionsOf(value: unknown): Dimension[] {
  if (!isMap(value)) throw damagedSet('a generator has no "dimensions"');
  return Object.entries(value).map(([name, range]) =>
    Array.isArray(range) ? listed(name, range) : counted(name, range),
  );
}

function listed(name: string, values: readonly unknown[]): Dimension {
  const isUsable = values.every((value) => typeof value === "string" || Number.isSafeInteger(value));
  if (!isUsable) throw damagedSet(`the values of the dimension "${name}" are neither text nor whole numbers`);
  return { name, count: values.length, valueAt: (position) => values[position] as TemplateValue }; // checked above
}

/** Python's `range(start, stop, step)`. */
function counted(name: string, range: unknown): Dimension {
  const { start = 0, stop, step = 1 } = isMap(range) ? range : {};
  if (!isWhole(start) || !isWhole(stop) || !isWhole(step) || step === 0)
    throw damagedSet(`the dimension "${name}" is neither a list nor start, stop and step`);
  const count = Math.max(0, Math.ceil((stop - start) / step));
  return { name, count, valueAt: (position) => start + position * step };
}

/** The last dimension varies fastest. */
function combinationAt(dimensions: readonly Dimension[], position: number): [string, TemplateValue][] {
  let rest = position;
  return dimensions.toReversed().map(({ name, count, valueAt }) => {
    const value = valueAt(rest % count);
    rest = Math.floor(rest / count);
    return [name, value];
  });
}

function referenceOf(generator: JsonMap, names: TemplateNames): readonly [string, JsonReference] {
  const key = textAt(generator, "key", names);
  const url = textAt(generator, "url", names);
  const [offset, length] = [generator["offset"], generator["length"]];
  if (offset === undefined && length === undefined) return [key, [url]];
  if (offset === undefined || length === undefined)
    throw damagedSet('a generator has only one of "offset" and "length"');
  return [key, [url, wholeAt(generator, "offset", names), wholeAt(generator, "length", names)]];
}

function textAt(generator: JsonMap, name: string, names: TemplateNames): string {
  const value = generator[name];
  if (typeof value !== "string") throw damagedSet(`a generator has no "${name}"`);
  return renderTemplate(value, names);
}

function wholeAt(generator: JsonMap, name: string, names: TemplateNames): number {
  const value = generator[name];
  const rendered = typeof value === "string" ? renderTemplate(value, names).trim() : value;
  const whole = typeof rendered === "string" && /^-?\d+$/.test(rendered) ? Number(rendered) : rendered;
  if (!isWhole(whole)) throw damagedSet(`"${name}" of a generator is not a whole number`);
  return whole;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

export function isMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
