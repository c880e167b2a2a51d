import type { HealthCheck, PartHealth } from "@zarr-gateway/plugin";
import { GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";
import type { LoadedPlugin } from "./load-plugins.ts";

/** Who watches must not be kept waiting by what is watched. */
const MAX_CHECK_MS = 2000;

/** What `/health` and `/readiness` say. */
export interface HealthReport {
  readonly status: "healthy" | "unhealthy";
  /** ISO 8601. */
  readonly timestamp: string;
  /** Why it is not healthy. */
  readonly reason?: string;
  readonly version: string | null;
  readonly uptimeSeconds: number;
  /** A broken dataset is told, and the others are served. */
  readonly datasets: { readonly open: number; readonly failed: Readonly<Record<string, string>> };
  readonly components: Readonly<Record<string, unknown>>;
}

export interface HealthSources {
  readonly failures: () => ReadonlyMap<string, string>;
  readonly openDatasets: () => number;
  readonly versions: Readonly<Record<string, string | null>>;
  readonly healthChecks: readonly HealthCheck[];
}

/** Asks all parts at once. A server that is stopping is well, and takes no new work. */
export async function healthReport(sources: HealthSources, isRefused: boolean): Promise<HealthReport> {
  const { healthChecks, versions, failures, openDatasets } = sources;
  const found = await Promise.all(healthChecks.map(async (one) => [one.name, await checked(one)] as const));
  const broken = found.filter(([, { status }]) => status === "fail").map(([name]) => name);
  const reason = isRefused
    ? "the server is stopping and takes no new work"
    : broken.length > 0
      ? `not healthy: ${broken.join(", ")}`
      : undefined;
  return {
    status: reason === undefined ? "healthy" : "unhealthy",
    timestamp: new Date().toISOString(),
    ...(reason !== undefined && { reason }),
    version: versions["zarr-gateway"] ?? null,
    uptimeSeconds: Math.round(process.uptime()),
    datasets: { open: openDatasets(), failed: Object.fromEntries(failures()) },
    components: Object.fromEntries(found),
  };
}

async function checked({ name, check }: HealthCheck): Promise<PartHealth> {
  const signal = AbortSignal.timeout(MAX_CHECK_MS);
  const late = new Promise<PartHealth>((resolve) => {
    signal.addEventListener("abort", () =>
      resolve({ status: "fail", reason: `no answer in ${MAX_CHECK_MS} ms` }),
    );
  });
  const own = async (): Promise<PartHealth> => check({ signal });
  const failed = (error: unknown): PartHealth => ({ status: "fail", reason: reasonOf(error, name) });
  return Promise.race([own().catch(failed), late]);
}

/** Only the project's own words: others may name paths. */
function reasonOf(error: unknown, name: string): string {
  return isGatewayError(error) ? messageOf(error) : `${name} failed`;
}

/** @throws GatewayError conflict where two plugins look after one name */
export function healthChecks(loaded: readonly LoadedPlugin[]): readonly HealthCheck[] {
  const owners = new Map<string, string>();
  return loaded.flatMap(({ use, contribution }) =>
    (contribution.checks ?? []).map((one) => {
      const owner = owners.get(one.name);
      if (owner !== undefined) {
        const message = `"${owner}" and "${use.plugin.name}" both check the health of ${one.name}`;
        throw new GatewayError("conflict", message, { plugin: use.plugin.name });
      }
      owners.set(one.name, use.plugin.name);
      return one;
    }),
  );
}
