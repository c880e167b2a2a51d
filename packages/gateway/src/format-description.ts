import type { AttributeValue, CodecSpec } from "@zarr-gateway/dataset";
import type {
  DatasetDescription,
  GroupDescription,
  VariableDescription,
  VersionDescription,
} from "./describe-dataset.ts";

const MAX_TEXT = 100;

/** The description as a person reads it in a terminal. */
export function formatDescription(description: DatasetDescription): string {
  const { location, format, groups, warnings, versions } = description;
  const lines = [`${location}  (${format ?? "unknown format"})`, ...groups.flatMap(formatGroup)];
  if (versions) lines.push("", "versions, newest first", ...table(versions.map(versionRow)));
  if (warnings.length > 0) {
    lines.push(
      "",
      `warnings (${warnings.length})`,
      ...warnings.map(({ path, message }) => `  ${path}: ${message}`),
    );
  }
  return `${lines.join("\n")}\n`;
}

function formatGroup({ path, dimensions, variables, attributes }: GroupDescription): string[] {
  const sizes = Object.entries(dimensions).map(([name, length]) => `${name} ${length}`);
  const rows = variables.map(variableRow);
  return [
    "",
    `group ${path}`,
    ...(sizes.length > 0 ? [`  dimensions: ${sizes.join(", ")}`] : []),
    ...(rows.length > 0
      ? ["", ...table([["variable", "type", "dimensions", "chunks", "stored as"], ...rows])]
      : []),
    ...variables.flatMap((variable) => titled(variable.name, formatAttributes(variable.attributes))),
    ...titled("attributes", formatAttributes(attributes)),
  ];
}

function versionRow({ id, time, message, branches, tags }: VersionDescription): string[] {
  const names = [...branches, ...tags.map((tag) => `tag ${tag}`)].join(", ");
  return [id, time, formatValue(message), formatValue(names)];
}

function variableRow({ name, dtype, dims, shape, chunks, shards, codecs }: VariableDescription): string[] {
  const named = dims.map((dim, axis) => `${dim ?? "–"}=${shape[axis] ?? 0}`);
  const chunkText = chunks.length === 0 ? "–" : chunks.join("×");
  return [
    name,
    dtype,
    named.length === 0 ? "scalar" : named.join(" "),
    shards ? `${chunkText} in shards of ${shards.join("×")}` : chunkText,
    codecs ? formatCodecs(codecs) : "encoded anew",
  ];
}

function formatCodecs(codecs: readonly CodecSpec[]): string {
  return codecs.map(formatCodec).join(", ");
}

function formatCodec({ name, configuration }: CodecSpec): string {
  const inner = configuration["codecs"];
  if (Array.isArray(inner)) return `${name}[${formatCodecs(inner as readonly CodecSpec[])}]`; // Zarr v3 §sharding
  const values = Object.entries(configuration)
    .filter(([, value]) => typeof value === "number" || typeof value === "string")
    .map(([key, value]) => `${key}=${String(value)}`);
  return values.length === 0 ? name : `${name}(${values.join(" ")})`;
}

function formatAttributes(attributes: Readonly<Record<string, AttributeValue>>): string[] {
  const names = Object.keys(attributes);
  const width = Math.min(24, Math.max(0, ...names.map((name) => name.length)));
  return names.map((name) => `    ${name.padEnd(width)}  ${formatValue(attributes[name] ?? null)}`);
}

/** One line of a value; text from files is stripped of what would control the terminal. */
function formatValue(value: AttributeValue): string {
  const text = typeof value === "string" ? value : formatNested(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not reach a terminal
  const plain = text.replace(/\s+/g, " ").replace(/[\u0000-\u001f\u007f-\u009f]/g, "");
  return plain.length > MAX_TEXT ? `${plain.slice(0, MAX_TEXT)}…` : plain;
}

function formatNested(value: AttributeValue): string {
  if (Array.isArray(value))
    return `[${value.slice(0, 20).map(formatNested).join(", ")}${value.length > 20 ? ", …" : ""}]`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return Number.isInteger(value) ? `${value}.0` : String(value); // an integer is a bigint
  if (typeof value !== "object" || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}: ${formatNested(item)}`)
    .join(", ")}}`;
}

function titled(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", `  ${title}`, ...lines];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd(),
  );
}
