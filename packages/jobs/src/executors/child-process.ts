import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { GatewayError } from "@zarr-gateway/primitives";
import type { Json } from "../json-value.ts";
import { LineSplitter } from "./line-splitter.ts";
import { MessageQueue } from "./message-queue.ts";
import { groupGone, signalGroup } from "./process-group.ts";

export interface ChildOptions {
  readonly command: string;
  readonly args?: readonly string[];
  /** The whole environment of the child: nothing of this process's own comes with it. Empty unless told. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Characters of one message; 4 Mi unless told. A child that sends more is stopped. */
  readonly maxMessageLength?: number;
  /** Between SIGTERM and SIGKILL; 5 s unless told. */
  readonly killAfterMs?: number;
}

/**
 * A process of its own in a process group of its own. Messages are lines of JSON: it reads them from file descriptor 3 and
 * writes its own to 4; what it writes to stdout and stderr is text for people. The end of descriptor 3 means that its
 * parent is gone: it should then end too.
 */
export interface ChildHandle {
  /** Resolves when the pipe has taken it. @throws GatewayError model_failed when the child is gone */
  send(message: Json | object): Promise<void>;
  /** To be read once. A child whose messages are not read waits; the end of the child ends it. */
  readonly messages: AsyncIterable<Json>;
  /** SIGTERM to the group, SIGKILL after a while; resolves when all of it is gone. The first reason counts. */
  stop(reason: string): Promise<void>;
  /** When the process, what it has started and its pipes are gone; never rejects. */
  readonly exited: Promise<ExitReason>;
  /** Lines of stdout and stderr as they come, without their line breaks. Set before the first await, or early ones are lost. */
  onText(listener: (line: string) => void): void;
}

/** How a child ended: one of code, signal and failure is there. */
export interface ExitReason {
  readonly code?: number;
  readonly signal?: string;
  /** It could not be started, or said what it must not. Names no path. */
  readonly failure?: string;
  /** What `stop` was told. */
  readonly stopped?: string;
}

/** An end as part of a sentence: `ended with code 3`. */
export function formatExit({ code, signal, failure, stopped }: ExitReason): string {
  if (failure !== undefined) return failure;
  if (stopped !== undefined) return `was stopped: ${stopped}`;
  return signal === undefined ? `ended with code ${code ?? "unknown"}` : `was killed by ${signal}`;
}

const DEFAULTS = { maxMessageLength: 4 << 20, killAfterMs: 5000 };
const MAX_TEXT_LINE = 8192;
/** What is left of a group after SIGKILL can only be waiting to be collected. */
const COLLECTED_MS = 2000;
/** Somebody who left the group may hold the pipes open: they are closed this much after the end. */
const PIPES_MS = 1000;

/** Starts a process; that it could not be started is told by `exited`. */
export function startChild(options: ChildOptions): ChildHandle {
  return new GroupChild(options);
}

class GroupChild implements ChildHandle {
  readonly exited: Promise<ExitReason>;
  readonly messages: MessageQueue;
  readonly #child: ChildProcess;
  readonly #killAfterMs: number;
  #listener: (line: string) => void = () => {};
  #stopped: string | undefined;
  #failure: string | undefined;
  #isGone = false;
  #isCorked = false;
  #stopping: Promise<void> | undefined;

  constructor({ command, args = [], env = {}, cwd, maxMessageLength, killAfterMs }: ChildOptions) {
    this.#killAfterMs = killAfterMs ?? DEFAULTS.killAfterMs;
    this.#child = spawn(command, [...args], {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...env },
      detached: process.platform !== "win32",
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
      windowsHide: true,
    });
    const [, , , input, output] = this.#child.stdio;
    // What is asked for as "pipe" is one; a write to a child that is gone fails in `send`, not as an event.
    (input as Writable).on("error", () => {});
    const maxLength = maxMessageLength ?? DEFAULTS.maxMessageLength;
    this.messages = new MessageQueue(output as Readable, maxLength, (fault) => {
      this.#failure ??= fault;
      void this.stop("it broke the protocol");
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) if (stream) this.#readText(stream);
    this.exited = this.#ended();
  }

  async send(message: Json | object): Promise<void> {
    const input = this.#child.stdio[3] as Writable; // see the constructor
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#cork(input);
    input.write(`${JSON.stringify(message)}\n`, (error) => {
      if (!error) resolve();
      else
        reject(new GatewayError("model_failed", "the process that was to take a message is gone", {}, error));
    });
    await promise;
  }

  /** Messages of one turn of the event loop go out together. */
  #cork(input: Writable): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    input.cork();
    setImmediate(() => {
      this.#isCorked = false;
      input.uncork();
    });
  }

  stop(reason: string): Promise<void> {
    this.#stopped ??= reason;
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  onText(listener: (line: string) => void): void {
    this.#listener = listener;
  }

  #readText(stream: Readable): void {
    const splitter = new LineSplitter({ maxLength: MAX_TEXT_LINE, whenLonger: "split" });
    const tell = (lines: readonly string[]): void => {
      for (const line of lines) this.#listener(line);
    };
    stream.on("data", (bytes: Buffer) => tell(splitter.push(bytes)));
    stream.on("end", () => tell(splitter.end()));
    stream.on("error", () => {});
  }

  async #end(): Promise<void> {
    const { pid } = this.#child;
    if (pid !== undefined && !this.#isGone) {
      signalGroup(pid, "SIGTERM");
      if (!(await groupGone(pid, this.#killAfterMs))) signalGroup(pid, "SIGKILL");
    }
    await this.exited;
  }

  async #ended(): Promise<ExitReason> {
    const closed = once(this.#child, "close").catch(() => {});
    const end = await once(this.#child, "exit").then(
      ([code, signal]: unknown[]) => exitOf(code, signal),
      (error: unknown): ExitReason => ({ failure: `cannot be started: ${codeOf(error)}` }),
    );
    this.#isGone = true;
    const { pid } = this.#child;
    if (pid !== undefined) {
      // What it has started and left behind; its own number is taken as long as the group has members.
      signalGroup(pid, "SIGKILL");
      await groupGone(pid, COLLECTED_MS);
    }
    this.messages.drain();
    await Promise.race([closed, sleep(PIPES_MS, undefined, { ref: false })]);
    for (const stream of this.#child.stdio) stream?.destroy();
    this.messages.end();
    return {
      ...(this.#failure === undefined ? end : { failure: this.#failure }),
      ...(this.#stopped === undefined ? {} : { stopped: this.#stopped }),
    };
  }
}

function exitOf(code: unknown, signal: unknown): ExitReason {
  return typeof signal === "string" ? { signal } : { code: Number(code) };
}

/** The word of the system alone: its message names paths. */
function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
