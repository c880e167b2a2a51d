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

/** Runs steps of the configured jobs and answers none but who watches it, until it is told to stop; then hands back what it runs. */
export async function worker(terminal: Terminal, options: WorkerOptions): Promise<void> {
  if (options.host !== undefined && options.port === undefined)
    throw new UsageError("--host says where --port is: name that too");
  const loaded = withOptions(await configure(terminal, options.config, []), options);
  const log = createLog({ level: loaded.configuration.server.logLevel });
  const stopSignal = untilStopSignal(() => log.flush());
  // Waiting for work keeps no process alive by itself.
  const alive = setInterval(() => undefined, LONG_MS);
  try {
    const program = await createProgram(loaded, log);
    try {
      if (options.port !== undefined) terminal.print(`listening on ${await program.listen(true)}\n`);
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

function withOptions(
  loaded: LoadedConfiguration,
  { workers: asked, host, port }: WorkerOptions,
): LoadedConfiguration {
  const { jobs, server } = loaded.configuration;
  if (jobs === undefined)
    throw new UsageError("nothing to work on: the configuration has no jobs and no workflows");
  // 0 leaves the work to workers: this is one.
  const workers = asked ?? (jobs.workers === 0 ? DEFAULT_WORKERS : jobs.workers);
  const configuration = {
    ...loaded.configuration,
    jobs: { ...jobs, workers },
    server: {
      ...server,
      ...(host !== undefined && { host }),
      ...(port !== undefined && { port }),
      processes: 1,
    },
  };
  return { ...loaded, configuration };
}
