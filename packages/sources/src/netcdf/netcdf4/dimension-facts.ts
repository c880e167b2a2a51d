import type { CallOptions } from "@zarr-gateway/primitives";
import {
  elementsOf,
  type GlobalHeap,
  type Hdf5Attribute,
  type Hdf5Dataset,
  type Hdf5File,
} from "../hdf5/index.ts";
import { attributeValue } from "./attribute-values.ts";

/** What a dataset says about dimensions. */
export interface DimensionFacts {
  /** It is a dimension scale: it makes a dimension of its name. */
  readonly isScale: boolean;
  /** A dimension of netCDF without a variable. */
  readonly isOnlyDimension: boolean;
  /** netCDF's number of the dimension that the scale makes. */
  readonly dimensionId: number | undefined;
  /** Numbers of its dimensions, where netCDF wrote them down. */
  readonly coordinateIds: readonly number[] | undefined;
  /** Addresses of the scales attached to each dimension, undefined where none is; absent where no dimension has one. */
  readonly scales: readonly (number | undefined)[] | undefined;
}

/** How netCDF marks a dimension that has no variable of its name. */
const WITHOUT_VARIABLE = "This is a netCDF dimension but not a netCDF variable";

export async function readDimensionFacts(
  dataset: Hdf5Dataset,
  context: { readonly file: Hdf5File; readonly heap: GlobalHeap },
  options: CallOptions = {},
): Promise<DimensionFacts> {
  const { attributes, space } = dataset;
  const find = (name: string) => attributes.find((attribute) => attribute.name === name);
  const value = (name: string) => {
    const attribute = find(name);
    return attribute && attributeValue(attribute, context.heap, options);
  };
  const isScale = space.shape.length > 0 && (await value("CLASS")) === "DIMENSION_SCALE";
  const name = isScale ? await value("NAME") : undefined;
  const [dimensionId] = integers(await value("_Netcdf4Dimid"));
  const coordinateIds = integers(await value("_Netcdf4Coordinates"));
  const list = find("DIMENSION_LIST");
  return {
    isScale,
    isOnlyDimension: typeof name === "string" && name.startsWith(WITHOUT_VARIABLE),
    dimensionId,
    coordinateIds:
      coordinateIds.length === space.shape.length && coordinateIds.length > 0 ? coordinateIds : undefined,
    scales: list && !isScale ? await attachedScales(list, context, options) : undefined,
  };
}

function integers(value: unknown): number[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((item) => typeof item === "bigint").map(Number);
}

/** `DIMENSION_LIST`: for each dimension a list of references to scales, of which netCDF takes the last. */
async function attachedScales(
  attribute: Hdf5Attribute,
  { file, heap }: { readonly file: Hdf5File; readonly heap: GlobalHeap },
  options: CallOptions,
): Promise<(number | undefined)[] | undefined> {
  const { type, space, data } = attribute;
  if (type.kind !== "variable-list" || type.base.kind !== "reference") return undefined;
  const referenceBytes = type.base.size;
  const cursor = file.parse(data);
  const scales: (number | undefined)[] = [];
  for (let i = 0; i < elementsOf(space); i += 1) {
    const reference = { count: cursor.u32(), address: cursor.address(), index: cursor.u32() };
    const bytes = await heap.bytes(reference, referenceBytes, options);
    scales.push(
      bytes.length === 0 ? undefined : file.parse(bytes.subarray(bytes.length - referenceBytes)).address(),
    );
  }
  return scales.some((scale) => scale !== undefined) ? scales : undefined;
}
