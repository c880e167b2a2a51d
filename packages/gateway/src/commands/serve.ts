import cluster from "node:cluster";
import { messageOf } from "@zarr-gateway/primitives";
import { createLog } from "@zarr-gateway/server";
import { type ServeOptions, UsageError } from "../command-line.ts";
import type { LoadedConfiguration } from "../configuration/index.ts";
import { processCount } from "../process-count.ts";
import { createProgram, DRAIN_MS } from "../program.ts";
import { releaseIdleMemory, releaseMemory } from "../released-memory.ts";
import { untilStopSignal } from "../stop-signals.ts";
import { Supervisor, tellSupervisor, untilSupervisorStops } from "../supervisor.ts";
import type { Terminal } from "../terminal.ts";
import { configure } from "./configure.ts";

/** Time beyond the drain until a process that does not end is killed. */
const STOP_MARGIN_MS = 3000;

/** Serves until it is told to stop; returns when everything is closed. */
export async function serve(
  terminal: Terminal,
  locations: readonly string[],
  options: ServeOptions,
): Promise<void> {
  if (locations.length === 0 && options.config === undefined) {
    throw new UsageError("nothing to serve: name a file, a folder or a URL, or a configuration with -c");
  }
  const loaded = withOptions(await configure(terminal, options.config, locations), options);
  const processes = processCount(loaded.configuration.server.processes);
  if (cluster.isWorker) await serveForSupervisor(loaded);
  else if (processes > 1) await supervise(terminal, loaded, processes);
  else await serveAlone(terminal, loaded);
}

function withOptions(
  loaded: LoadedConfiguration,
  { host, port, processes }: ServeOptions,
): LoadedConfiguration {
  const server = {
    ...loaded.configuration.server,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(processes === undefined ? {} : { processes }),
  };
  return { ...loaded, configuration: { ...loaded.configuration, server } };
}

async function serveAlone(terminal: Terminal, loaded: LoadedConfiguration): Promise<void> {
  const log = createLog({ level: loaded.configuration.server.logLevel });
  const stopSignal = untilStopSignal(() => log.flush());
  const program = await createProgram(loaded, log);
  const endReleases = releaseIdleMemory();
  try {
    releaseMemory();
    terminal.print(`listening on ${await program.listen()}\n`);
    log.info({ signal: await stopSignal }, "stopping");
  } finally {
    endReleases();
    await program.close();
    log.flush();
  }
}

async function serveForSupervisor(loaded: LoadedConfiguration): Promise<void> {
  const log = createLog({ level: loaded.configuration.server.logLevel });
  const stopped = untilSupervisorStops();
  try {
    const program = await createProgram(loaded, log);
    const endReleases = releaseIdleMemory();
    try {
      releaseMemory();
      const listening = program.listen().then((url) => tellSupervisor({ type: "listening", url }));
      await Promise.race([listening, stopped]); // the supervisor, which holds the port, may end before it is open
      await stopped;
    } finally {
      endReleases();
      await program.close();
    }
  } catch (error) {
    tellSupervisor({ type: "failed", message: messageOf(error) });
  }
  log.flush();
  if (process.connected) cluster.worker?.disconnect();
}

async function supervise(terminal: Terminal, loaded: LoadedConfiguration, processes: number): Promise<void> {
  const log = createLog({ level: loaded.configuration.server.logLevel });
  const supervisor = new Supervisor({ processes, log, maxStopMs: DRAIN_MS + STOP_MARGIN_MS });
  const stopSignal = untilStopSignal(() => {
    supervisor.kill();
    log.flush();
  });
  terminal.print(`listening on ${await supervisor.start()}\n`);
  log.info({ signal: await stopSignal }, "stopping");
  await supervisor.stop();
  log.flush();
}
