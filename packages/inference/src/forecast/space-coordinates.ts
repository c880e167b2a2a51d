import { constantSource } from "@zarr-gateway/compute";
import type { Attributes, Variable } from "@zarr-gateway/dataset";
import type { GridAxis, ModelPackage } from "../model-package.ts";

/** Levels and grid, with the labels of the model. */
export function spaceCoordinates(
  { grid, levels, vertical }: Pick<ModelPackage, "grid" | "levels" | "vertical">,
  /** Attributes of the analysis's coordinates, by the names of the model's. */
  gridAttrs: Readonly<Record<string, Attributes>>,
): Variable[] {
  const { units, standardName, positive } = vertical;
  const verticalAttrs = { standard_name: standardName, units, positive, axis: "Z" };
  return [
    ...Object.entries(levels).map(([name, labels]) => numberCoordinate(name, labels, verticalAttrs)),
    ...grid.map((axis) =>
      numberCoordinate(
        axis.name,
        axis.labels,
        { ...attributesByName(axis), ...gridAttrs[axis.name] },
        "float64",
      ),
    ),
  ];
}

/** `member`, from 0, the control. */
export function memberCoordinate(count: number): Variable {
  const attrs = { standard_name: "realization", long_name: "ensemble member, 0 is the control" };
  return numberCoordinate(
    "member",
    Array.from({ length: count }, (_, member) => member),
    attrs,
  );
}

/** Of axes that are called so; nothing of others. */
function attributesByName({ name, labels }: GridAxis): Attributes {
  const isLatitude = /^lat(itude)?$/i.test(name) && labels.every((label) => Math.abs(label) <= 90);
  if (isLatitude)
    return { standard_name: "latitude", long_name: "latitude", units: "degrees_north", axis: "Y" };
  if (/^lon(gitude)?$/i.test(name)) {
    return { standard_name: "longitude", long_name: "longitude", units: "degrees_east", axis: "X" };
  }
  return {};
}

function numberCoordinate(
  name: string,
  labels: readonly number[],
  attrs: Attributes,
  wanted?: "float64",
): Variable {
  const isWhole = wanted === undefined && labels.every(Number.isSafeInteger);
  const values = isWhole ? BigInt64Array.from(labels, BigInt) : Float64Array.from(labels);
  const dtype = isWhole ? "int64" : "float64";
  return {
    name,
    dims: [name],
    attrs: isWhole ? attrs : { ...attrs, _FillValue: Number.NaN },
    source: constantSource({ dtype, fill: isWhole ? null : Number.NaN, shape: [labels.length], values }),
  };
}
