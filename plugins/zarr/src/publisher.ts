import { hash, randomUUID } from "node:crypto";
import {
  type ChunkCoder,
  chunkIndexOf,
  type DescribeVariable,
  type DocumentName,
  documentsV2,
  type JsonObject,
  membersV3,
  readersOfV2,
  type ZarrFormat,
} from "@zarr-gateway/codecs";
import {
  type ChunkIndex,
  type CodecSpec,
  type Dataset,
  groupAt,
  isInsideGrid,
  type Variable,
} from "@zarr-gateway/dataset";
import type { Resource } from "@zarr-gateway/http";
import type { ByteCache } from "@zarr-gateway/primitives";
import type { ChunkServices, PublishedStore } from "./chunk-request.ts";
import { chunkResource } from "./chunk-resource.ts";
import { formatDocument, formatOfDocument, type PublishedDocument, publishedDocument } from "./documents.ts";
import { HotChunks } from "./hot-chunks.ts";
import { type Publication, planPublication } from "./publication.ts";
import { ShardSizes } from "./shard-sizes.ts";

export interface PublisherOptions {
  readonly cache: ByteCache;
  readonly coder: ChunkCoder;
  /** Where the dataset names none. */
  readonly compressor: CodecSpec;
}

/** All that is published of one open dataset. Documents and chunks derive from the same encoding of each variable. */
export interface DatasetPublication {
  readonly cacheControl: string;
  /** undefined: no such document. */
  document(path: readonly string[], name: DocumentName): PublishedDocument | undefined;
  /** undefined: no such variable, or outside its grid. */
  chunk(
    format: ZarrFormat,
    path: readonly string[],
    index: ChunkIndex,
    datasetId: string,
  ): Resource | undefined;
  describe(format: ZarrFormat): DescribeVariable;
  /**
   * What every reader can open, for a hierarchy with other datasets. v3: `zarr.json` of all below the root by path.
   * v2: all documents by key.
   */
  members(format: ZarrFormat): ReadonlyMap<string, JsonObject>;
}

export interface Publisher {
  /** Made once for each open dataset, and let go with it. */
  publication(dataset: Dataset): DatasetPublication;
}

export function createPublisher(options: PublisherOptions): Publisher {
  const publications = new WeakMap<Dataset, DatasetPublication>();
  const services = { ...options, hotChunks: new HotChunks(options.cache), shardSizes: new ShardSizes() };
  return {
    publication(dataset) {
      const known = publications.get(dataset);
      if (known) return known;
      const made = publishDataset(dataset, services);
      publications.set(dataset, made);
      return made;
    },
  };
}

function publishDataset(root: Dataset, services: PublisherOptions & ChunkServices): DatasetPublication {
  const { version, immutable: isImmutable = false } = root;
  const cacheControl = isImmutable ? "public, max-age=31536000, immutable" : "no-cache";
  const cacheVersion = version ?? randomUUID();
  const coversChunks = version !== undefined && (isImmutable || root.versionCoversChunks === true);
  const openedAt = Date.now();
  const changedAt = isImmutable ? 0 : (root.modifiedAt ?? openedAt);
  const store: PublishedStore = {
    version,
    cacheVersion,
    isImmutable,
    coversChunks,
    changedAt,
    cacheControl,
    openedAt,
  };
  const plans = createPlans(root.compressor ?? services.compressor);
  const documents = new Map<string, PublishedDocument>();
  return {
    cacheControl,
    document(path, name) {
      const key = [...path, name].join("/");
      const known = documents.get(key);
      if (known) return known;
      const content = formatDocument(root, path, name, plans.describe(formatOfDocument(name)));
      if (content === undefined) return undefined;
      const made = publishedDocument(content);
      documents.set(key, made);
      return made;
    },
    chunk(format, path, asked, datasetId) {
      const name = path.at(-1) ?? "";
      const variable = groupAt(root, path.slice(0, -1))?.variables.get(name);
      if (!variable) return undefined;
      const plan = plans.plan(variable, name, format);
      if (!plan) return undefined;
      const { publication, tag } = plan;
      const { grid } = publication.description.encoding;
      const index = chunkIndexOf(asked, format, grid.shape.length);
      if (!isInsideGrid(grid, index)) return undefined;
      const scope = `${datasetId}/${path.join("/")} ${tag}`;
      return chunkResource({ publication, index, scope, store }, services);
    },
    describe: plans.describe,
    members: (format) =>
      format === "v3" ? membersV3(root, plans.describe("v3")) : documentsV2(root, forEveryReader(plans)),
  };
}

/** Without a codec's package zarr-python refuses the whole document of version 2, in version 3 only the array. */
function forEveryReader(plans: Plans): DescribeVariable {
  const describe = plans.describe("v2");
  return (variable, name) => {
    const description = describe(variable, name);
    return description && readersOfV2(description.encoding) === "every" ? description : undefined;
  };
}

interface Plan {
  readonly publication: Publication;
  /** Changes with the encoding. */
  readonly tag: string;
}

interface Plans {
  /** undefined: not published in this format. */
  plan(variable: Variable, name: string, format: ZarrFormat): Plan | undefined;
  describe(format: ZarrFormat): DescribeVariable;
}

/** The decisions for the variables of one dataset, each made once. */
function createPlans(compressor: CodecSpec): Plans {
  const known = { v3: new Map<Variable, Plan | undefined>(), v2: new Map<Variable, Plan | undefined>() };
  const plan: Plans["plan"] = (variable, name, format) => {
    if (known[format].has(variable)) return known[format].get(variable);
    const publication = planPublication(variable, name, format, compressor);
    const made = publication && { publication, tag: encodingTag(publication) };
    known[format].set(variable, made);
    return made;
  };
  return {
    plan,
    describe: (format) => (variable, name) => plan(variable, name, format)?.publication.description,
  };
}

function encodingTag({ format, description, absentFill }: Publication): string {
  const { grid, codecs, dtype } = description.encoding;
  const fill = absentFill instanceof Uint8Array ? [...absentFill.subarray(0, 64)] : String(absentFill);
  return hash("sha1", JSON.stringify([format, dtype, grid, codecs, fill]), "base64url").slice(0, 12);
}
