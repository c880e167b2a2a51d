import type { PluginMetric } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import type { LoadedPlugin } from "./load-plugins.ts";

/** What all plugins count. @throws GatewayError conflict where two count under one name */
export function pluginMetrics(loaded: readonly LoadedPlugin[]): readonly PluginMetric[] {
  const owners = new Map<string, string>();
  return loaded.flatMap(({ use, contribution }) =>
    (contribution.metrics ?? []).map((metric) => {
      const owner = owners.get(metric.name);
      if (owner !== undefined) {
        const message = `"${owner}" and "${use.plugin.name}" both have the metric ${metric.name}`;
        throw new GatewayError("conflict", message, { plugin: use.plugin.name });
      }
      owners.set(metric.name, use.plugin.name);
      return metric;
    }),
  );
}
