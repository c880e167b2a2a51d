import type { DatasetSummary } from "@zarr-gateway/plugin";
import { plainLine } from "@zarr-gateway/primitives";
import type { ListForm, ListOptions } from "../catalog-texts.ts";

/**
 * All datasets as a THREDDS client catalog (InvCatalog 1.0.1). The service `zarr` hands out stores; a file to download
 * is not there, so HTTPServer leads to the store's listing.
 * @see https://docs.unidata.ucar.edu/tds/current/userguide/client_catalog.html
 */
export const threddsCatalog: ListForm = {
  start: startOf,
  entry: datasetElement,
  // without a path there is nothing to open, and clients do not try
  broken: ({ id, failure }) =>
    `<dataset name="${text(id, 2500)}" ID="${text(id, 2500)}">\n<documentation type="summary">cannot be opened: ${text(failure, 1000)}</documentation>\n</dataset>\n`,
  end: "</dataset>\n</catalog>\n",
};

function startOf(options: ListOptions): string {
  const path = escapedXml(`${new URL(options.base).pathname.replace(/\/$/, "")}/datasets/`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<catalog xmlns="http://www.unidata.ucar.edu/namespaces/thredds/InvCatalog/v1.0" xmlns:xlink="http://www.w3.org/1999/xlink" name="${text(options.title)}" version="1.0.1">
<service name="all" serviceType="Compound" base="">
<service name="zarr" serviceType="Zarr" base="${path}"/>
<service name="http" serviceType="HTTPServer" base="${path}"/>
</service>
<dataset name="${text(options.title)}">
<metadata inherited="true"><serviceName>all</serviceName></metadata>
<documentation type="summary">${text(options.description, 4000)}</documentation>
`;
}

function datasetElement(summary: DatasetSummary): string {
  const { id, title, license, bytes, keywords = [], modified, variables = [] } = summary;
  const lines = [
    `<dataset name="${text(id, 2500)}" ID="${text(id, 2500)}" urlPath="${escapedXml(`${encodeURIComponent(id)}.zarr`)}">`,
    `<documentation type="summary">${text(title ?? id)}</documentation>`,
    license === undefined ? "" : `<documentation type="rights">${text(license, 1000)}</documentation>`,
    ...keywords.slice(0, 50).map((keyword) => `<keyword>${text(keyword)}</keyword>`),
    bytes === undefined ? "" : `<dataSize units="bytes">${Math.round(bytes)}</dataSize>`,
    modified === undefined ? "" : `<date type="modified">${escapedXml(modified)}</date>`,
    coverage(summary),
    period(summary),
    variables.length === 0
      ? ""
      : `<variables vocabulary="">${variables.slice(0, 200).map(variable).join("")}</variables>`,
    "</dataset>",
  ];
  return `${lines.filter((line) => line !== "").join("\n")}\n`;
}

function coverage({ bbox }: DatasetSummary): string {
  if (bbox === undefined) return "";
  const [west, south, east, north] = bbox;
  const size = west > east ? east + 360 - west : east - west;
  return `<geospatialCoverage><northsouth><start>${south}</start><size>${north - south}</size><units>degrees_north</units></northsouth><eastwest><start>${west}</start><size>${size}</size><units>degrees_east</units></eastwest></geospatialCoverage>`;
}

function period({ start, end }: DatasetSummary): string {
  if (start === undefined || end === undefined) return "";
  return `<timeCoverage><start>${escapedXml(start)}</start><end>${escapedXml(end)}</end></timeCoverage>`;
}

function variable(path: string): string {
  return `<variable name="${text(path)}" vocabulary_name=""/>`;
}

function text(value: string, maxLength?: number): string {
  return escapedXml(plainLine(value, maxLength));
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For text and attributes alike; characters that XML cannot hold were taken away by `plainLine`. */
function escapedXml(value: string): string {
  return value.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
