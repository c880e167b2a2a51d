import { resolve } from "node:path";
import { type ModelPackage, type RuntimeLog, readModelPackage } from "@zarr-gateway/inference";
import type { Terminal } from "../../terminal.ts";
import { configure } from "../configure.ts";

export interface ModelOptions {
  readonly weights?: string;
  readonly providers?: readonly string[];
  readonly threads?: number;
}

const PROVIDERS = ["cuda", "webgpu", "cpu"];

/** The package that the command line names, relative to where it was typed. */
export async function readModel(
  terminal: Terminal,
  location: string,
  { weights }: ModelOptions,
): Promise<ModelPackage> {
  const { cacheFolder } = await configure(terminal, undefined);
  return readModelPackage(resolve(terminal.folder, location), {
    ...(weights !== undefined && { weights: resolve(terminal.folder, weights) }),
    ...(cacheFolder !== undefined && { cacheFolder }),
  });
}

/** How the model's process is started. */
export function processOptions({ providers = PROVIDERS, threads }: ModelOptions): {
  readonly providers: readonly string[];
  readonly threads?: number;
} {
  return { providers, ...(threads !== undefined && { threads }) };
}

/** What a runtime tells, for a person: providers that do not work, and the like, once each; not what libraries print. */
export function terminalLog(terminal: Terminal): RuntimeLog {
  const told = new Set<string>();
  const say = (fields: Readonly<Record<string, unknown>>, message: string): void => {
    if ("line" in fields) return;
    const parts = Object.values(fields).filter((one) => typeof one === "string");
    const line = [message, ...parts].join(": ");
    if (!told.has(line)) terminal.say(`${line}\n`);
    told.add(line);
  };
  return { info: () => undefined, warn: say };
}
