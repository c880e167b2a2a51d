import { type Conversion, conversionBetween, parseUnit } from "@zarr-gateway/compute";

/**
 * How numbers in one unit become those in another; undefined where nothing is to be done.
 * @returns a text where it is not possible: what is wrong
 */
export function unitConversion(from: unknown, to: string | undefined): Conversion | undefined | string {
  if (to === undefined) return undefined;
  const wanted = parseUnit(to);
  if (typeof from !== "string" || from.trim() === "") {
    const isRatio = wanted?.factor === 1 && wanted.dimensions.every((exponent) => exponent === 0);
    return isRatio ? undefined : `the model holds "${to}", and the analysis does not say its units`;
  }
  if (from.trim() === to.trim()) return undefined;
  const given = parseUnit(from);
  const unknown = [given === undefined ? from : "", wanted === undefined ? to : ""].filter(
    (text) => text !== "",
  );
  if (given === undefined || wanted === undefined)
    return `the model holds "${to}", the analysis "${from}"; ${unknown.map((text) => `"${text}"`).join(" and ")} is no unit that is known here`;
  const conversion = conversionBetween(given, wanted);
  if (conversion === undefined)
    return `the model holds "${to}", the analysis "${from}", which cannot be converted to it`;
  return conversion.factor === 1 && conversion.offset === 0 ? undefined : conversion;
}
