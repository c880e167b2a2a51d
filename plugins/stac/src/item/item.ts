import { type DatasetDescription, type Geometry, geometryOf, type Provider } from "@zarr-gateway/dataset";
import type { DescribedDataset, Models, Origins, Pictures } from "@zarr-gateway/plugin";
import type { CatalogOptions } from "../options.ts";
import { datacubeFields } from "./datacube.ts";
import { validDateTime } from "./date-time.ts";
import { EXTENSIONS, STAC_VERSION } from "./extensions.ts";
import { forecastFields } from "./forecast-fields.ts";
import { roundedBox } from "./geometry.ts";
import { type CatalogContext, datasetUrl, itemAssets } from "./item-assets.ts";
import { licenseOf } from "./license.ts";
import { modelParts } from "./model-fields.ts";
import { pictureParts } from "./picture-assets.ts";
import { plainLine, plainMarkdown } from "./plain-text.ts";
import { type ReferenceSystem, referenceSystemOf } from "./reference-system.ts";
import { searchableFacets } from "./searchable-facets.ts";
import { sourceParts } from "./source-assets.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface Link {
  readonly rel: string;
  readonly href: string;
  readonly type?: string | undefined;
  readonly title?: string | undefined;
  readonly [field: string]: unknown;
}

/** A STAC 1.1 item. */
export interface Item {
  readonly type: "Feature";
  readonly stac_version: string;
  readonly stac_extensions: readonly string[];
  readonly id: string;
  readonly collection: string;
  readonly geometry: Geometry | null;
  readonly bbox?: readonly number[];
  readonly properties: Fields;
  readonly links: readonly Link[];
  readonly assets: Readonly<Record<string, Fields>>;
  readonly "storage:schemes"?: Fields;
}

/** The collection that an item says it is in. */
export interface ItemPlace {
  readonly collection: string;
  /** Short global attributes by which it is searched. */
  readonly facets: Readonly<Record<string, string | number>>;
}

/** What other plugins know of datasets, where they are loaded. */
export interface ItemServices {
  readonly origins?: Origins | undefined;
  readonly pictures?: Pictures | undefined;
  readonly models?: Models | undefined;
}

/** Says that nothing is known of the time: STAC wants one. */
const NO_TIME = "1970-01-01T00:00:00Z";

/** The STAC item of a dataset. Valid with every extension that it names, whatever the dataset's attributes are. */
export function stacItem(
  described: DescribedDataset,
  place: ItemPlace,
  options: ItemServices & { readonly catalog: CatalogOptions; readonly context: CatalogContext },
): Item {
  const { catalog, context } = options;
  const { id, description } = described;
  const system = referenceSystemOf(description);
  const { data, ...others } = itemAssets({ ...described, hasTexts: hasTexts(description) }, context);
  const parameters = data === undefined ? [] : cfParameters(description);
  const science = scientificFields(description);
  const forecast = forecastFields(description);
  const source = sourceParts(described, options.origins, catalog.source);
  const pictures = pictureParts(described, options.pictures, datasetUrl(context, id));
  const model = modelParts(options.models?.of(id), datasetUrl(context, id));
  const schemes = Object.keys(source.schemes).length > 0 && { "storage:schemes": source.schemes };
  const box = description.space && roundedBox(description.space.bbox);
  return {
    type: "Feature",
    stac_version: STAC_VERSION,
    stac_extensions: [
      EXTENSIONS.datacube,
      ...(context.has("zarr") ? [EXTENSIONS.zarr, EXTENSIONS.xarray] : []),
      ...(system ? [EXTENSIONS.projection] : []),
      ...(forecast["forecast:reference_datetime"] === undefined ? [] : [EXTENSIONS.forecast]),
      ...(parameters.length > 0 ? [EXTENSIONS.cf] : []),
      ...model.extensions,
      ...(science["sci:doi"] !== undefined || science["sci:citation"] !== undefined
        ? [EXTENSIONS.scientific]
        : []),
      ...(described.hasHistory && !source.extensions.includes(EXTENSIONS.version)
        ? [EXTENSIONS.version]
        : []),
      ...(pictures.renders ? [EXTENSIONS.render] : []),
      ...source.extensions,
    ],
    id,
    collection: place.collection,
    geometry: box ? geometryOf(box) : null,
    ...(box && { bbox: box }),
    properties: {
      ...searchableFacets(place.facets),
      ...textFields(described, catalog),
      ...timeFields(described),
      ...forecast,
      ...model.fields,
      ...science,
      ...(system && projectionFields(system)),
      ...(described.hasHistory && described.version !== undefined && { version: described.version }),
      ...summaryFields(described),
      ...datacubeFields(description, system),
      ...(pictures.renders && { renders: pictures.renders }),
      ...schemes,
    },
    // where the extension had it once, and xpystac 0.5 still looks for it
    ...schemes,
    links: itemLinks(described, place.collection, context),
    // the extension wants parameters at the asset that has them
    assets: {
      ...(data && { data: { ...data, ...(parameters.length > 0 && { "cf:parameter": parameters }) } }),
      ...others,
      ...model.assets,
      ...source.assets,
      ...pictures.assets,
    },
  };
}

function textFields({ id, description }: DescribedDataset, catalog: CatalogOptions): Fields {
  const { title, summary, keywords, license, providers } = description;
  const shownTitle = plainLine(title ?? "");
  const shownSummary = plainMarkdown(summary ?? "");
  const words = keywords.map((word) => plainLine(word, 100)).filter((word) => word !== "");
  const all = [...providers.map(providerField), ...catalog.providers].filter(({ name }) => name !== "");
  return {
    title: shownTitle === "" ? id : shownTitle,
    ...(shownSummary !== "" && { description: shownSummary }),
    ...(words.length > 0 && { keywords: [...new Set(words)] }),
    license: licenseOf(license) ?? catalog.license,
    ...(all.length > 0 && { providers: all }),
  };
}

function providerField({ name, url, roles }: Provider): { readonly name: string } {
  return {
    name: plainLine(name, 200),
    ...(url !== undefined && { url }),
    ...(roles.length > 0 && { roles }),
  };
}

function timeFields({ description, modified }: DescribedDataset): Fields {
  const { time, created } = description;
  const stamps = {
    ...(created !== undefined && { created: validDateTime(created) }),
    ...(modified !== undefined && { updated: validDateTime(modified) }),
  };
  if (time === undefined) return { datetime: validDateTime(created ?? modified ?? NO_TIME), ...stamps };
  const start = validDateTime(time.start);
  const end = validDateTime(time.end);
  const moment = start === end ? start : null;
  return { datetime: moment, start_datetime: start, end_datetime: end, ...stamps };
}

/** Digital object identifier and citation, of the scientific extension. */
function scientificFields({ doi, citation }: DatasetDescription): Fields {
  const text = plainLine(citation ?? "", 2000);
  const isDoi = doi !== undefined && /^10\.[0-9a-zA-Z]{4,}\/[^\s]+$/.test(doi);
  return { ...(isDoi && { "sci:doi": doi }), ...(text !== "" && { "sci:citation": text }) };
}

function hasTexts({ variables }: DatasetDescription): boolean {
  return variables.some(({ dtype }) => dtype === "string");
}

function projectionFields(system: ReferenceSystem): Fields {
  return "code" in system ? { "proj:code": system.code } : { "proj:code": null, "proj:wkt2": system.wkt2 };
}

/** Standard names of the data variables with their units, each once. */
function cfParameters({ variables }: DatasetDescription): Fields[] {
  const parameters = new Map<string, Fields>();
  for (const { isCoordinate, standardName, unit } of variables) {
    const name = plainLine(standardName ?? "", 200);
    if (isCoordinate || name === "" || parameters.has(name)) continue;
    parameters.set(name, { name, ...(unit !== undefined && { unit: plainLine(unit, 100) }) });
  }
  return [...parameters.values()].slice(0, 200);
}

/** What tables and searches show: `variables` as cloudify names it. */
function summaryFields({ format, description }: DescribedDataset): Fields {
  const names = description.variables.filter(({ isCoordinate }) => !isCoordinate).map(({ path }) => path);
  return {
    ...(names.length > 0 && { variables: names.slice(0, 2000) }),
    ...(description.space && { grid: description.space.grid }),
    ...(format !== undefined && { format }),
    bytes: description.bytes,
  };
}

function itemLinks(described: DescribedDataset, collection: string, context: CatalogContext): Link[] {
  const url = datasetUrl(context, described.id);
  const parent = `${context.base}/stac/collections/${encodeURIComponent(collection)}`;
  const { doi } = described.description;
  return [
    { rel: "self", href: `${url}/stac`, type: "application/geo+json" },
    { rel: "root", href: `${context.base}/stac`, type: "application/json" },
    { rel: "parent", href: parent, type: "application/json" },
    { rel: "collection", href: parent, type: "application/json" },
    ...(context.has("zarr")
      ? [
          {
            rel: "store",
            href: `${url}.zarr`,
            type: "application/vnd.zarr; version=3",
            title: "Root of the store",
          },
        ]
      : []),
    ...(context.has("pages")
      ? [{ rel: "alternate", href: `${url}/`, type: "text/html", title: "Page of the dataset" }]
      : []),
    ...(described.hasHistory && context.has("info")
      ? [{ rel: "version-history", href: `${url}/versions`, type: "application/json" }]
      : []),
    ...(doi !== undefined && /^10\.[0-9a-zA-Z]{4,}\/[^\s]+$/.test(doi)
      ? [{ rel: "cite-as", href: `https://doi.org/${encodeURI(doi)}` }]
      : []),
  ];
}
