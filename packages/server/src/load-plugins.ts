import type { Contribution, Host, PluginInfo, Service } from "@zarr-gateway/plugin";
import { GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";
import { orderPlugins, type PluginUse, wrong } from "./plugin-order.ts";

/** A plugin that is set up. */
export interface LoadedPlugin {
  readonly use: PluginUse;
  readonly contribution: Contribution;
}

/** What every plugin's host has in common; `use` differs, because a plugin sees only what it requires. */
export type SharedHost = Omit<Host, "use" | "find">;

/**
 * Parses options and sets plugins up in order. When one fails, those before it are closed again.
 * @throws GatewayError that names the plugin
 */
export async function loadPlugins(
  uses: readonly PluginUse[],
  host: SharedHost,
  builtIn: ReadonlyMap<string, unknown>,
  onLoaded: (loaded: LoadedPlugin) => void,
): Promise<readonly LoadedPlugin[]> {
  const services = new Map(builtIn);
  const loaded: LoadedPlugin[] = [];
  try {
    // every configuration is checked before anything is started
    const ordered = orderPlugins(uses, new Set(builtIn.keys())).map((use) => ({
      use,
      options: parseOptions(use),
    }));
    for (const { use, options } of ordered) {
      const contribution = await setUp(use, options, hostOf(use, host, services));
      loaded.push({ use, contribution });
      addServices(use, contribution, services);
      onLoaded({ use, contribution });
    }
    return loaded;
  } catch (error) {
    await closePlugins(loaded, () => undefined); // the first failure is the one to tell
    throw error;
  }
}

/** In reverse order; a plugin that fails to close does not keep the others open. */
export async function closePlugins(
  loaded: readonly LoadedPlugin[],
  onError: (plugin: string, error: unknown) => void,
): Promise<void> {
  for (const { use, contribution } of loaded.toReversed()) {
    try {
      await contribution.close?.();
    } catch (error) {
      onError(use.plugin.name, error);
    }
  }
}

export function pluginInfo({ plugin, path }: PluginUse): PluginInfo {
  return {
    name: plugin.name,
    version: plugin.version ?? null,
    path: path ?? `@zarr-gateway/plugin-${plugin.name}`,
  };
}

function parseOptions(use: PluginUse): unknown {
  try {
    return use.plugin.options.parse(use.options ?? {});
  } catch (error) {
    throw wrong(use, `has wrong options: ${describeIssues(error)}`, error);
  }
}

interface Issue {
  readonly path: readonly unknown[];
  readonly message: string;
}

/** A zod error as `key.path: message`; any other by its message. */
function describeIssues(error: unknown): string {
  const issues: unknown = error instanceof Error && "issues" in error ? error.issues : undefined;
  if (!Array.isArray(issues)) return messageOf(error);
  return issues
    .filter((issue: unknown): issue is Issue => {
      return typeof issue === "object" && issue !== null && "path" in issue && "message" in issue;
    })
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`))
    .join("; ");
}

function hostOf(use: PluginUse, host: SharedHost, services: ReadonlyMap<string, unknown>): Host {
  const required = new Set((use.plugin.requires ?? []).map(({ id }) => id));
  const wanted = new Set((use.plugin.wants ?? []).map(({ id }) => id));
  return {
    ...host,
    find<T>(service: Service<T>): T | undefined {
      if (wanted.has(service.id)) return services.get(service.id) as T | undefined; // the token's id stands for its type
      throw new GatewayError(
        "not_found",
        `plugin "${use.plugin.name}" looks for the service "${service.id}" without listing it in "wants"`,
      );
    },
    use<T>(service: Service<T>): T {
      if (required.has(service.id) && services.has(service.id)) return services.get(service.id) as T; // the token's id stands for its type
      throw new GatewayError(
        "not_found",
        `plugin "${use.plugin.name}" uses the service "${service.id}" without listing it in "requires"`,
      );
    },
  };
}

async function setUp(use: PluginUse, options: unknown, host: Host): Promise<Contribution> {
  try {
    return await use.plugin.setup(host, options);
  } catch (error) {
    const { name } = use.plugin;
    const code = isGatewayError(error) ? error.code : "internal";
    throw new GatewayError(
      code,
      `plugin "${name}" failed to start: ${messageOf(error)}`,
      { plugin: name },
      error,
    );
  }
}

function addServices(use: PluginUse, contribution: Contribution, services: Map<string, unknown>): void {
  const promised = new Set((use.plugin.provides ?? []).map(({ id }) => id));
  for (const { service, value } of contribution.services ?? []) {
    if (!promised.delete(service.id)) {
      throw wrong(use, `contributes the service "${service.id}" without listing it in "provides"`);
    }
    services.set(service.id, value);
  }
  const [missing] = promised;
  if (missing !== undefined) throw wrong(use, `provides the service "${missing}" but contributes none`);
}
