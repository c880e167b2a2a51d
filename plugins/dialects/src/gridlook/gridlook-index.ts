import type { DescribedDataset } from "@zarr-gateway/plugin";
import { plainLine } from "@zarr-gateway/primitives";

/** Shown first where the dataset has one of them, as on eerie.cloud. */
const FAVOURITES = ["uas", "si", "tas", "10ws", "ws"];
const MAX_VARIABLES = 500;

/**
 * What Gridlook opens instead of a store: which variables there are, and where their grid and times lie.
 * @param base without a slash at the end
 */
export function gridlookIndex({ id, description }: DescribedDataset, base: string): object | undefined {
  const place = { store: `${base}/datasets/`, dataset: `${encodeURIComponent(id)}/zarr` };
  const drawn = description.variables.filter(
    ({ isCoordinate, path, dims }) => !isCoordinate && !path.includes("/") && dims.length > 0,
  );
  const [first] = drawn;
  if (first === undefined) return undefined;
  const favourite = FAVOURITES.find((name) => drawn.some(({ path }) => path === name));
  return {
    name: plainLine(description.title ?? id),
    default_var: favourite ?? first.path,
    levels: [
      {
        name: plainLine(description.title ?? id),
        time: place,
        grid: place,
        datasources: Object.fromEntries(drawn.slice(0, MAX_VARIABLES).map(({ path }) => [path, place])),
      },
    ],
  };
}
