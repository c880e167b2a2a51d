import { type CallOptions, isGatewayError } from "@zarr-gateway/primitives";
import type { PlacedVariable } from "./collect-variables.ts";
import { type NumbersRead, readNumbers } from "./read-numbers.ts";

/** Coordinates of one dataset, each read once. */
export interface CoordinateReader {
  /** Decoded numbers; undefined where it holds none, or could not be read: then a note says so. */
  read(coordinate: PlacedVariable): Promise<NumbersRead | undefined>;
  readonly notes: readonly string[];
}

/** Two-dimensional coordinates of a grid of 0.1 degrees have 6.5 million values; of larger ones a sample says enough. */
const MAX_ELEMENTS = 4_000_000;

export function createCoordinateReader(options: CallOptions): CoordinateReader {
  const known = new Map<string, Promise<NumbersRead | undefined>>();
  const notes: string[] = [];
  const attempt = async (coordinate: PlacedVariable): Promise<NumbersRead | undefined> => {
    try {
      return await readNumbers(coordinate.variable, { ...options, maxElements: MAX_ELEMENTS });
    } catch (error) {
      // a damaged coordinate spoils its extent, not the whole description
      if (!isGatewayError(error)) throw error;
      notes.push(`${coordinate.path} could not be read: ${error.message}`);
      return undefined;
    }
  };
  return {
    notes,
    read(coordinate) {
      const reading = known.get(coordinate.path) ?? attempt(coordinate);
      known.set(coordinate.path, reading);
      return reading;
    },
  };
}
