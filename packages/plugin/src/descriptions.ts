import type {
  Attributes,
  BoundingBox,
  Dataset,
  DatasetDescription,
  RepositoryState,
} from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { Service } from "./plugin.ts";

/** One dataset as catalogs and pages speak of it. Plain data. */
export interface DescribedDataset {
  readonly id: string;
  readonly version?: string;
  readonly format?: string;
  /** True where the version is pinned for good. */
  readonly immutable: boolean;
  /** True where `P/kerchunk` and `P/references.json` have something to give. */
  readonly hasStoredChunks: boolean;
  /** True where `P/versions` lists a history. */
  readonly hasHistory: boolean;
  /** Of a dataset that is a state of a repository and nothing more. */
  readonly repository?: RepositoryState;
  /** RFC 3339: when the source changed last, where its store tells. */
  readonly modified?: string;
  /** Global attributes as stored. */
  readonly attrs: Attributes;
  readonly description: DatasetDescription;
}

/** The line of a list: cheap enough for thousands. */
export interface DatasetSummary {
  readonly id: string;
  /** Why it cannot be opened; absent where it can. */
  readonly failure?: string;
  readonly version?: string;
  readonly format?: string;
  readonly title?: string;
  readonly bbox?: BoundingBox;
  /** RFC 3339. */
  readonly start?: string;
  readonly end?: string;
  readonly bytes?: number;
  /** Paths of data variables, without coordinates. */
  readonly variables?: readonly string[];
  readonly keywords?: readonly string[];
  readonly license?: string;
  readonly grid?: string;
  readonly step?: string;
  readonly hasStoredChunks?: boolean;
  /** RFC 3339, as in the description. */
  readonly created?: string;
  /** As of `DescribedDataset`. */
  readonly modified?: string;
  /** Short global attributes with plain names, to search and group by: `source_id`, `frequency`, … */
  readonly facets?: Readonly<Record<string, string | number>>;
}

/** What is known of all datasets, kept by version so that none is described twice. */
export interface Descriptions {
  /** Of a dataset that is open; from memory where this version was described before. */
  of(id: string, dataset: Dataset, options?: CallOptions): Promise<DescribedDataset>;
  /** Of the version that a summary is of, without opening anything; undefined where it was not kept. */
  kept(summary: DatasetSummary): DescribedDataset | undefined;
  /**
   * Every dataset that is served, in the order of the ids; those that fail to open come with the reason. What is not
   * known yet is opened for it, a few at a time; what was known long ago is looked at again beside the answer.
   */
  summaries(options?: CallOptions): AsyncIterable<DatasetSummary>;
  /**
   * The same for long lists, up to 256 at a time. A batch of which nothing changed is the same array as the last time:
   * what was written of it holds still.
   */
  batches(options?: CallOptions): AsyncIterable<readonly DatasetSummary[]>;
}

/** Provided by the built-in plugin `descriptions`. */
export const DescriptionsService: Service<Descriptions> = { id: "descriptions" };
