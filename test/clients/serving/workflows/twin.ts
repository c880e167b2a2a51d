import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { defineWorkflow, duration, isoTime, z } from "zarr-gateway/plugin";

const FILES: Readonly<Record<string, string | Uint8Array>> = {
  "bytes.bin": Uint8Array.from({ length: 104 }, (_, index) => index),
  empty: "",
  "a b:ü.json": "{}",
  "table.csv": "a,b\n1,2\n",
  "notes.txt": "one line\n",
  "page.html": "<p>a page</p>",
  "field.nc": "CDF\x01",
  "picture.png": Uint8Array.of(0x89, 0x50, 0x4e, 0x47),
  "files.tar.gz": Uint8Array.of(0x1f, 0x8b),
  "inner/deep/one.xml": "<a/>",
  "results.zarr/zarr.json": '{"zarr_format":3,"node_type":"group"}',
  "results.zarr/t2m/c/0/0": "chunk",
};

/** The workflow of twins/twin.py, which upstream's own server runs. */
export default defineWorkflow({
  name: "twin",
  description: "Files of many kinds",
  parameters: z
    .object({
      start_time: z.array(isoTime()).prefault(["2024-01-01T00:00:00"]).describe("Start times"),
      num_steps: z.int().min(1).max(1000).default(4).describe("Number of steps"),
      mode: z.enum(["ok", "fail", "slow", "wait"]).default("ok"),
      gap: duration().prefault("PT6H"),
      ratio: z.number().min(0).max(1).default(0.5),
      flag: z.boolean().default(false),
      label: z.string().max(20).default(""),
      only: z.literal("one").default("one"),
      seed: z.int().nullable().default(null),
      names: z.array(z.string()).nullable().default(null),
    })
    .meta({ title: "TwinParameters", description: "What a twin does." }),
  async run({ parameters, folder, progress, metadata, signal }) {
    progress({ progress: "Starting", current_step: 1, total_steps: parameters.num_steps });
    if (parameters.mode === "slow" || parameters.mode === "wait") await pause(600_000, undefined, { signal });
    if (parameters.mode === "fail") throw new Error("the model was given nothing to eat");
    for (const [name, content] of Object.entries(FILES)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), content);
    }
    metadata({ results_summary: "files" });
    return {};
  },
});
