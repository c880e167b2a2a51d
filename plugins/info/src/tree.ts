import { type Dataset, walkGroups } from "@zarr-gateway/dataset";
import { decodedGroupAt } from "./documents.ts";

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);

/** `P/tree`, `P/groups/{path}`: the groups below as text in a page, each with its dimensions and variables. */
export function treePage(dataset: Dataset, title: string, path: readonly string[] = []): string {
  const lines: string[] = [];
  for (const [groupPath] of walkGroups(dataset)) {
    const isBelow = path.every((name, depth) => groupPath[depth] === name);
    const group = isBelow ? decodedGroupAt(dataset, groupPath) : undefined;
    if (!group) continue;
    const indent = "    ".repeat(groupPath.length - path.length);
    lines.push(`${indent}Group: /${groupPath.join("/")}`);
    if (group.sizes.size > 0) {
      lines.push(
        `${indent}    Dimensions: (${[...group.sizes].map(([dim, size]) => `${dim}: ${size}`).join(", ")})`,
      );
    }
    for (const { name, dims, dtype } of group.variables) {
      const kind = group.coordinates.has(name) ? "*" : " ";
      lines.push(`${indent}  ${kind} ${name} (${dims.join(", ")}) ${dtype}`);
    }
  }
  const text = escapeHtml(`<xarray.DataTree>\n${lines.join("\n")}`);
  return `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>${escapeHtml(title)}</title>\n<pre>${text}</pre>\n</html>\n`;
}
