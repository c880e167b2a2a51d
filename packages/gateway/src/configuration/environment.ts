/** Values of environment variables, given by the caller: nothing here reads `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** `${NAME}`, `${NAME:-default}`, and `$${` for a literal `${`. */
const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}\n]*))?\}/g;

/*
 * References are hidden from the YAML parser behind private-use characters of the same length: `{ port: ${PORT} }`
 * would not be YAML otherwise, and places in messages stay right.
 */
const MARK = "\uE000";
const PAD = "\uE001";
const FIRST_INDEX = 0xe100;
const MAX_REFERENCES = 0x1700; // to the end of the private-use area
const HIDDEN = /\uE000([\uE100-\uF7FF])\uE001*/g;

type Reference =
  | { readonly name: string; readonly fallback: string | undefined }
  | { readonly literal: string };

export interface HiddenReferences {
  readonly text: string;
  readonly references: readonly Reference[];
}

/** @throws RangeError when there are more references than can be told apart */
export function hideReferences(text: string): HiddenReferences {
  const references: Reference[] = [];
  const hidden = text.replace(REFERENCE, (whole, name: string | undefined, fallback: string | undefined) => {
    if (references.length === MAX_REFERENCES) throw new RangeError(`more than ${MAX_REFERENCES} references`);
    const index = String.fromCharCode(FIRST_INDEX + references.length);
    references.push(name === undefined ? { literal: "${" } : { name, fallback });
    return `${MARK}${index}`.padEnd(whole.length, PAD);
  });
  return { text: hidden, references };
}

export interface Substituted {
  readonly text: string;
  /** Variables without a value and without a default. */
  readonly missing: readonly string[];
  /** True where anything came from the environment, so that the text is never printed. */
  readonly isSubstituted: boolean;
}

/** Puts values where references were hidden. Empty counts as unset where there is a default, as in a shell's `:-`. */
export function fillReferences(
  text: string,
  references: readonly Reference[],
  environment: Environment,
): Substituted {
  const missing: string[] = [];
  let isSubstituted = false;
  const filled = text.replace(HIDDEN, (whole, index: string) => {
    const reference = references[index.charCodeAt(0) - FIRST_INDEX];
    if (reference === undefined) return whole;
    if ("literal" in reference) return reference.literal;
    isSubstituted = true;
    const { name, fallback } = reference;
    const value = environment[name];
    if (value !== undefined && (value !== "" || fallback === undefined)) return value;
    if (fallback === undefined) missing.push(name);
    return fallback ?? "";
  });
  return { text: filled, missing, isSubstituted };
}
