import { attributeValue } from "@zarr-gateway/plugin";
import { DURATION_PATTERN, parseDuration } from "@zarr-gateway/primitives";
import { z } from "zod";
import { combineOptions, listedValues } from "./combine-options.ts";
import { DATASET_ID } from "./dataset-id.ts";

const names = z.array(z.string().min(1));

/** Levels as the libraries have them. */
const compressor = z
  .strictObject({ name: z.enum(["zstd", "gzip", "blosc", "none"]), level: z.int().optional() })
  .refine(
    ({ name, level = 0 }) => (name === "zstd" ? level >= -7 && level <= 22 : level >= 0 && level <= 9),
    {
      path: ["level"],
      message: "expected -7 to 22 for zstd, 0 to 9 for gzip and blosc",
    },
  );

/** What of an Icechunk repository is published; the branch main without any. */
const PINS = ["branch", "tag", "snapshot"] as const;

const lengths = z.record(
  z.string(),
  z.int().refine((length) => length >= 1 || length === -1, "1 or more, or -1"),
);
const keepBits = z.int().min(0).max(52);

/** How one variable is published. */
const encoding = z.strictObject({
  chunks: lengths.optional(),
  shards: lengths.optional(),
  round: keepBits.optional(),
  compressor: compressor.optional(),
});
export type EncodingOptions = z.output<typeof encoding>;

const datasetKeys = z.strictObject({
  /** An absolute path or a URL; a glob or a list names several files. */
  location: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  format: z.string().min(1).optional(),
  group: z.string().min(1).optional(),
  variables: z
    .union([
      names,
      z.strictObject({ drop: names.optional(), rename: z.record(z.string(), z.string().min(1)).optional() }),
    ])
    .optional(),
  chunks: lengths.optional(),
  shards: lengths.optional(),
  round: z.union([keepBits, z.record(z.string(), keepBits)]).optional(),
  compressor: compressor.optional(),
  encoding: z.record(z.string(), encoding).optional(),
  attributes: z.record(z.string(), attributeValue).optional(),
  combine: combineOptions.optional(),
  branch: z.string().min(1).optional(),
  tag: z.string().min(1).optional(),
  snapshot: z.string().min(1).optional(),
});

const dataset = datasetKeys.superRefine((value, context) => {
  const listed = value.combine && listedValues(value.combine);
  const locations = [value.location].flat().length;
  if (listed !== undefined && listed !== locations) {
    const message = `${listed} values for ${locations} locations: there must be one for each`;
    context.addIssue({ code: "custom", path: ["combine"], message });
  }
  const [pin, ...others] = PINS.filter((key) => value[key] !== undefined);
  const refuse = (key: string, message: string): void =>
    context.addIssue({ code: "custom", path: [key], message });
  for (const other of others) refuse(other, `only one of branch, tag and snapshot, and ${pin} is given`);
  if (pin !== undefined && value.format !== undefined && value.format !== "icechunk")
    refuse(pin, `only Icechunk repositories have one, the format given is ${value.format}`);
});

const folder = z.strictObject({
  /** An absolute path or file URL; may end in a glob. */
  path: z.string().min(1),
  match: z.string().min(1).optional(),
  id: z
    .string()
    .regex(/\{(path|stem)\}/, "must contain {path} or {stem}")
    .default("{path}"),
  watch: z.boolean().default(true),
});

const duration = z.union([
  z.number().nonnegative(),
  z
    .string()
    .regex(DURATION_PATTERN)
    .transform((text) => parseDuration(text) ?? 0),
]);

export const datasetsOptions = z.strictObject({
  /** A folder that keeps the index of aggregates; in memory where absent. */
  indexFolder: z.string().min(1).optional(),
  datasets: z.record(z.string().regex(DATASET_ID, "not a dataset id"), dataset).default({}),
  folders: z.array(folder).default([]),
  /** Ids that are others', so that no file of a folder gets them. */
  reserved: names.default([]),
  sources: z
    .strictObject({
      allow: names.optional(),
      /** In milliseconds once parsed. */
      checkEvery: duration.default(2000),
      credentials: z.record(z.string(), z.unknown()).default({}),
    })
    .prefault({}),
});

export type DatasetsOptions = z.output<typeof datasetsOptions>;
export type DatasetOptions = DatasetsOptions["datasets"][string];
export type FolderOptions = DatasetsOptions["folders"][number];
