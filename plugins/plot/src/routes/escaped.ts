const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as a part of HTML; characters that nobody sees are left out. */
export function escaped(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}]/gu, "")
    .toWellFormed()
    .replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
