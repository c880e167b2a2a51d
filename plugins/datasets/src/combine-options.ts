import type { CombineLevel } from "@zarr-gateway/sources";
import { z } from "zod";

const along = z.strictObject({
  along: z.string().min(1),
  overlap: z.enum(["first", "last"]).optional(),
});

const values = z.union([
  z.array(z.union([z.string().min(1), z.number()])).min(1),
  z.strictObject({
    from: z.enum(["name", "path"]),
    pattern: z.string().min(1).refine(isPattern, "not a regular expression"),
  }),
]);

const created = z.strictObject({ new: z.string().min(1), values: values.optional() });
const level = z.union([along, created]);

/** `{ along: time }`, `{ new: member, values: … }`, or several from the outermost dimension inwards. */
export const combineOptions = z
  .union([level, z.array(level).min(1)])
  .transform((given) => [given].flat())
  .superRefine((levels, context) => {
    const message = problemOf(levels);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

export type CombineOptions = z.output<typeof combineOptions>;

function problemOf(levels: readonly z.output<typeof level>[]): string | undefined {
  const names = levels.map((one) => ("along" in one ? one.along : one.new));
  const twice = names.find((name, position) => names.indexOf(name) !== position);
  if (twice !== undefined) return `the dimension "${twice}" is there twice`;
  const position = levels.findIndex((one) => "along" in one);
  if (position >= 0 && position < levels.length - 1) return "along comes last: new dimensions lie around it";
  if (levels.filter((one) => "values" in one && Array.isArray(one.values)).length > 1)
    return "only one new dimension can have a list of values, one for each location";
  return undefined;
}

/** In the words of the planner. */
export function combineLevels(options: CombineOptions | undefined): CombineLevel[] {
  return (options ?? []).map((one): CombineLevel => {
    if ("along" in one) return { along: one.along, ...(one.overlap && { overlap: one.overlap }) };
    if (one.values === undefined) return { new: one.new };
    if (Array.isArray(one.values)) return { new: one.new, values: { kind: "list", values: one.values } };
    return { new: one.new, values: { kind: "pattern", ...one.values } };
  });
}

/** How many values a list gives, to be compared with the locations; undefined where there is no list. */
export function listedValues(options: CombineOptions): number | undefined {
  for (const one of options) if ("values" in one && Array.isArray(one.values)) return one.values.length;
  return undefined;
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text, "u");
    return true;
  } catch {
    return false;
  }
}
