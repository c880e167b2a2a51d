/** Set by who starts several serving processes: 0, 1, … */
const PLACE = "ZARR_GATEWAY_PROCESS";

/** Steps that this one of several processes runs at once: the workers are those of all together. */
export function workerShare(
  workers: number,
  processes: number,
  environment: Readonly<Record<string, string | undefined>>,
): number {
  const place = Number(environment[PLACE] ?? 0);
  if (processes <= 1) return workers;
  return Math.floor(workers / processes) + (place < workers % processes ? 1 : 0);
}
