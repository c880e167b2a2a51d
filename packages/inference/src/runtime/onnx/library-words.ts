import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf, plainLine } from "@zarr-gateway/primitives";

const MAX_LENGTH = 500;
/** Where in the library's own source: `/onnxruntime_src/onnxruntime/core/…/x.cc:136 void ns::f(…)::<lambda()> `. */
const SOURCE_PLACE = /\/onnxruntime_src\/\S+:\d+ (?:[^\n]*?::<lambda\([^)]*\)> )?/g;

/** What the library says of a failure, on one line, with names of files and not where they lie. */
export function libraryWords(error: unknown, file?: string): string {
  const text = messageOf(error).replaceAll(SOURCE_PLACE, "");
  const folders = file === undefined ? [] : foldersOf(file);
  return plainLine(
    folders.reduce((words, folder) => words.replaceAll(`${folder}/`, ""), text),
    MAX_LENGTH,
  );
}

/** As it is named, and without links: the library says either. */
function foldersOf(file: string): string[] {
  const folder = dirname(file);
  try {
    return [folder, realpathSync(folder), dirname(realpathSync(file))];
  } catch {
    return [folder]; // no such folder: nothing of it can be in the message but its name
  }
}
