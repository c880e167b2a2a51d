import { run } from "./run.ts";
import { processTerminal } from "./terminal.ts";

process.exitCode = await run(processTerminal(), process.argv.slice(2));
