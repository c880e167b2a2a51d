import type { DescribedDataset, Pictures } from "@zarr-gateway/plugin";
import { type Html, html, shortened } from "./html.ts";

/** The small picture of a dataset, loaded when it comes into view; undefined where the server draws none. @param here from the page to `P/` */
export function picture(
  described: DescribedDataset,
  pictures: Pictures | undefined,
  here: string,
): Html | undefined {
  const address = pictures?.thumbnail(described);
  if (address === undefined) return undefined;
  const path = pictures?.mainVariable(described);
  const variable = described.description.variables.find((candidate) => candidate.path === path);
  const name = variable?.longName ?? variable?.standardName ?? path ?? "";
  return html`<img class="thumbnail" src="${here}${address}" alt="Picture of ${shortened(name, 100)}" width="320" height="160" loading="lazy" decoding="async">`;
}
