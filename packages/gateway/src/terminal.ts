import type { Environment } from "./configuration/index.ts";

/** What a command may touch of the process, so that tests can stand in for it. */
export interface Terminal {
  readonly environment: Environment;
  readonly folder: string;
  /** True where stderr is a person's terminal: progress is then one line that changes. */
  readonly isInteractive: boolean;
  print(text: string): void;
  /** To stderr: progress and messages, so that stdout stays what was asked for. */
  say(text: string): void;
}

export function processTerminal(): Terminal {
  return {
    environment: process.env,
    folder: process.cwd(),
    isInteractive: process.stderr.isTTY === true,
    print: (text) => void process.stdout.write(text),
    say: (text) => void process.stderr.write(text),
  };
}
