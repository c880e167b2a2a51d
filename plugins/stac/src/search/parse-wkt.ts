import type { Expression } from "./cql2.ts";
import type { TokenReader } from "./tokens.ts";

/** GeoJSON types and how deep their coordinates are nested, by the word of well-known text. */
const TYPES = {
  point: ["Point", 0],
  multipoint: ["MultiPoint", 1],
  linestring: ["LineString", 1],
  multilinestring: ["MultiLineString", 2],
  polygon: ["Polygon", 2],
  multipolygon: ["MultiPolygon", 3],
} as const;

export function isGeometryWord(word: string): boolean {
  return Object.hasOwn(TYPES, word) || word === "bbox" || word === "geometrycollection";
}

/** After the word: a geometry in well-known text as GeoJSON, or `BBOX(w, s, e, n)`. */
export function parseWkt(reader: TokenReader, word: string): Expression {
  if (word === "geometrycollection") {
    const geometries = parenthesised(reader, () => parseWkt(reader, reader.next().text.toLowerCase()));
    return { type: "GeometryCollection", geometries };
  }
  if (word === "bbox") return { bbox: parenthesised(reader, () => parseNumber(reader)) };
  if (!Object.hasOwn(TYPES, word)) throw reader.unexpected("a geometry");
  const [type, depth] = TYPES[word as keyof typeof TYPES]; // just checked
  reader.takeWord("z");
  if (type === "Point") {
    const [position] = parenthesised(reader, () => parsePosition(reader));
    return { type, coordinates: position };
  }
  return { type, coordinates: parseNested(reader, depth, type === "MultiPoint") };
}

function parseNested(reader: TokenReader, depth: number, isPoints: boolean): unknown[] {
  return parenthesised<unknown>(reader, () => {
    if (depth > 1) return parseNested(reader, depth - 1, false);
    // points of a MULTIPOINT may have parentheses of their own
    const { kind, text } = reader.peek();
    const isWrapped = isPoints && kind === "symbol" && text === "(";
    return isWrapped ? parenthesised(reader, () => parsePosition(reader))[0] : parsePosition(reader);
  });
}

function parenthesised<T>(reader: TokenReader, parse: () => T): T[] {
  reader.expectSymbol("(");
  const items: T[] = [];
  do items.push(parse());
  while (reader.takeSymbol(",") !== undefined);
  reader.expectSymbol(")");
  return items;
}

function parsePosition(reader: TokenReader): number[] {
  const position = [parseNumber(reader), parseNumber(reader)];
  if (reader.peek().kind === "number") position.push(parseNumber(reader));
  return position;
}

function parseNumber(reader: TokenReader): number {
  const isNegative = reader.takeSymbol("-", "+") === "-";
  const token = reader.next();
  if (token.kind !== "number") throw reader.unexpected("a number", token);
  return isNegative ? -Number(token.text) : Number(token.text);
}
