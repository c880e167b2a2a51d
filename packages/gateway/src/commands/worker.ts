import { createLog } from "@zarr-gateway/server";
import { UsageError, type WorkerOptions } from "../command-line.ts";
import type { LoadedConfiguration } from "../configuration/index.ts";
import { createProgram } from "../program.ts";
import { untilStopSignal } from "../stop-signals.ts";
import type { Terminal } from "../terminal.ts";
import { configure } from "./configure.ts";

/** Steps at once where neither the command line nor the configuration says. */
const DEFAULT_WORKERS = 2;
/** The longest that a timer may wait. */
const LONG_MS = 2 ** 31 - 1;

/** Runs steps of the configured jobs and answers no requests, until it is told to stop; then hands back what it runs. */
export async function worker(terminal: Terminal, options: WorkerOptions): Promise<void> {
  const loaded = withWorkers(await configure(terminal, options.config, []), options.workers);
  const log = createLog({ level: loaded.configuration.server.logLevel });
  const stopSignal = untilStopSignal(() => log.flush());
  // Waiting for work keeps no process alive by itself.
  const alive = setInterval(() => undefined, LONG_MS);
  try {
    const program = await createProgram(loaded, log);
    try {
      terminal.print("working\n");
      log.info({ signal: await stopSignal }, "stopping");
    } finally {
      await program.close();
    }
  } finally {
    clearInterval(alive);
    log.flush();
  }
}

function withWorkers(loaded: LoadedConfiguration, asked: number | undefined): LoadedConfiguration {
  const { jobs, server } = loaded.configuration;
  if (jobs === undefined)
    throw new UsageError("nothing to work on: the configuration has no jobs and no workflows");
  // 0 leaves the work to workers: this is one.
  const workers = asked ?? (jobs.workers === 0 ? DEFAULT_WORKERS : jobs.workers);
  const configuration = {
    ...loaded.configuration,
    jobs: { ...jobs, workers },
    server: { ...server, processes: 1 },
  };
  return { ...loaded, configuration };
}
