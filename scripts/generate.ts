// Writes the files that are made from the code; a test compares them.
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { generatedFiles } from "../packages/gateway/src/generated-files.ts";

for (const [path, text] of Object.entries(await generatedFiles())) {
  writeFileSync(join(dirname(import.meta.dirname), path), text);
}
