// Writes hostile Intake catalogs and the objects that they stand for, for test_intake.py: one JSON object a line.
import fc from "fast-check";
import { type CatalogOptions, flatCatalog, versionTwoCatalog } from "../../plugins/intake/src/catalogs.ts";
import {
  expectedFlat,
  expectedVersionTwo,
  hostileSummaries,
} from "../../plugins/intake/src/testing/expected-catalogs.ts";

const OPTIONS: CatalogOptions = {
  base: "https://h",
  accessUrl: "https://h/intake.yaml",
  plugins: new Set(["zarr", "references"]),
  preferred: "zarr",
};
const texts = { of: async (_: unknown, __: string, write: () => string) => Buffer.from(write()) };

for (const summaries of fc.sample(hostileSummaries, { numRuns: 150, seed: 7 })) {
  for (const [write, expected] of [
    [flatCatalog, expectedFlat],
    [versionTwoCatalog, expectedVersionTwo],
  ] as const) {
    const batches = (async function* () {
      yield summaries;
    })();
    const pieces = await Array.fromAsync(write(batches, { ...OPTIONS, texts }));
    const object = expected(summaries, OPTIONS);
    process.stdout.write(`${JSON.stringify({ text: pieces.map(String).join(""), object })}\n`);
  }
}
