import type { PluginMetric } from "@zarr-gateway/plugin";
import type { ResultSweeper } from "./lifetime/result-sweeper.ts";

export function resultMetrics(sweeper: Pick<ResultSweeper, "bytes">): readonly PluginMetric[] {
  return [
    {
      name: "zarr_gateway_job_results_bytes",
      type: "gauge",
      help: "Bytes of the results of all jobs that lie in the folder of results.",
      values: () => [{ labels: {}, value: sweeper.bytes }],
    },
  ];
}
