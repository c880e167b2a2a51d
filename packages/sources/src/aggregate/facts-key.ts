import { createHash } from "node:crypto";
import type { Attributes, CodecSpec, FillValue } from "@zarr-gateway/dataset";
import type { MemberFacts, VariableFacts } from "./member.ts";

/** The same for members that are made alike. */
export function factsKey({ variables, groups, coversChunks }: MemberFacts): string {
  const text = JSON.stringify([[...variables.values()].map(partsOf), groups, coversChunks]);
  return createHash("sha1").update(text).digest("hex");
}

/** In types that JSON has: a function that it calls for every value costs more than all the rest. */
function partsOf(variable: VariableFacts): unknown[] {
  const { name, dims, dtype, fill, shape, chunkShape, stored, isAssembled, storedOnly, digest } = variable;
  return [
    ...[name, dims, dtype, fillText(fill), shape, chunkShape, isAssembled, storedOnly, digest],
    ...[variable.isCoordinate, marksText(variable.marks)],
    ...(stored ? [stored.chunkShape, stored.isLocatable, codecsText(stored.codecs)] : []),
  ];
}

function fillText(fill: FillValue | null): string {
  return Object.is(fill, -0) ? "-0" : `${typeof fill}${String(fill)}`;
}

function marksText(marks: Attributes): string[] {
  return Object.entries(marks).map(([key, value]) =>
    typeof value === "object" ? `${key} ${exactText(value)}` : `${key} ${typeof value}${String(value)}`,
  );
}

function codecsText(codecs: readonly CodecSpec[]): string[] {
  return codecs.map(({ name, configuration }) => {
    for (const key in configuration)
      if (Object.hasOwn(configuration, key)) return name + exactText(configuration);
    return name;
  });
}

function exactText(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === "bigint") return `${item}n`;
    return typeof item === "number" && !Number.isFinite(item) ? String(item) : item;
  });
}
