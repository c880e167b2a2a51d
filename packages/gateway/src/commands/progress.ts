import type { Terminal } from "../terminal.ts";

export interface Progress {
  step(name: string): void;
  end(): void;
}

/** Of something that goes by counts, too many to be told one by one. */
export interface CountProgress {
  readonly update: (done: number, total: number) => void;
  end(): void;
}

const EVERY_MS = 500;

/** The same for counts; what is done before the first moment has passed is not worth a line. */
export function createCountProgress(terminal: Terminal, what: string, now = Date.now): CountProgress {
  let toldAt = now();
  let isTold = false;
  return {
    update(done, total) {
      if (now() - toldAt < (terminal.isInteractive ? EVERY_MS : 10 * EVERY_MS)) return;
      toldAt = now();
      isTold = true;
      const line = `${what}: ${done}/${total}`;
      terminal.say(terminal.isInteractive ? `\r\u001b[K${line}` : `${line}\n`);
    },
    end() {
      if (isTold && terminal.isInteractive) terminal.say("\r\u001b[K");
      isTold = false;
    },
  };
}

const FEW = 10; // below it the result is there before a bar would help
const LINES = 20; // in a log, where a line cannot change

/** Progress on stderr: one changing line for a person, some lines for a log file, nothing for a few things. */
export function createProgress(terminal: Terminal, what: string, total: number): Progress {
  if (total < FEW) return { step: () => undefined, end: () => undefined };
  const every = terminal.isInteractive ? 1 : Math.max(1, Math.ceil(total / LINES));
  let done = 0;
  return {
    step(name) {
      done += 1;
      if (done % every !== 0) return;
      const line = `${what}: ${done}/${total}  ${name}`;
      terminal.say(terminal.isInteractive ? `\r\u001b[K${line.slice(0, 100)}` : `${line}\n`);
    },
    end: () => {
      if (terminal.isInteractive) terminal.say("\r\u001b[K");
    },
  };
}
