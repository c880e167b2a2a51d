import { Socket } from "node:net";
import { createInterface } from "node:readline";
import type { FromWorkflow, ToWorkflow } from "./messages.ts";

/** File descriptors of a child: messages of the server, and ours to it. */
const FROM_SERVER = 3;
const TO_SERVER = 4;
const BEAT_MS = 1000;

export interface ServerLink {
  tell(message: FromWorkflow): void;
  /** When all that was told has left this process. */
  flushed(): Promise<void>;
}

/**
 * The child's end of the two pipes. When the server is gone, so is this process: nobody would take what it makes.
 */
export function linkToServer(receive: (message: ToWorkflow) => void): ServerLink {
  const input = new Socket({ fd: FROM_SERVER, readable: true, writable: false });
  const output = new Socket({ fd: TO_SERVER, readable: false, writable: true });
  const leave = (): never => process.exit(0);
  output.on("error", leave);
  input.on("error", leave);
  input.on("end", leave);
  createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) => {
    receive(JSON.parse(line) as ToWorkflow); // the server's own messages
  });
  const tell = (message: FromWorkflow): void => void output.write(`${JSON.stringify(message)}\n`);
  tell({ type: "hello", pid: process.pid });
  setInterval(() => tell({ type: "beat" }), BEAT_MS).unref();
  return {
    tell,
    flushed: () => new Promise((resolve) => output.write("\n", () => resolve())),
  };
}
