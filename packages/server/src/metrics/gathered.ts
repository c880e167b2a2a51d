import type { Metric, Registry } from "prom-client";

/** A metric whose values are kept elsewhere. */
export function registerGathered(
  registry: Registry,
  name: string,
  type: "counter" | "gauge" | "histogram",
  help: string,
  values: () => readonly object[] | Promise<readonly object[]>,
): void {
  const gathered = {
    name,
    help,
    type,
    aggregator: "sum",
    get: async () => ({ name, help, type, values: await values() }),
  };
  registry.registerMetric(gathered as unknown as Metric<string>); // `name` and `get` are all that a registry uses
}
