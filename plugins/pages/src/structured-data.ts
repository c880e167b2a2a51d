import type { DescribedDataset } from "@zarr-gateway/plugin";
import { Html, shortened } from "./html.ts";

const MAX_TEXT = 5000;

/** schema.org/Dataset for search engines: data in the page, which no browser runs. */
export function structuredData(described: DescribedDataset, url: string): Html {
  const { id, description, modified } = described;
  const { title, summary, keywords, license, created, space, time, variables, providers, doi } = description;
  const name = shortened(title ?? id, MAX_TEXT);
  const data = {
    "@context": "https://schema.org/",
    "@type": "Dataset",
    name,
    // search engines take no description shorter than 50 characters
    description: shortened(summary ?? `${name}: ${variables.length} variables, readable as Zarr.`, MAX_TEXT),
    url: `${url}/`,
    identifier: doi === undefined ? url : `https://doi.org/${doi}`,
    keywords: keywords.slice(0, 50),
    license: license === undefined ? undefined : shortened(license, MAX_TEXT),
    dateCreated: created,
    dateModified: modified,
    creator: providers.map((provider) => ({
      "@type": "Organization",
      name: shortened(provider.name, 500),
      url: provider.url,
    })),
    temporalCoverage: time && `${time.start}/${time.end}`,
    spatialCoverage: space && {
      "@type": "Place",
      geo: {
        "@type": "GeoShape",
        box: `${space.bbox[1]} ${space.bbox[0]} ${space.bbox[3]} ${space.bbox[2]}`,
      },
    },
    variableMeasured: variables
      .filter(({ isCoordinate }) => !isCoordinate)
      .slice(0, 100)
      .map((variable) => ({
        "@type": "PropertyValue",
        name: variable.path,
        description: variable.longName && shortened(variable.longName, 500),
        unitText: variable.unit && shortened(variable.unit, 100),
      })),
    distribution: [
      { "@type": "DataDownload", encodingFormat: "application/vnd.zarr", contentUrl: `${url}.zarr` },
    ],
  };
  // nothing in it can end the element: HTML knows no escapes in a script, JSON has them
  const text = JSON.stringify(data).replace(
    /[<>&\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return new Html(`<script type="application/ld+json">${text}</script>\n`);
}
