import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defineWorkflow, z } from "zarr-gateway/plugin";

const GIBIBYTE = 2 ** 30;

/** A small file as a chunk is, and one of a gibibyte and more. */
export default defineWorkflow({
  name: "files",
  description: "A small file and a large one",
  parameters: z.object({}),
  async run({ folder }) {
    for (let index = 0; index < 64; index += 1)
      await writeFile(join(folder, `chunk-${index}`), new Uint8Array(1248).fill(index));
    const file = await open(join(folder, "large.bin"), "w");
    await file.truncate(GIBIBYTE + 4 * 2 ** 20);
    await file.close();
    return {};
  },
});
