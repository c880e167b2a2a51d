import { yamlText } from "./yaml.ts";

/** Keys of a section, two deep, that begin with the same name: of a dataset's entries. */
export class EntryNames {
  /** In quotation marks that are still open. */
  readonly #start: string;
  constructor(name: string) {
    this.#start = yamlText(name).slice(0, -1);
  }

  /**
   * The key up to its colon; one that is too long for an implicit key is written out.
   * @see YAML 1.2.2 §8.2.2
   */
  key(suffix = ""): string {
    const name = `${this.#start}${isPlain(suffix) ? suffix : yamlText(suffix).slice(1, -1)}"`;
    return name.length < 1000 ? `  ${name}:` : `  ? ${name}\n  :`;
  }
}

function isPlain(suffix: string): boolean {
  return /^[\w./-]*$/.test(suffix);
}
