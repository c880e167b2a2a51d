const SPACES = /[\p{Zs}\p{Zl}\p{Zp}\t\r\n]+/gu;
/** Control characters, and those that turn the direction of text around or are not seen. */
const UNSEEN = /[\p{Cc}\p{Cf}]+/gu;
/** Halves of characters, and code points that are none: XML cannot hold them. */
const NO_CHARACTER = /[\p{Cs}\ufffe\uffff]/gu;

/** Visible ASCII with single spaces between: what nearly every text is. */
const PLAIN = /^(?:[!-~]+(?: [!-~]+)*)?$/;

/** One line of a source's text as it may stand in any document: nothing unseen, spaces once, not beyond a length. */
export function plainLine(text: string, maxLength = 300): string {
  if (text.length <= maxLength && PLAIN.test(text)) return text;
  const line = text
    .slice(0, 8 * maxLength)
    .replaceAll(SPACES, " ")
    .replaceAll(UNSEEN, "")
    .replaceAll(NO_CHARACTER, "\ufffd")
    .trim();
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1).replace(/\p{Cs}$/u, "")}…`;
}
