import type { Plugin } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";

/** A plugin to load, with the user's options for it. */
export interface PluginUse {
  readonly plugin: Plugin<unknown>;
  readonly options?: unknown;
  /** Where it comes from, for `/plugins`: a package name or a module path as configured. */
  readonly path?: string;
}

/** Built-in service ids, always there. */
export type Offered = ReadonlySet<string>;

/**
 * The order of set-up: providers of a service before who requires or wants it, else as configured.
 * @throws GatewayError invalid_request for duplicate names, prefixes or services, missing services, circles
 */
export function orderPlugins(uses: readonly PluginUse[], offered: Offered): readonly PluginUse[] {
  checkNames(uses);
  const providers = serviceProviders(uses, offered);
  const ordered: PluginUse[] = [];
  const visit = (use: PluginUse, trail: readonly PluginUse[]): void => {
    if (ordered.includes(use)) return;
    if (trail.includes(use)) throw circle([...trail.slice(trail.indexOf(use)), use]);
    for (const { id } of use.plugin.requires ?? []) {
      const provider = providers.get(id);
      if (provider !== undefined) visit(provider, [...trail, use]);
      else if (!offered.has(id))
        throw wrong(use, `requires the service "${id}", which no loaded plugin provides`);
    }
    for (const { id } of use.plugin.wants ?? []) {
      const provider = providers.get(id);
      if (provider !== undefined) visit(provider, [...trail, use]);
    }
    ordered.push(use);
  };
  for (const use of uses) visit(use, []);
  return ordered;
}

function checkNames(uses: readonly PluginUse[]): void {
  const names = new Set<string>();
  const prefixes = new Map<string, string>();
  for (const use of uses) {
    const { name, prefix } = use.plugin;
    if (names.has(name)) throw wrong(use, "is loaded twice; names of plugins must differ");
    names.add(name);
    if (!/^[A-Za-z0-9._~-]*$/.test(prefix) || /^\.+$/.test(prefix)) {
      throw wrong(use, `has the prefix "${prefix}"; expected one path segment, or nothing`);
    }
    const owner = prefixes.get(prefix);
    if (prefix !== "" && owner !== undefined) {
      throw wrong(use, `has the prefix "${prefix}", which plugin "${owner}" has already`);
    }
    prefixes.set(prefix, name);
  }
}

function serviceProviders(uses: readonly PluginUse[], offered: Offered): ReadonlyMap<string, PluginUse> {
  const providers = new Map<string, PluginUse>();
  for (const use of uses) {
    for (const { id } of use.plugin.provides ?? []) {
      const other = providers.get(id)?.plugin.name ?? (offered.has(id) ? "the server" : undefined);
      if (other !== undefined)
        throw wrong(use, `provides the service "${id}", which "${other}" provides already`);
      providers.set(id, use);
    }
  }
  return providers;
}

function circle(uses: readonly PluginUse[]): GatewayError {
  const names = uses.map((use) => `"${use.plugin.name}"`).join(" → ");
  return new GatewayError("invalid_request", `plugins require each other in a circle: ${names}`);
}

export function wrong(use: PluginUse, message: string, cause?: unknown): GatewayError {
  const { name } = use.plugin;
  return new GatewayError("invalid_request", `plugin "${name}" ${message}`, { plugin: name }, cause);
}
