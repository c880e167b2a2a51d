import { availableParallelism } from "node:os";

/** Serving processes of `server.processes`. */
export function processCount(processes: number | "auto"): number {
  return processes === "auto" ? availableParallelism() : processes;
}
