// Translates packages/codecs/src/codec/unshuffle/unshuffle.wat: node scripts/unshuffle.ts
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import wabt from "wabt";

const FOLDER = join(import.meta.dirname, "../packages/codecs/src/codec/unshuffle");

/** The TypeScript file that holds the module's bytes. */
export async function unshuffleModule(): Promise<string> {
  const text = await readFile(join(FOLDER, "unshuffle.wat"), "utf8");
  const { parseWat } = await wabt();
  const module = parseWat("unshuffle.wat", text, { simd: true });
  const base64 = Buffer.from(module.toBinary({}).buffer).toString("base64");
  const lines = base64.match(/.{1,100}/g) ?? [];
  return [
    "// Written by scripts/unshuffle.ts from unshuffle.wat.",
    "/** A WebAssembly module, as base64. */",
    "export const UNSHUFFLE_MODULE =",
    `${lines.map((line) => `  "${line}"`).join(" +\n")};`,
    "",
  ].join("\n");
}

if (process.argv[1] === import.meta.filename) {
  await writeFile(join(FOLDER, "unshuffle-module.ts"), await unshuffleModule());
}
