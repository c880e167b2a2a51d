import { plainLine } from "@zarr-gateway/primitives";

/** Words of plain letters, digits and a few signs: nothing in them could be run, replaced or unseen. */
const HARMLESS = /^(?:[\w.,:;/+%&#'*<>=!?-]+(?: [\w.,:;/+%&#'*<>=!?-]+)*)?$/;

/**
 * Text of a dataset that Intake shows as it is. Intake 1 runs what stands between `{{` and `}}` or `{%` and `%}` of a
 * catalog, shell commands included; Intake 2 replaces a text that begins with `data(`.
 */
export function inertText(text: string, maxLength = 300): string {
  if (text.length <= maxLength && HARMLESS.test(text)) return text;
  const line = plainLine(text, maxLength).replaceAll(/\{(?=[{%#])/g, "{ ");
  return /^\{?\s*(?:data|env|import|func|pickle64)\s*\(/.test(line) ? `“${line}”` : line;
}
