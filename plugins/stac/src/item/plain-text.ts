/** Control characters, and those that turn the direction of text around or are not seen. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;
const SURROGATES = /\p{Cs}/gu;

/** One line of a source as it may stand in any document: nothing unseen, spaces once, not beyond a length. */
export function plainLine(text: string, maxLength = 300): string {
  const line = text
    .slice(0, 8 * maxLength)
    .replaceAll(/[\p{Zs}\p{Zl}\p{Zp}\t\r\n]+/gu, " ")
    .replaceAll(UNSEEN, "")
    .replaceAll(SURROGATES, "\ufffd")
    .trim();
  return shortened(line, maxLength);
}

/**
 * Text of a source as CommonMark that shows it: paragraphs stay, tags and entities are no markup. Readers that do not
 * know CommonMark still see almost what is written.
 */
export function plainMarkdown(text: string, maxLength = 4000): string {
  const lines = text.slice(0, 2 * maxLength).split(/\r\n|\r|\n/);
  const joined = lines.map((line) => plainLine(line, maxLength)).join("\n");
  const tidy = shortened(joined.replaceAll(/\n{3,}/g, "\n\n").trim(), maxLength);
  return tidy
    .replaceAll(/&(?=[#A-Za-z])/g, "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/(!?)\[([^\]\n]*)\]\(/g, "$1\\[$2](");
}

function shortened(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1).replace(/\p{Cs}$/u, "")}…`;
}
