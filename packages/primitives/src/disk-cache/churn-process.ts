import { createDiskCache } from "./file-disk-cache.ts";

/*
 * A process for the test of several: reads and keeps entries of one folder, and ends with 1 when one came back with
 * other bytes. Arguments: folder, bytes, seed, rounds; "kill" ends it in the middle of writing.
 */
const [folder = "", maxBytes = "", seed = "", rounds = "", end = ""] = process.argv.slice(2);

/** The bytes that belong to a key, made by every process alike. */
function bytesOf(number: number): Uint8Array {
  return Uint8Array.from({ length: 1000 + ((number * 7919) % 60_000) }, (_, at) => (number * 31 + at) % 251);
}

const cache = createDiskCache({
  path: folder,
  maxBytes: Number(maxBytes),
  generation: "test",
  onProblem: (message, error) => console.error(message, error),
});
let state = Number(seed);
for (let round = 0; round < Number(rounds); round += 1) {
  state = (state * 1103515245 + 12345) % 2 ** 31;
  const number = state % 300;
  const key = `key ${number}`;
  const kept = await cache.get(key);
  const expected = bytesOf(number);
  if (kept && !Buffer.from(expected).equals(kept.bytes ?? new Uint8Array(0))) {
    console.error(`${key} came back with other bytes`);
    process.exit(1);
  }
  if (!kept) cache.keep(key, { bytes: expected, costMs: 5 + (number % 50) });
  if (round % 8 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  if (end === "kill" && round === Number(rounds) - 1) process.kill(process.pid, "SIGKILL");
}
await cache.close();
console.log(JSON.stringify(cache.counts));
