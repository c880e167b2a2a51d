import { GatewayError } from "@zarr-gateway/primitives";
import type { ModelPackage } from "../model-package.ts";
import { type AxisTiling, axisTiling, type Blend } from "./axis-tiling.ts";
import type { LaidModel } from "./laid-on-dataset.ts";

/** Cells of a tile by axis of the package; an axis that is not named is not cut. */
export interface TileOptions {
  readonly lengths: Readonly<Record<string, number>>;
  readonly overlap: number;
  readonly blend: Blend;
}

/** @throws GatewayError invalid_request for axes that there are not, and tiles that are all overlap */
export function mapTiles({ model, axes }: LaidModel, { lengths, overlap, blend }: TileOptions): AxisTiling[] {
  checkTiles(model, { lengths, overlap });
  return model.grid.map(({ name, labels }, number) => {
    const tile = Object.hasOwn(lengths, name) ? lengths[name] : undefined;
    return axisTiling({
      length: labels.length,
      tile: tile ?? labels.length,
      overlap: tile === undefined ? 0 : overlap,
      blend,
      isCircular: tile !== undefined && axes[number]?.isCircular === true,
      scale: model.map?.scale[number] ?? 1,
    });
  });
}

/** What of `tile` can be told without the dataset. */
export function checkTiles(
  { grid }: Pick<ModelPackage, "grid">,
  { lengths, overlap }: Pick<TileOptions, "lengths" | "overlap">,
): void {
  const names = grid.map(({ name }) => name);
  for (const [name, length] of Object.entries(lengths)) {
    if (!names.includes(name))
      throw new GatewayError("invalid_request", `tile.${name}: the model has the axes ${names.join(", ")}`);
    if (length <= overlap)
      throw new GatewayError(
        "invalid_request",
        `tile.${name}: expected more than the overlap of ${overlap}; got ${length}`,
      );
  }
}

/** The package as a session runs it: on a grid of the size of one tile. */
export function tileModel(model: ModelPackage, axes: readonly AxisTiling[]): ModelPackage {
  const grid = model.grid.map(({ name }, number) => ({
    name,
    labels: Array.from({ length: axes[number]?.tile ?? 0 }, (_, cell) => cell),
  }));
  return { ...model, grid };
}
