// For tests: catalogs as the objects that their YAML has to stand for, and summaries that try to break out of it.
import type { DatasetSummary } from "@zarr-gateway/plugin";
import fc from "fast-check";
import type { CatalogOptions } from "../catalogs.ts";
import { inertText } from "../inert-text.ts";
import { encodedPath, groupsOf, type Method, methodsOf } from "../methods.ts";

const SIGNS = [
  ..."\"'\\{}[]:,#&*!|>%@`?-<=~/$. \n\r\t\u0000\u0007\u001b\u0085\u00a0\u00ad\u2028\u2029\u200b\u202e\ufeff\ufffe\ud83d\u00e9",
  "{{",
  "{%",
  "{#",
  "data(",
  "env(",
  "yes",
  "null",
  "0x1",
  "1e3",
  "2001-01-01",
  "---",
  "\n...",
  ": ",
  " #",
  "😀",
  "مرحبا",
];
const text = fc
  .array(fc.oneof(fc.constantFrom(...SIGNS), fc.string({ maxLength: 8, unit: "binary" })), { maxLength: 12 })
  .map((parts) => parts.join(""));
const id = fc
  .oneof(
    text,
    fc.string({ minLength: 1, maxLength: 20 }),
    text.map((part) => part.repeat(60)),
  )
  .map((value) => `d${value.toWellFormed()}`.slice(0, 2500).toWellFormed());
const number = fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => value + 0);

/** Summaries with different ids, some of datasets that do not open. */
export const hostileSummaries: fc.Arbitrary<DatasetSummary[]> = fc.uniqueArray(
  fc.oneof(
    { weight: 1, arbitrary: fc.record({ id, failure: text }) },
    {
      weight: 4,
      arbitrary: fc.record(
        {
          id,
          title: text,
          license: text,
          // written as they are, halves of characters apart
          start: text.map((value) => value.toWellFormed()),
          end: text.map((value) => value.toWellFormed()),
          bbox: fc.tuple(number, number, number, number),
          variables: fc.array(text, { maxLength: 4 }),
          hasStoredChunks: fc.boolean(),
        },
        { requiredKeys: ["id"] },
      ),
    },
  ),
  { maxLength: 5, selector: ({ id }) => inertText(id, 4000) },
);

type Plain = Record<string, unknown>;

/** `/intake.yaml`. */
export function expectedFlat(summaries: readonly DatasetSummary[], options: CatalogOptions): Plain {
  const sources: Plain = {};
  for (const summary of openedOf(summaries)) {
    const name = inertText(summary.id, 4000);
    const url = urlOf(summary, options);
    const methods = methodsOf(summary, options);
    const source = (path: string): Plain => ({
      driver: "zarr",
      description: inertText(summary.title ?? ""),
      args: { consolidated: true, urlpath: `${url}/${path}` },
    });
    const withParameter = (path: string): Plain => ({
      ...source(`{{ method }}${path}`),
      parameters: {
        method: {
          description: "how the server hands the data out",
          type: "str",
          default: methods[0],
          allowed: methods,
        },
      },
      metadata: metadataOf(summary),
    });
    sources[name] = withParameter("");
    for (const method of methods) sources[`${name}.${method}`] = source(method);
    for (const group of groupsOf(summary.variables ?? [], 20))
      sources[`${name}/${inertText(group)}`] = withParameter(`/${encodedPath(group)}`);
  }
  return { name: "zarr-gateway", sources, metadata: aboutOf(summaries, options) };
}

/** `/intake2.yaml`. */
export function expectedVersionTwo(summaries: readonly DatasetSummary[], options: CatalogOptions): Plain {
  const [entries, data, aliases]: [Plain, Plain, Plain] = [{}, {}, {}];
  for (const summary of openedOf(summaries)) {
    const { id } = summary;
    const methods: readonly Method[] = methodsOf(summary, options);
    aliases[id] = `${id}.${methods[0] ?? ""}`;
    for (const [position, method] of methods.entries()) {
      const name = `${id}.${method}`;
      const about = { description: inertText(summary.title ?? ""), ...metadataOf(summary) };
      aliases[name] = name;
      entries[name] = {
        reader: "intake.readers.readers:XArrayDatasetReader",
        kwargs: { data: `{data(${name}.data)}`, consolidated: true },
        metadata: position === 0 ? about : {},
        output_instance: "xarray:Dataset",
        user_parameters: {},
      };
      data[`${name}.data`] = {
        datatype: "intake.readers.datatypes:Zarr",
        kwargs: { url: `${urlOf(summary, options)}/${method}` },
        metadata: {},
        user_parameters: {},
      };
    }
  }
  const metadata = aboutOf(summaries, options);
  return { version: 2, user_parameters: {}, entries, data, aliases, metadata };
}

function openedOf(summaries: readonly DatasetSummary[]): DatasetSummary[] {
  return summaries.filter(({ failure }) => failure === undefined);
}

function urlOf({ id }: DatasetSummary, { base }: CatalogOptions): string {
  return `${base}/datasets/${encodeURIComponent(id)}`;
}

function metadataOf({ bbox, start, end, variables, license }: DatasetSummary): Plain {
  return {
    ...(bbox && { bbox: [...bbox] }),
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
    ...(variables && { variables: variables.map((path) => inertText(path)) }),
    ...(license !== undefined && { license: inertText(license) }),
  };
}

function aboutOf(summaries: readonly DatasetSummary[], { accessUrl }: CatalogOptions): Plain {
  const failures = summaries.flatMap(({ id, failure }) =>
    failure === undefined ? [] : [[id, inertText(failure)] as const],
  );
  return {
    source: "Served via `zarr-gateway`",
    access_url: accessUrl,
    ...(failures.length > 0 && { unavailable: Object.fromEntries(failures) }),
  };
}
