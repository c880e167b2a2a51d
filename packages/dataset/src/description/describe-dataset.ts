import type { CallOptions } from "@zarr-gateway/primitives";
import { elementCount } from "../chunk-grid.ts";
import { bytesPerElement } from "../data-type.ts";
import type { Dataset } from "../dataset.ts";
import { collectVariables, type PlacedVariable } from "./collect-variables.ts";
import { type CoordinateReader, createCoordinateReader } from "./coordinate-reader.ts";
import type { DatasetDescription, VariableDescription } from "./dataset-description.ts";
import { describeDimensions } from "./describe-dimensions.ts";
import { describeSpace } from "./describe-space.ts";
import { describeTime } from "./describe-time.ts";
import { describeTexts } from "./text-attributes.ts";

/**
 * What catalogs and pages say about a dataset. Reads coordinates only, each once and none beyond a bound; what cannot be
 * read is left out, and `notes` say so.
 */
export async function describeDataset(
  dataset: Dataset,
  options: CallOptions = {},
): Promise<DatasetDescription> {
  const variables = collectVariables(dataset);
  const reader: CoordinateReader = createCoordinateReader(options);
  const time = await describeTime(variables, reader);
  const space = await describeSpace(variables, dataset.attrs, reader);
  const dimensions = await describeDimensions(variables, reader);
  const described = variables.map(describeVariable);
  return {
    ...describeTexts(dataset.attrs),
    ...(space && { space }),
    ...(time && { time }),
    dimensions,
    variables: described,
    bytes: described.reduce((sum, { bytes }) => sum + bytes, 0),
    notes: reader.notes,
  };
}

function describeVariable({ path, isCoordinate, dims, variable }: PlacedVariable): VariableDescription {
  const { source, attrs } = variable;
  const text = (name: string): string | undefined => {
    const value = attrs[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const unit = text("units");
  const standardName = text("standard_name");
  const longName = text("long_name");
  const cellMethods = text("cell_methods");
  const fill = attrs["_FillValue"];
  const isNumber = (typeof fill === "number" && Number.isFinite(fill)) || typeof fill === "bigint";
  return {
    path,
    isCoordinate,
    dims,
    shape: source.grid.shape,
    chunkShape: source.grid.chunkShape,
    dtype: source.dtype,
    ...(source.stored && { codecs: source.stored.codecs }),
    ...(unit !== undefined && { unit }),
    ...(standardName !== undefined && { standardName }),
    ...(longName !== undefined && { longName }),
    ...(cellMethods !== undefined && { cellMethods }),
    ...(isNumber && { fill: Number(fill) }),
    bytes: elementCount(source.grid.shape) * (bytesPerElement(source.dtype) ?? 0),
  };
}
