import type { Attributes, AttributeValue } from "../attributes.ts";
import type { DatasetDescription, Provider } from "./dataset-description.ts";

/** What the texts of a dataset say about it: ACDD 1.3, CF §2.6.2 and the global attributes of CMIP. */
export function describeTexts(
  attrs: Attributes,
): Pick<
  DatasetDescription,
  "title" | "summary" | "license" | "keywords" | "providers" | "citation" | "doi" | "created"
> {
  const text = (...names: readonly string[]): string | undefined => firstText(attrs, names);
  const title = text("title", "name");
  const summary = text("summary", "description", "abstract", "comment");
  const license = text("license", "licence", "rights");
  const citation = text("citation", "reference", "references");
  const doi = doiIn(text("doi", "id", "further_info_url", "citation", "references") ?? "");
  const created = dateTime(text("date_created", "creation_date"));
  return {
    ...(title && { title }),
    ...(summary && { summary }),
    ...(license && { license }),
    ...(citation && { citation }),
    ...(doi && { doi }),
    ...(created && { created }),
    keywords: keywordsOf(attrs),
    providers: providersOf(attrs),
  };
}

function firstText(attrs: Attributes, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = attrs[name];
    if (typeof value === "string" && value.trim() !== "") return value.trim();
  }
  return undefined;
}

/** Listed keywords, else the facets of a CMIP or CORDEX file. */
function keywordsOf(attrs: Attributes): string[] {
  const listed = attrs["keywords"];
  const words = typeof listed === "string" ? listed.split(/[,;>]/) : textsOf(listed);
  const facets = [
    "project_id",
    "mip_era",
    "activity_id",
    "institution_id",
    "source_id",
    "model_id",
    "experiment_id",
    "frequency",
  ];
  const found = words.length > 0 ? words : facets.flatMap((name) => textsOf(attrs[name]));
  return [...new Set(found.map((word) => word.trim()).filter((word) => word !== ""))].slice(0, 50);
}

function providersOf(attrs: Attributes): Provider[] {
  const producer = firstText(attrs, [
    "institution",
    "creator_institution",
    "institute_id",
    "institution_id",
    "creator_name",
    "Originating_centre",
  ]);
  const publisher = firstText(attrs, ["publisher_name", "publisher_institution"]);
  const producerUrl = webAddress(firstText(attrs, ["creator_url"]));
  const publisherUrl = webAddress(firstText(attrs, ["publisher_url"]));
  return [
    ...(producer
      ? [{ name: producer, roles: ["producer"] as const, ...(producerUrl && { url: producerUrl }) }]
      : []),
    ...(publisher && publisher !== producer
      ? [{ name: publisher, roles: ["licensor"] as const, ...(publisherUrl && { url: publisherUrl }) }]
      : []),
  ];
}

function textsOf(value: AttributeValue | undefined): string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function webAddress(text: string | undefined): string | undefined {
  const url = text === undefined ? null : URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) ? url.href : undefined;
}

/** A bracket at the end belongs to it where it was opened inside: `10.1175/1520-0493(1992)`. */
function doiIn(text: string): string | undefined {
  let doi = /\b10\.\d{4,9}\/[-._;()/:A-Za-z0-9]*[A-Za-z0-9)]/.exec(text)?.[0];
  while (doi?.endsWith(")") && doi.split(")").length > doi.split("(").length)
    doi = doi.slice(0, -1).replace(/[-._;/:(]+$/, "");
  return doi;
}

/** RFC 3339 of what is written as a date, with a zone; undefined for other words. */
function dateTime(text: string | undefined): string | undefined {
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(
      text ?? "",
    );
  if (!match) return undefined;
  const [, date = "", time = "00:00:00", zone = "Z"] = match;
  const moment = new Date(`${date}T${time}${zone.toUpperCase()}`);
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString().replace(".000Z", "Z");
}
