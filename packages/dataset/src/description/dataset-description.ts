import type { Attributes } from "../attributes.ts";
import type { CodecSpec } from "../chunk-source.ts";
import type { DataType } from "../data-type.ts";
import type { BoundingBox } from "./spatial-extent.ts";

/** What every catalog and page says about a dataset, in no dialect. Plain data: it can be kept as JSON. */
export interface DatasetDescription {
  readonly title?: string;
  /** Text of the source: ACDD `summary`, CF `comment`, … */
  readonly summary?: string;
  readonly license?: string;
  readonly keywords: readonly string[];
  readonly providers: readonly Provider[];
  readonly citation?: string;
  /** DOI without a resolver, `10.1234/abc`. */
  readonly doi?: string;
  /** RFC 3339, where the source says when it was made. */
  readonly created?: string;
  readonly space?: SpatialExtent;
  readonly time?: TemporalExtent;
  readonly dimensions: readonly DimensionDescription[];
  /** Of all groups, parents first. */
  readonly variables: readonly VariableDescription[];
  /** Bytes of all values before compression. */
  readonly bytes: number;
  /** Where the description says less than the dataset holds, and why. */
  readonly notes: readonly string[];
}

export interface Provider {
  readonly name: string;
  readonly url?: string;
  readonly roles: readonly ("producer" | "licensor" | "processor" | "host")[];
}

export interface SpatialExtent {
  readonly bbox: BoundingBox;
  readonly grid: "regular" | "rectilinear" | "curvilinear" | "unstructured" | "point";
  /** The grid mapping variable's attributes, where there is one (CF §5.6). */
  readonly gridMapping?: Attributes;
  /** Names of the longitude and latitude variables. */
  readonly longitude?: string;
  readonly latitude?: string;
}

export interface TemporalExtent {
  /** RFC 3339 in UTC. */
  readonly start: string;
  readonly end: string;
  readonly calendar: string;
  /** ISO 8601 duration, where the times are evenly spread. */
  readonly step?: string;
  /** Dates are of a calendar that ISO 8601 does not have: the nearest that exist. */
  readonly isApproximate: boolean;
  readonly variable: string;
  /** Of forecasts: `start` and `end` are times that they are for, from the first lead of the first to the last of the last. */
  readonly forecast?: ForecastExtent;
}

export interface ForecastExtent {
  /** Initial times, RFC 3339 in UTC. */
  readonly reference: {
    readonly variable: string;
    readonly first: string;
    readonly last: string;
    readonly count: number;
    /** ISO 8601 duration, where they are evenly spread. */
    readonly step?: string;
  };
  /** Times since the initial time, ISO 8601 durations. */
  readonly lead: {
    readonly variable: string;
    readonly first: string;
    readonly last: string;
    /** From the first to the last. */
    readonly span: string;
    readonly step?: string;
  };
}

export interface DimensionDescription {
  readonly name: string;
  readonly kind: "temporal" | "spatial" | "bands" | "additional";
  /** Of spatial dimensions. */
  readonly axis?: "x" | "y" | "z";
  readonly size: number;
  readonly unit?: string;
  readonly description?: string;
  /** Smallest and largest coordinate; text for times. */
  readonly extent?: readonly [number, number] | readonly [string, string];
  /** Of dimensions with few values. */
  readonly values?: readonly (number | string)[];
  readonly step?: number | string;
}

export interface VariableDescription {
  /** Path in the dataset, without a slash at the start: `tas`, `forecast/tas`. */
  readonly path: string;
  /** True for coordinates, and for what belongs to them: cell bounds, grid mappings. */
  readonly isCoordinate: boolean;
  readonly dims: readonly string[];
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly dtype: DataType;
  readonly codecs?: readonly CodecSpec[];
  readonly unit?: string;
  readonly standardName?: string;
  readonly longName?: string;
  readonly cellMethods?: string;
  readonly fill?: number;
  readonly bytes: number;
}
