/** True where a path holds `*`, `?`, `[…]` or `{…}`. */
export function isGlob(path: string): boolean {
  return /[*?[{]/.test(path);
}

/** The folder above the first part with a wildcard, and the pattern below it. */
export function splitGlob(path: string): { readonly base: string; readonly match: string } {
  const parts = path.split("/");
  const first = parts.findIndex(isGlob);
  if (first === -1) return { base: path, match: "" };
  return { base: parts.slice(0, first).join("/") || "/", match: parts.slice(first).join("/") };
}

/**
 * A test for "/"-separated paths: `*` and `?` within one part, `**` for any number of parts, `[a-z]`, `[!a-z]`,
 * `{a,b}`. Compiled once, because a folder may hold many files.
 */
export function compileGlob(pattern: string): (path: string) => boolean {
  const expression = new RegExp(`^${translate(pattern.replace(/^\.\//, ""))}$`, "u");
  return (path) => expression.test(path);
}

/**
 * A test for folders: false where nothing at or below the folder can fit the pattern, so that it need not be looked
 * into. A folder that fits may itself be the dataset.
 */
export function compileFolderGlob(pattern: string): (folder: string) => boolean {
  const parts = pattern.replace(/^\.\//, "").split("/");
  const isOpenEnded = parts.findIndex((part) => part.includes("**"));
  // a "/" within braces makes parts that mean nothing alone
  if (parts.some((part) => part.split("{").length !== part.split("}").length)) return () => true;
  const known = isOpenEnded === -1 ? parts : parts.slice(0, isOpenEnded);
  const tests = known.map(compileGlob);
  return (folder) => {
    const names = folder.split("/");
    if (isOpenEnded === -1 && names.length > tests.length) return false;
    return names.every((name, depth) => tests[depth]?.(name) ?? true);
  };
}

function translate(pattern: string): string {
  let depth = 0;
  return (
    pattern.replaceAll(/\*\*\/|\*\*|\*|\?|\[!?[^\]/]+\]|[{},]|[^*?[{},]+|./gu, (token) => {
      switch (token) {
        case "**/":
          return "(?:[^/]+/)*";
        case "**":
          return ".*";
        case "*":
          return "[^/]*";
        case "?":
          return "[^/]";
        case "{":
          depth += 1;
          return "(?:";
        case "}":
          if (depth === 0) return "\\}";
          depth -= 1;
          return ")";
        case ",":
          return depth > 0 ? "|" : ",";
        default:
          return /^\[.+\]$/.test(token) ? characterClass(token) : escapeLiteral(token);
      }
    }) + ")".repeat(depth)
  );
}

function characterClass(token: string): string {
  const isNegated = token.startsWith("[!");
  const members = token.slice(isNegated ? 2 : 1, -1).replaceAll(/[\\\]^[]/g, "\\$&");
  return `[${isNegated ? "^/" : ""}${members}]`;
}

function escapeLiteral(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
