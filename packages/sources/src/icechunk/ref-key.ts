/** What Rust's object_store crate, through which Icechunk writes folders, Azure and Google, never leaves in a name. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
const REPLACED = /[\u0000-\u001f\u007f-\uffff\\{}^%`[\]">~<#|*?]+/g;

/** A branch or tag of version 1 of the format, as a store names it. */
export interface Ref {
  readonly kind: "branch" | "tag";
  readonly name: string;
  /** Key of the JSON file that names its snapshot. */
  readonly key: string;
}

/** Where the file of a ref may be: object stores have the name itself or, through the crate, with percent signs. */
export function refsNamed(kind: "branch" | "tag", name: string): Ref[] {
  const encoded = encodedName(name);
  const written = encoded === name ? [name] : [encoded, name];
  return written.map((text) => ({ kind, name, key: refKey(kind, text) }));
}

/** The ref whose folder in `refs/` has this name; undefined for any other folder. */
export function refOfFolder(folder: string): Ref | undefined {
  const [, kind, written] = /^(branch|tag)\.(.+)\/$/s.exec(folder) ?? [];
  if ((kind !== "branch" && kind !== "tag") || written === undefined) return undefined;
  return { kind, name: decodedName(written), key: refKey(kind, written) };
}

/** The branch that every repository has. */
export const MAIN_KEY = refKey("branch", "main");

function refKey(kind: "branch" | "tag", written: string): string {
  return `refs/${kind}.${written}/ref.json`;
}

function encodedName(name: string): string {
  const escapeByte = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  return name.replace(REPLACED, (text) => [...Buffer.from(text)].map(escapeByte).join(""));
}

/** A name that the crate would not have written so is meant as it is. */
function decodedName(written: string): string {
  try {
    const name = decodeURIComponent(written);
    return encodedName(name) === written ? name : written;
  } catch {
    return written; // a percent sign that begins no byte, or bytes that are no text
  }
}
