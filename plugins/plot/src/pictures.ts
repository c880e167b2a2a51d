import type { DescribedDataset, Pictures } from "@zarr-gateway/plugin";
import { isDrawable, mainVariable } from "./drawable.ts";

/** What the pictures of a dataset are called, from its description alone. */
export const PICTURES: Pictures = {
  thumbnail: ({ description }) => (mainVariable(description) === undefined ? undefined : "thumbnail.png"),
  mainVariable: ({ description }) => mainVariable(description)?.path,
  pictureOf: (described, variable) => addressOf(described, variable, ".png"),
  pageOf: (described, variable) => addressOf(described, variable, ""),
};

function addressOf({ description }: DescribedDataset, path: string, suffix: string): string | undefined {
  const variable = description.variables.find((candidate) => candidate.path === path);
  if (variable === undefined || !isDrawable(variable)) return undefined;
  return `plot/${path.split("/").map(encodeURIComponent).join("/")}${suffix}`;
}
