import type { DescribedDataset, Pictures } from "@zarr-gateway/plugin";
import { roundedBox } from "./geometry.ts";
import { plainLine } from "./plain-text.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What an item says about pictures of its dataset. */
export interface PictureParts {
  readonly assets: Readonly<Record<string, Fields>>;
  /** `renders` of the render extension; undefined where nothing can be drawn. */
  readonly renders: Fields | undefined;
}

const PNG = "image/png";

/** @param url of the dataset, without a slash at the end */
export function pictureParts(
  described: DescribedDataset,
  pictures: Pictures | undefined,
  url: string,
): PictureParts {
  const thumbnail = pictures?.thumbnail(described);
  const main = pictures?.mainVariable(described);
  const picture = main === undefined ? undefined : pictures?.pictureOf(described, main);
  const page = main === undefined ? undefined : pictures?.pageOf(described, main);
  const name = plainLine(main ?? "", 100);
  return {
    assets: {
      ...(thumbnail !== undefined && {
        thumbnail: { href: `${url}/${thumbnail}`, type: PNG, title: "Thumbnail", roles: ["thumbnail"] },
      }),
      ...(picture !== undefined && {
        overview: {
          href: `${url}/${picture}${mapQuery(described)}`,
          type: PNG,
          title: `Picture of ${name}`,
          roles: ["overview"],
        },
      }),
      ...(page !== undefined && {
        plot: { href: `${url}/${page}`, type: "text/html", title: `Plots of ${name}`, roles: ["visual"] },
      }),
    },
    renders:
      picture === undefined || main === undefined
        ? undefined
        : { [main]: { title: name, assets: ["data"], variable: main } },
  };
}

/** Catalogs lay an overview over the item's box: the area of the map alone then, and just of that box. */
function mapQuery({ description: { space } }: DescribedDataset): string {
  if (space === undefined) return "";
  const [west, south, east, north] = roundedBox(space.bbox);
  if (west === east || south === north) return "";
  return `?projection=PlateCarree&decorations=false&bbox=${[west, south, east, north].join(",")}`;
}
