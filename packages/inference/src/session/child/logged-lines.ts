import type { Readable } from "node:stream";
import { plainLine } from "@zarr-gateway/primitives";

const MAX_LINE = 500;
const MAX_LINES = 50; // in one interval
const INTERVAL_MS = 10_000;

/** Hands on what a process writes, line by line: so many of them in a time, and the number of those left out. */
export function logLines(stream: Readable, write: (line: string) => void): void {
  let rest = "";
  let count = 0;
  let since = 0;
  const one = (line: string): void => {
    const now = performance.now();
    if (now - since > INTERVAL_MS) {
      if (count > MAX_LINES) write(`${count - MAX_LINES} further lines`);
      [count, since] = [0, now];
    }
    const text = plainLine(line, MAX_LINE);
    if (text !== "" && ++count <= MAX_LINES) write(text);
  };
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = (lines.pop() ?? "").slice(0, MAX_LINE);
    for (const line of lines) one(line);
  });
  stream.on("end", () => one(rest));
  stream.on("error", () => undefined); // the end of the process says more
}
