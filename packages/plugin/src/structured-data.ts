import { plainLine } from "@zarr-gateway/primitives";
import type { DescribedDataset } from "./descriptions.ts";

/** JSON of any shape; what is undefined is left out when it is written. */
export type JsonLd = { readonly [key: string]: unknown };

const MAX_TEXT = 5000;
const MAX_VARIABLES = 500;
const SEMANTIC_VERSION = /^\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/;

/** Croissant 1.0 wants these names to be explained; a context that is written out needs no other origin. */
const CONTEXT: JsonLd = {
  "@language": "en",
  "@vocab": "https://schema.org/",
  citeAs: "cr:citeAs",
  column: "cr:column",
  conformsTo: "dct:conformsTo",
  cr: "http://mlcommons.org/croissant/",
  rai: "http://mlcommons.org/croissant/RAI/",
  data: { "@id": "cr:data", "@type": "@json" },
  dataType: { "@id": "cr:dataType", "@type": "@vocab" },
  dct: "http://purl.org/dc/terms/",
  equivalentProperty: "cr:equivalentProperty",
  samplingRate: "cr:samplingRate",
  examples: { "@id": "cr:examples", "@type": "@json" },
  extract: "cr:extract",
  field: "cr:field",
  fileProperty: "cr:fileProperty",
  fileObject: "cr:fileObject",
  fileSet: "cr:fileSet",
  format: "cr:format",
  includes: "cr:includes",
  isLiveDataset: "cr:isLiveDataset",
  jsonPath: "cr:jsonPath",
  key: "cr:key",
  md5: "cr:md5",
  parentField: "cr:parentField",
  path: "cr:path",
  recordSet: "cr:recordSet",
  references: "cr:references",
  regex: "cr:regex",
  repeated: "cr:repeated",
  replace: "cr:replace",
  sc: "https://schema.org/",
  separator: "cr:separator",
  source: "cr:source",
  subField: "cr:subField",
  transform: "cr:transform",
};

/**
 * A dataset as schema.org and Croissant 1.0 describe it, for `P/croissant.json` and inside pages.
 * @param url of the dataset without a slash at the end, `http://host/datasets/air`
 * @see https://docs.mlcommons.org/croissant/docs/croissant-spec.html
 */
export function structuredData(described: DescribedDataset, url: string): JsonLd {
  const { id, description, version, modified } = described;
  const { title, summary, license, keywords, citation, doi, created, providers, time } = description;
  const name = plainLine(title ?? id);
  const organizations = (role: string): JsonLd[] | undefined => {
    const found = providers.filter(({ roles }) => roles.some((own) => own === role));
    if (found.length === 0) return undefined;
    return found.map((provider) => ({
      "@type": "Organization",
      name: plainLine(provider.name),
      url: provider.url,
    }));
  };
  return {
    "@context": CONTEXT,
    "@type": "Dataset",
    "@id": url,
    conformsTo: "http://mlcommons.org/croissant/1.0",
    name,
    alternateName: id,
    description: plainLine(summary ?? title ?? id, MAX_TEXT),
    url: `${url}/`,
    // other versions are tokens that say nothing to a reader, and Croissant wants numbers
    version: version !== undefined && SEMANTIC_VERSION.test(version) ? version : undefined,
    license: license === undefined ? undefined : plainLine(license, MAX_TEXT),
    keywords: keywords.length === 0 ? undefined : keywords.map((keyword) => plainLine(keyword)),
    citeAs: citation === undefined ? undefined : plainLine(citation, MAX_TEXT),
    sameAs: doi === undefined ? undefined : `https://doi.org/${encodeURI(doi)}`,
    dateCreated: created,
    datePublished: created,
    dateModified: modified,
    creator: organizations("producer"),
    publisher: organizations("host") ?? organizations("producer"),
    // the gateway follows its sources: there is no digest to promise
    isLiveDataset: true,
    isAccessibleForFree: true,
    spatialCoverage: placeOf(described),
    temporalCoverage: time && `${time.start}/${time.end}`,
    variableMeasured: variablesOf(described),
    distribution: [
      {
        "@type": "cr:FileObject",
        "@id": "zarr",
        name: "zarr",
        description: "Zarr v3 store",
        contentUrl: `${url}.zarr`,
        encodingFormat: "application/vnd.zarr",
      },
    ],
  };
}

/** As JSON that may stand in a `<script type="application/ld+json">`: no text can close it. */
export function formatInlineJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}

/** A box is south, west, north, east here, in one text; across the antimeridian it has two. */
function placeOf({ description: { space } }: DescribedDataset): JsonLd | undefined {
  if (space === undefined) return undefined;
  const [west, south, east, north] = space.bbox;
  const box = (from: number, to: number): JsonLd => ({
    "@type": "GeoShape",
    box: `${south} ${from} ${north} ${to}`,
  });
  const boxes = west > east ? [box(west, 180), box(-180, east)] : [box(west, east)];
  return { "@type": "Place", geo: boxes.length === 1 ? boxes[0] : boxes };
}

function variablesOf({ description }: DescribedDataset): JsonLd[] {
  const measured = description.variables.filter(({ isCoordinate }) => !isCoordinate);
  return measured.slice(0, MAX_VARIABLES).map(({ path, longName, standardName, unit }) => ({
    "@type": "PropertyValue",
    name: plainLine(path),
    description: longName === undefined ? undefined : plainLine(longName),
    propertyID: standardName === undefined ? undefined : plainLine(standardName),
    unitText: unit === undefined ? undefined : plainLine(unit),
  }));
}
