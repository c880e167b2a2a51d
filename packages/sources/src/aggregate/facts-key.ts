import { createHash } from "node:crypto";
import type { MemberFacts } from "./member.ts";

/** The same for members that are made alike. */
export function factsKey(facts: MemberFacts): string {
  const text = JSON.stringify(
    [...facts.variables.values(), facts.groups, facts.coversChunks],
    (_key, value: unknown) => {
      if (typeof value === "bigint") return `${value}n`;
      return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
    },
  );
  return createHash("sha1").update(text).digest("hex");
}
