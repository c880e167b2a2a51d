import { plainLine } from "./plain-line.ts";

/** What a spreadsheet takes for a formula; signed numbers are none. */
const FORMULA = /^[=+\-@]/;
const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * One line of RFC 4180, quoted where needed. A cell that a spreadsheet would run as a formula gets an apostrophe in
 * front (OWASP, CSV injection).
 */
export function csvLine(cells: readonly (string | number)[]): string {
  return `${cells.map(formatCell).join(",")}\r\n`;
}

function formatCell(cell: string | number): string {
  if (typeof cell === "number") return String(cell);
  const line = plainLine(cell, 4000);
  const safe = FORMULA.test(line) && !NUMBER.test(line) ? `'${line}` : line;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
