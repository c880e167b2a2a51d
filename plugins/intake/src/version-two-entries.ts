import { EntryNames } from "./entry-names.ts";
import type { Method } from "./methods.ts";
import { yamlText } from "./yaml.ts";

const READER = 'reader: "intake.readers.readers:XArrayDatasetReader"';
const OUTPUT = 'output_instance: "xarray:Dataset", user_parameters: {}';

/**
 * Readers of one dataset in a version 2 catalog, one a method; what is known of the dataset stands with the first.
 * Written from pieces, as those of version 1.
 * @param metadata YAML in flow style
 */
export function readerEntries(id: string, methods: readonly Method[], metadata: string): string {
  const names = new EntryNames(id);
  const data = yamlText(`{data(${id}.`).slice(0, -1); // open at its end
  let text = "";
  let about = metadata;
  for (const method of methods) {
    text += `${names.key(`.${method}`)} {${READER}, kwargs: {data: ${data}${method}.data)}", consolidated: true}, metadata: ${about}, ${OUTPUT}}\n`;
    about = "{}";
  }
  return text;
}

/** Where the readers read; entries and data lie in one name space. */
export function dataEntries(id: string, methods: readonly Method[], url: string): string {
  const names = new EntryNames(id);
  const address = yamlText(`${url}/`).slice(0, -1);
  let text = "";
  for (const method of methods)
    text += `${names.key(`.${method}.data`)} {datatype: "intake.readers.datatypes:Zarr", kwargs: {url: ${address}${method}"}, metadata: {}, user_parameters: {}}\n`;
  return text;
}

/** Names that a person types; the id alone is the first method's. */
export function aliasEntries(id: string, methods: readonly Method[]): string {
  const names = new EntryNames(id);
  const name = yamlText(id).slice(0, -1);
  let text = `${names.key()} ${name}.${methods[0] ?? "zarr"}"\n`;
  for (const method of methods) text += `${names.key(`.${method}`)} ${name}.${method}"\n`;
  return text;
}
