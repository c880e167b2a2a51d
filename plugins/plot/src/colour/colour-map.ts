import { inflateSync } from "node:zlib";
import { COLOUR_ALIASES, COLOUR_TABLES, PACKED_TABLES } from "./colour-tables.ts";

/** Colours from the lowest value to the highest. */
export interface ColourMap {
  readonly name: string;
  /** Red, green and blue of each, 0 to 255. */
  readonly rgb: Uint8Array;
  readonly size: number;
}

const REVERSED = "_r";
let tables: ReadonlyMap<string, ColourMap> | undefined;

/**
 * The table of a name that matplotlib or cmocean know, `_r` for the reversed one; cmocean's also without `cmo.` in front.
 * undefined: nobody knows it.
 */
export function colourMap(name: string): ColourMap | undefined {
  const isReversed = name.endsWith(REVERSED);
  const known = tableOf(isReversed ? name.slice(0, -REVERSED.length) : name);
  if (known === undefined) return undefined;
  return isReversed ? { ...known, name, rgb: reversed(known.rgb) } : { ...known, name };
}

/** All names, without the reversed ones. */
export function colourMapNames(): string[] {
  return [...COLOUR_TABLES.map(([name]) => name), ...Object.keys(COLOUR_ALIASES)];
}

function tableOf(name: string): ColourMap | undefined {
  const all = unpacked();
  const alias = Object.hasOwn(COLOUR_ALIASES, name) ? COLOUR_ALIASES[name] : undefined;
  return all.get(alias ?? name) ?? all.get(`cmo.${name}`);
}

function unpacked(): ReadonlyMap<string, ColourMap> {
  tables ??= unpack();
  return tables;
}

function unpack(): ReadonlyMap<string, ColourMap> {
  const bytes = inflateSync(Buffer.from(PACKED_TABLES, "base64"));
  let at = 0;
  return new Map(
    COLOUR_TABLES.map(([name, size]) => {
      const rgb = new Uint8Array(3 * size);
      for (let channel = 0; channel < 3; channel += 1) {
        let level = 0;
        for (let colour = 0; colour < size; colour += 1) {
          level = (level + (bytes[at] ?? 0)) & 255;
          rgb[3 * colour + channel] = level;
          at += 1;
        }
      }
      return [name, { name, rgb, size }];
    }),
  );
}

function reversed(rgb: Uint8Array): Uint8Array {
  const size = rgb.length / 3;
  return Uint8Array.from(rgb, (_, at) => rgb[3 * (size - 1 - Math.floor(at / 3)) + (at % 3)] ?? 0);
}

/** Colours at even distances from the first to the last, as matplotlib takes them for classes. */
export function sampledColours({ rgb, size }: ColourMap, count: number): Uint8Array {
  const colours = new Uint8Array(3 * count);
  for (let colour = 0; colour < count; colour += 1) {
    const position = count === 1 ? 0 : colour / (count - 1);
    const from = Math.min(size - 1, Math.floor(position * size));
    colours.set(rgb.subarray(3 * from, 3 * from + 3), 3 * colour);
  }
  return colours;
}
