import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const START_TIMEOUT_MS = 60_000;

/** A gateway in a process of its own, as `npx zarr-gateway` starts it. */
export interface RunningGateway {
  /** Without a slash at the end. */
  readonly url: string;
  stop(): Promise<number | null>;
}

/** Starts the clone's own program on a free port. */
export async function startGateway(...args: string[]): Promise<RunningGateway> {
  const program = `${ROOT}packages/gateway/bin/zarr-gateway.js`;
  const child = spawn(process.execPath, [program, ...args, "--port", "0"], { cwd: ROOT, stdio: "pipe" });
  const url = await listeningUrl(child);
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
      return child.exitCode;
    },
  };
}

function listeningUrl(child: ChildProcess): Promise<string> {
  let output = "";
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(() => reject(new Error(`not listening yet:\n${output}`)), START_TIMEOUT_MS);
  const read = (chunk: Buffer) => {
    output += chunk.toString();
    const found = /listening on (https?:\/\/\S+)/.exec(output)?.[1];
    if (found) resolve(found.replace(/\/$/, ""));
  };
  child.stdout?.on("data", read);
  child.stderr?.on("data", read);
  child.once("exit", (code) => reject(new Error(`the gateway ended with ${code}:\n${output}`)));
  return promise.finally(() => clearTimeout(timer));
}
