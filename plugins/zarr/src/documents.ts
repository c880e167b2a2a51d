import { hash } from "node:crypto";
import {
  type DescribeVariable,
  type DocumentName,
  documentsV2,
  formatArrayV2,
  formatArrayV3,
  formatConsolidatedV2,
  formatGroupV3,
  GROUP_V2,
  type JsonObject,
  membersV3,
  type ZarrFormat,
} from "@zarr-gateway/codecs";
import { type Dataset, groupAt } from "@zarr-gateway/dataset";
import type { Resource } from "@zarr-gateway/http";
import { formatJson } from "@zarr-gateway/primitives";

/** A document that does not change while its dataset is open. */
export interface PublishedDocument {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

export function publishedDocument(content: JsonObject): PublishedDocument {
  const bytes = Buffer.from(formatJson(content));
  return { bytes, etag: hash("sha1", bytes, "base64url") };
}

export function documentResource({ bytes, etag }: PublishedDocument, cacheControl: string): Resource {
  return {
    contentType: "application/json",
    cacheControl,
    compressible: true,
    shareable: true,
    stat: () => ({ size: bytes.length, etag }),
    read: (range) => (range ? bytes.subarray(range.offset, range.offset + range.length) : bytes),
  };
}

/** The format that a document belongs to. */
export function formatOfDocument(name: DocumentName): ZarrFormat {
  return name === "zarr.json" ? "v3" : "v2";
}

/** A document of a group or array, every group consolidated; undefined where there is none of this name. */
export function formatDocument(
  root: Dataset,
  path: readonly string[],
  name: DocumentName,
  describe: DescribeVariable,
): JsonObject | undefined {
  const group = groupAt(root, path);
  return group ? groupDocument(group, name, describe) : arrayDocument(root, path, name, describe);
}

function groupDocument(
  group: Dataset,
  name: DocumentName,
  describe: DescribeVariable,
): JsonObject | undefined {
  switch (name) {
    case "zarr.json":
      return formatGroupV3(group.attrs, membersV3(group, describe));
    case ".zmetadata":
      return formatConsolidatedV2(documentsV2(group, describe));
    case ".zgroup":
      return GROUP_V2;
    case ".zattrs":
      return group.attrs;
    case ".zarray":
      return undefined;
  }
}

function arrayDocument(
  root: Dataset,
  path: readonly string[],
  name: DocumentName,
  describe: DescribeVariable,
): JsonObject | undefined {
  const variableName = path.at(-1) ?? "";
  const variable = groupAt(root, path.slice(0, -1))?.variables.get(variableName);
  const description = variable && describe(variable, variableName);
  if (!description) return undefined;
  switch (name) {
    case "zarr.json":
      return formatArrayV3(description);
    case ".zarray":
      return formatArrayV2(description).zarray;
    case ".zattrs":
      return formatArrayV2(description).zattrs;
    default:
      return undefined;
  }
}
