import type { DatasetSummary } from "@zarr-gateway/plugin";
import { plainLine } from "@zarr-gateway/primitives";
import { datasetUrl, type ListForm, type ListOptions } from "../catalog-texts.ts";

/** Written out, so that reading it needs no other origin. */
const CONTEXT = {
  dcat: "http://www.w3.org/ns/dcat#",
  dct: "http://purl.org/dc/terms/",
  foaf: "http://xmlns.com/foaf/0.1/",
  rdfs: "http://www.w3.org/2000/01/rdf-schema#",
  xsd: "http://www.w3.org/2001/XMLSchema#",
  geo: "http://www.opengis.net/ont/geosparql#",
};
const ZARR_MEDIA_TYPE = "https://www.iana.org/assignments/media-types/application/vnd.zarr";

/**
 * All datasets as a DCAT-AP 3 catalog in JSON-LD.
 * @see https://semiceu.github.io/DCAT-AP/releases/3.0.0/
 */
export const dcatCatalog: ListForm = {
  start: startOf,
  entry: (summary, options) => JSON.stringify(datasetOf(summary, options)),
  broken: ({ id, failure }, options) =>
    JSON.stringify({
      "@id": datasetUrl(options, id),
      "@type": "dcat:Dataset",
      "dct:identifier": id,
      "dct:title": plainLine(id),
      "dct:description": plainLine(`cannot be opened: ${failure}`, 1000),
    }),
  separator: ",\n",
  end: "]}",
};

function startOf(options: ListOptions): string {
  const { title, description, publisher, base } = options;
  const about = {
    "@context": CONTEXT,
    "@id": `${base}/`,
    "@type": "dcat:Catalog",
    "dct:title": plainLine(title),
    "dct:description": plainLine(description, 4000),
    "dct:publisher": {
      "@type": "foaf:Agent",
      "foaf:name": plainLine(publisher?.name ?? title),
      ...(publisher?.url !== undefined && { "foaf:homepage": { "@id": publisher.url } }),
    },
    "foaf:homepage": { "@id": `${base}/` },
  };
  return `${JSON.stringify(about).slice(0, -1)},"dcat:dataset":[`;
}

function datasetOf(summary: DatasetSummary, options: ListOptions): object {
  const { id, title, keywords = [], license, created, modified, bytes, version } = summary;
  const url = datasetUrl(options, id);
  const text = plainLine(title ?? id);
  return {
    "@id": url,
    "@type": "dcat:Dataset",
    "dct:identifier": id,
    "dct:title": text,
    "dct:description": descriptionOf(summary),
    "dcat:keyword": keywords.slice(0, 50).map((keyword) => plainLine(keyword)),
    "dcat:landingPage": { "@id": `${url}/` },
    "dct:issued": momentOf(created),
    "dct:modified": momentOf(modified),
    "dcat:version": version === undefined ? undefined : plainLine(version),
    "dct:spatial": placeOf(summary),
    "dct:temporal": periodOf(summary),
    "dcat:distribution": {
      "@id": `${url}.zarr`,
      "@type": "dcat:Distribution",
      "dct:title": "Zarr store",
      "dcat:accessURL": { "@id": `${url}.zarr` },
      "dcat:mediaType": { "@id": ZARR_MEDIA_TYPE },
      "dct:format": "Zarr",
      ...(license !== undefined && {
        "dct:license": { "@type": "dct:LicenseDocument", "rdfs:label": plainLine(license, 1000) },
      }),
      ...(bytes !== undefined && {
        "dcat:byteSize": { "@type": "xsd:nonNegativeInteger", "@value": String(Math.round(bytes)) },
      }),
    },
  };
}

function descriptionOf({ id, title, variables = [] }: DatasetSummary): string {
  const names = variables.slice(0, 50).join(", ");
  return plainLine(names === "" ? (title ?? id) : `${title ?? id} (variables: ${names})`, 2000);
}

function momentOf(text: string | undefined): object | undefined {
  return text === undefined ? undefined : { "@type": "xsd:dateTime", "@value": text };
}

function placeOf({ bbox }: DatasetSummary): object | undefined {
  if (bbox === undefined) return undefined;
  const [west, south, east, north] = bbox;
  const ring = (from: number, to: number): string =>
    `((${from} ${south}, ${to} ${south}, ${to} ${north}, ${from} ${north}, ${from} ${south}))`;
  // two halves where the box crosses the antimeridian
  const shape =
    west > east ? `MULTIPOLYGON(${ring(west, 180)}, ${ring(-180, east)})` : `POLYGON${ring(west, east)}`;
  return { "@type": "dct:Location", "dcat:bbox": { "@type": "geo:wktLiteral", "@value": shape } };
}

function periodOf({ start, end }: DatasetSummary): object | undefined {
  if (start === undefined || end === undefined || !isCommonEra(start)) return undefined;
  return { "@type": "dct:PeriodOfTime", "dcat:startDate": momentOf(start), "dcat:endDate": momentOf(end) };
}

/** Climatologies begin in the year 0, which readers of xsd:dateTime stumble over. */
function isCommonEra(moment: string): boolean {
  return /^\d{4}-/.test(moment) && !moment.startsWith("0000");
}
