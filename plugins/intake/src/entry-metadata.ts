import type { DatasetSummary, DescribedDataset } from "@zarr-gateway/plugin";
import { inertText } from "./inert-text.ts";
import { type YamlValue, yamlNumber, yamlText } from "./yaml.ts";

export type EntryMetadata = { readonly [key: string]: YamlValue | undefined };

const MAX_VARIABLES = 30;
const MAX_KEYWORDS = 20;

/** What the list of all datasets says beside the address, in flow style: little, as there may be thousands. */
export function summaryMetadata(
  { bbox, start, end, variables, license }: DatasetSummary,
  description?: string,
): string {
  const members: string[] = [];
  if (description !== undefined) members.push(`description: ${yamlText(description)}`);
  if (bbox) members.push(`bbox: [${bbox.map(yamlNumber).join(", ")}]`);
  if (start !== undefined) members.push(`start: ${yamlText(start)}`);
  if (end !== undefined) members.push(`end: ${yamlText(end)}`);
  if (variables) {
    const names = variables.slice(0, MAX_VARIABLES).map((path) => yamlText(inertText(path)));
    members.push(`variables: [${names.join(", ")}]`);
  }
  if (license !== undefined) members.push(`license: ${yamlText(inertText(license))}`);
  return `{${members.join(", ")}}`;
}

export function describedMetadata({
  description,
  version,
  format,
  modified,
}: DescribedDataset): EntryMetadata {
  const { title, summary, license, keywords, citation, doi, space, time, bytes, variables, providers } =
    description;
  const text = (value: string | undefined, length?: number): string | undefined =>
    value === undefined ? undefined : inertText(value, length);
  return {
    title: text(title),
    summary: text(summary, 2000),
    license: text(license, 1000),
    keywords: keywords.slice(0, MAX_KEYWORDS).map((keyword) => inertText(keyword)),
    providers: providers.map(({ name }) => inertText(name)),
    citation: text(citation, 1000),
    doi: text(doi),
    bbox: space?.bbox,
    start: time?.start,
    end: time?.end,
    calendar: time?.calendar,
    variables: Object.fromEntries(
      variables
        .filter(({ isCoordinate }) => !isCoordinate)
        .slice(0, 10 * MAX_VARIABLES)
        .map(({ path, longName, standardName, unit }) => [
          inertText(path),
          { name: text(longName), standard_name: text(standardName), unit: text(unit) },
        ]),
    ),
    bytes,
    version: text(version),
    format,
    modified,
  };
}
