import { isGatewayError, messageOf } from "@zarr-gateway/primitives";
import { createCommandLine, runCommandLine } from "./command-line.ts";
import { check } from "./commands/check.ts";
import { inspect } from "./commands/inspect.ts";
import { openapi } from "./commands/openapi.ts";
import { serve } from "./commands/serve.ts";
import { ConfigurationError } from "./configuration/index.ts";
import { processTerminal } from "./terminal.ts";
import { programVersion } from "./version.ts";

const FAILED = 1;

const terminal = processTerminal();
let isFailed = false;
const program = createCommandLine(
  {
    serve: (locations, options) => serve(terminal, locations, options),
    inspect: (location, options) => inspect(terminal, location, options),
    async check(file) {
      isFailed = !(await check(terminal, file));
    },
    openapi: (options) => openapi(terminal, options),
  },
  programVersion(),
);
try {
  const code = await runCommandLine(program, process.argv.slice(2));
  process.exitCode = isFailed ? FAILED : code;
} catch (error) {
  terminal.say(`zarr-gateway: ${describe(error)}\n`);
  process.exitCode = FAILED;
}

/** What a person can act on; the stack only of what should never happen. */
function describe(error: unknown): string {
  if (error instanceof ConfigurationError || isGatewayError(error)) return error.message;
  const isBug = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  return isBug ? (error.stack ?? error.message) : messageOf(error);
}
