import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defineWorkflow, z } from "zarr-gateway/plugin";

/** Files of any size besides. */
export default defineWorkflow({
  name: "small",
  description: "A file of bytes that count up",
  parameters: z.object({
    bytes: z
      .int()
      .min(0)
      .max(1 << 20)
      .default(104),
    text: z.string().default(""),
  }),
  async run({ parameters, folder }) {
    const { bytes, text } = parameters;
    await writeFile(
      join(folder, "bytes.bin"),
      Uint8Array.from({ length: bytes }, (_, index) => index % 256),
    );
    await writeFile(join(folder, "notes.txt"), text);
    await writeFile(join(folder, "empty"), "");
    await writeFile(join(folder, "a b:ü.json"), "{}");
    return { status: "fine" };
  },
});
