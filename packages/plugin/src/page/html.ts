/** Text that is HTML already; everything else is escaped when it is put into a page. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | bigint | undefined | readonly Part[];

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function render(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(render).join("");
  return visible(String(part)).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** Characters that no reader sees, but that turn, hide or end what stands beside them, as their numbers. */
export function visible(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for; tab and line feed stay
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => (character === "\r" ? " " : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
}

/** The beginning of a text, and that there is more; attributes of a megabyte exist. */
export function shortened(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength).toWellFormed()}… (${text.length} characters)`;
}

/** Template tag: escapes what is put in, unless it is Html itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, literal, i) => text + render(parts[i - 1]) + literal));
}

/** A name with places to break the line at, after the signs that part its words. */
export function breakable(name: string): Html {
  return html`${name.split(/(?<=[._/@,-])/).map((part, position) => (position === 0 ? part : html`<wbr>${part}`))}`;
}
