import { type ColourMap, colourMap, sampledColours } from "./colour-map.ts";
import { niceLevels } from "./nice-ticks.ts";

/** What a request says about colours; absent: chosen from the data. */
export interface ScaleWish {
  readonly cmap?: string;
  readonly vmin?: number;
  readonly vmax?: number;
  /** Leave out what lies beyond the 2nd and the 98th percentile. */
  readonly robust: boolean;
  /** Middle of a scale with two ends; false: never one. */
  readonly center?: number | false;
  /** Edges of classes, rising, or how many of them. */
  readonly levels?: number | readonly number[];
}

/** What of the data decides: the ends, and those of the middle 96 %. */
export interface DataRange {
  readonly low: number;
  readonly high: number;
  readonly robustLow: number;
  readonly robustHigh: number;
}

/** From values to colours. Plain data. */
export interface ColourScale {
  readonly cmap: string;
  readonly vmin: number;
  readonly vmax: number;
  /** Edges of classes, rising; absent where colours change steadily. */
  readonly levels?: readonly number[];
  /** Whether there is data below `vmin`, above `vmax`. */
  readonly extendsBelow: boolean;
  readonly extendsAbove: boolean;
}

/**
 * The scale that xarray's plots would choose: its rules for ends, middle and levels (`_determine_cmap_params`), but for
 * one: data that merely touches the other side of zero, such as sea temperatures in °C, has no middle, and a named map
 * has one only if it is made for it.
 */
export function chooseScale(wish: ScaleWish, range: DataRange): ColourScale {
  const ends = chosenEnds(wish, range);
  const cmap = wish.cmap ?? (ends.isDivergent ? "RdBu_r" : "viridis");
  const levels = chosenLevels(wish, ends);
  const [vmin, vmax] = [levels?.[0] ?? ends.vmin, levels?.at(-1) ?? ends.vmax];
  return {
    cmap,
    vmin,
    vmax,
    ...(levels && { levels }),
    extendsBelow: range.low < vmin,
    extendsAbove: range.high > vmax,
  };
}

interface Ends {
  readonly vmin: number;
  readonly vmax: number;
  readonly isDivergent: boolean;
}

/** Maps that have a middle. */
const DIVERGENT =
  /^(PiYG|PRGn|BrBG|PuOr|RdGy|RdBu|RdYlBu|RdYlGn|Spectral|coolwarm|bwr|seismic|berlin|managua|vanimo|(cmo\.)?(balance|delta|curl|diff|tarn|topo))(_r)?$/;
/** The shorter side of zero has to be this part of the longer one. */
const LEAST_SIDE = 0.2;

function chosenEnds({ vmin, vmax, robust, center, levels, cmap }: ScaleWish, range: DataRange): Ends {
  const middle = typeof center === "number" ? center : 0;
  const low = vmin ?? (robust ? range.robustLow : range.low);
  const high = vmax ?? (robust ? range.robustHigh : range.high);
  const hasMiddle = center !== undefined || cmap === undefined || DIVERGENT.test(cmap);
  const isPossible = center !== false && hasMiddle && !(vmin !== undefined && vmax !== undefined);
  const crossesZero = low < 0 && high > 0 && Math.min(-low, high) >= LEAST_SIDE * Math.max(-low, high);
  const levelsCross = Array.isArray(levels) && (levels[0] ?? 0) * (levels.at(-1) ?? 0) < 0;
  if (!isPossible || !(crossesZero || center !== undefined || levelsCross))
    return { vmin: low, vmax: high, isDivergent: false };
  const given = vmin ?? vmax;
  const reach =
    given === undefined
      ? Math.max(Math.abs(low - middle), Math.abs(high - middle))
      : Math.abs(given - middle);
  return { vmin: middle - reach, vmax: middle + reach, isDivergent: true };
}

function chosenLevels({ levels, vmin, vmax }: ScaleWish, ends: Ends): readonly number[] | undefined {
  if (levels === undefined) return undefined;
  if (typeof levels !== "number") return levels.length > 0 ? levels : undefined;
  const [low, high] = ends.vmin === ends.vmax ? [ends.vmin - 0.5, ends.vmax + 0.5] : [ends.vmin, ends.vmax];
  if (vmin === undefined && vmax === undefined) return niceLevels(low, high, levels - 1);
  return Array.from({ length: levels }, (_, at) => low + ((high - low) * at) / (levels - 1));
}

/** Colours as the words of an RGBA picture, and the one of a value. */
export interface Palette {
  /** Little-endian RGBA. */
  readonly colours: Uint32Array;
  /** Position in `colours`; −1 for what is missing. */
  indexOf(value: number): number;
}

/**
 * @throws RangeError for a colour map that does not exist: requests are checked before
 */
export function createPalette(scale: ColourScale): Palette {
  const map = colourMap(scale.cmap);
  if (map === undefined) throw new RangeError(`there is no colour map "${scale.cmap}"`);
  return scale.levels === undefined ? steadyPalette(map, scale) : classPalette(map, scale, scale.levels);
}

/** As matplotlib's Normalize and Colormap: equal parts, the upper end in the last. */
function steadyPalette(map: ColourMap, { vmin, vmax }: ColourScale): Palette {
  const last = map.size - 1;
  const factor = vmax > vmin ? map.size / (vmax - vmin) : 0;
  return {
    colours: words(map.rgb),
    indexOf: (value) => {
      if (Number.isNaN(value)) return -1;
      const index = Math.floor((value - vmin) * factor);
      return index > 0 ? Math.min(index, last) : 0;
    },
  };
}

/** One colour a class, and one more at each end that the data passes (xarray's `_build_discrete_cmap`). */
function classPalette(
  map: ColourMap,
  { extendsBelow, extendsAbove }: ColourScale,
  levels: readonly number[],
): Palette {
  const edges = Float64Array.from(levels);
  const classes = edges.length - 1;
  const count = Math.max(1, classes + Number(extendsBelow) + Number(extendsAbove));
  const first = Number(extendsBelow);
  return {
    colours: words(sampledColours(map, count)),
    indexOf: (value) => {
      if (Number.isNaN(value)) return -1;
      if (value < (edges[0] ?? 0)) return 0;
      if (value >= (edges[classes] ?? 0)) return count - 1;
      return first + positionIn(edges, value);
    },
  };
}

/** Of the last edge that is not above the value. */
function positionIn(edges: Float64Array, value: number): number {
  let low = 0;
  let high = edges.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((edges[middle] ?? 0) <= value) low = middle;
    else high = middle;
  }
  return low;
}

function words(rgb: Uint8Array): Uint32Array {
  const colours = new Uint32Array(rgb.length / 3);
  for (let at = 0; at < colours.length; at += 1) {
    const [red = 0, green = 0, blue = 0] = rgb.subarray(3 * at, 3 * at + 3);
    colours[at] = ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  }
  return colours;
}
