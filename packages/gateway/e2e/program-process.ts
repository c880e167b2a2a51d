import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../../..");
export const BIN = join(ROOT, "packages/gateway/bin/zarr-gateway.js");
export const QUICKSTART = join(ROOT, "examples/quickstart/data");

/** The program as a person starts it: another process, with what it writes. */
export class ProgramProcess {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  readonly #ended: Promise<number | null>;

  constructor(words: readonly string[], command: readonly string[] = [process.execPath, BIN], folder = ROOT) {
    const [file = process.execPath, ...before] = command;
    this.child = spawn(file, [...before, ...words], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    this.child.stdout?.on("data", (text: Buffer) => {
      this.stdout += text.toString();
    });
    this.child.stderr?.on("data", (text: Buffer) => {
      this.stderr += text.toString();
    });
    this.#ended = once(this.child, "close").then(([code]) => code as number | null); // arguments of the event
  }

  /** Exit code, null when a signal ended it. */
  ended(): Promise<number | null> {
    return this.#ended;
  }

  /** URL after "listening on"; fails with what the program said when it ends before. */
  async url(): Promise<string> {
    let isEnded = false;
    void this.#ended.then(() => {
      isEnded = true;
    });
    while (!isEnded) {
      const url = /^listening on (\S+)$/m.exec(this.stdout)?.[1];
      if (url !== undefined) return url;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`ended before it listened: ${this.stdout}${this.stderr}`);
  }

  async stop(): Promise<number | null> {
    this.child.kill("SIGTERM");
    return await this.#ended;
  }
}
