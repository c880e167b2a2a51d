import { isGatewayError, messageOf } from "@zarr-gateway/primitives";
import { createCommandLine, runCommandLine, USAGE_EXIT_CODE, UsageError } from "./command-line.ts";
import { catalogExport } from "./commands/catalog-export.ts";
import { check } from "./commands/check.ts";
import { inspect } from "./commands/inspect.ts";
import { modelCheck } from "./commands/model/model-check.ts";
import { modelRun } from "./commands/model/model-run.ts";
import { openapi } from "./commands/openapi.ts";
import { references } from "./commands/references.ts";
import { serve } from "./commands/serve.ts";
import { worker } from "./commands/worker.ts";
import { ConfigurationError } from "./configuration/index.ts";
import type { Terminal } from "./terminal.ts";
import { programVersion } from "./version.ts";

const FAILED = 1;

/** Runs one command line. @returns the exit code: 0, 1 (it failed, which was said) or 2 (wrong usage) */
export async function run(terminal: Terminal, words: readonly string[]): Promise<number> {
  let isFailed = false;
  const program = createCommandLine(
    {
      serve: (locations, options) => serve(terminal, locations, options),
      worker: (options) => worker(terminal, options),
      inspect: (location, options) => inspect(terminal, location, options),
      async check(file) {
        isFailed = !(await check(terminal, file));
      },
      references: (location, options) => references(terminal, location, options),
      catalogExport: (folder, locations, options) =>
        catalogExport(terminal, { folder, locations, ...options }),
      openapi: (options) => openapi(terminal, options),
      modelCheck: (location, options) => modelCheck(terminal, location, options),
      modelRun: (location, options) => modelRun(terminal, location, options),
    },
    programVersion(),
  );
  try {
    const code = await runCommandLine(program, words);
    return isFailed ? FAILED : code;
  } catch (error) {
    terminal.say(`zarr-gateway: ${describe(error)}\n`);
    return error instanceof UsageError ? USAGE_EXIT_CODE : FAILED;
  }
}

/** What a person can act on; the stack only of what should never happen. */
function describe(error: unknown): string {
  if (error instanceof ConfigurationError || isGatewayError(error)) return error.message;
  const isBug = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  return isBug ? (error.stack ?? error.message) : messageOf(error);
}
