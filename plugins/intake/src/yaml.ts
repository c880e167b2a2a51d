/** What a catalog is made of. */
export type YamlValue =
  | string
  | number
  | boolean
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue | undefined };

/** Not printable in YAML, or a line break in its version 1.1, which PyYAML reads. */
const NOT_PRINTABLE = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|\p{Cf}/gu;

const ASCII = /^[ -~]*$/;
/** Without quotation mark and backslash: nothing is to be escaped. */
const UNESCAPED = /^[ !#-[\]-~]*$/;
const PLAIN_KEY = /^[A-Za-z][A-Za-z_]{0,63}$/;
const NOT_A_KEY = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/**
 * One line in flow style that YAML 1.1 and 1.2 read alike: every text is quoted, so that none is taken for a number,
 * a date or a sign of YAML.
 * @see YAML 1.2.2 §7.3.1, §7.4
 */
export function flowYaml(value: YamlValue): string {
  if (typeof value === "string") return yamlText(value);
  if (typeof value === "number") return yamlNumber(value);
  if (typeof value === "boolean") return String(value);
  if (isList(value)) return `[${value.map(flowYaml).join(", ")}]`;
  const members = Object.entries(value).flatMap(([key, member]) =>
    member === undefined ? [] : [`${flowKey(key)}: ${flowYaml(member)}`],
  );
  return `{${members.join(", ")}}`;
}

/** `key: value` at an indentation, as a line; a key that is too long for an implicit one is written out (§8.2.2). */
export function yamlLine(indent: number, key: string, value?: YamlValue): string {
  const spaces = " ".repeat(indent);
  const name = formatKey(key);
  const start = name.length < 1000 ? `${spaces}${name}:` : `${spaces}? ${name}\n${spaces}:`;
  return value === undefined ? `${start}\n` : `${start} ${flowYaml(value)}\n`;
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

/** A text in quotation marks: it stays one whatever is in it. */
export function yamlText(text: string): string {
  // most texts are
  if (UNESCAPED.test(text)) return `"${text}"`;
  if (ASCII.test(text)) return JSON.stringify(text);
  return JSON.stringify(text.toWellFormed()).replace(NOT_PRINTABLE, escaped);
}

/** Plain words stay plain, but for those that YAML 1.1 takes for a boolean or nothing. */
function formatKey(key: string): string {
  return PLAIN_KEY.test(key) && !NOT_A_KEY.test(key) ? key : yamlText(key);
}

/** In flow style too, only a short key is implicit: PyYAML reads no longer one. */
function flowKey(key: string): string {
  const name = formatKey(key);
  return name.length < 1000 ? name : `? ${name} `;
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff
    ? `\\U${code.toString(16).padStart(8, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** YAML 1.1 takes an exponent for a number only after a point. */
export function yamlNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? ".nan" : value > 0 ? ".inf" : "-.inf";
  const text = String(value);
  return text.includes("e") && !text.includes(".") ? text.replace("e", ".0e") : text;
}
