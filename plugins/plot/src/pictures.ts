import type { DescribedDataset, Pictures } from "@zarr-gateway/plugin";
import { colourMap, sampledColours } from "./colour/colour-map.ts";
import { isDrawable, mainVariable } from "./drawable.ts";

/** What the pictures of a dataset are called, from its description alone. */
export const PICTURES: Pictures = {
  thumbnail: ({ description }) => (mainVariable(description) === undefined ? undefined : "thumbnail.png"),
  mainVariable: ({ description }) => mainVariable(description)?.path,
  pictureOf: (described, variable) => addressOf(described, variable, ".png"),
  pageOf: (described, variable) => addressOf(described, variable, ""),
  colours: (name) => {
    const map = colourMap(name);
    return map && hexColours(sampledColours(map, Math.min(map.size, MAX_STOPS)));
  },
};

/** Between them colours are mixed. */
const MAX_STOPS = 64;

function hexColours(rgb: Uint8Array): string {
  return Array.from({ length: rgb.length / 3 }, (_, at) =>
    Buffer.from(rgb.subarray(3 * at, 3 * at + 3)).toString("hex"),
  ).join(" ");
}

function addressOf({ description }: DescribedDataset, path: string, suffix: string): string | undefined {
  const variable = description.variables.find((candidate) => candidate.path === path);
  if (variable === undefined || !isDrawable(variable)) return undefined;
  return `plot/${path.split("/").map(encodeURIComponent).join("/")}${suffix}`;
}
