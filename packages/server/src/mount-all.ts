import type { aboutRoutes } from "./about-routes.ts";
import type { LoadedPlugin } from "./load-plugins.ts";
import type { MountedApp } from "./mount.ts";
import type { datasetOpener } from "./open-route.ts";
import { negotiated } from "./representations.ts";

/** Middleware of all plugins, the server's own routes, the plugins' routes, then routes below a dataset. */
export function mountAll(
  mounted: MountedApp,
  about: ReturnType<typeof aboutRoutes>,
  loaded: readonly LoadedPlugin[],
  open: ReturnType<typeof datasetOpener>,
): void {
  for (const { contribution } of loaded)
    for (const middleware of contribution.middleware ?? []) mounted.use(middleware);
  mounted.mount("server", "", about);
  for (const { use, contribution } of loaded) {
    const { name, prefix } = use.plugin;
    if (contribution.routes !== undefined) {
      mounted.mount(name, prefix === "" ? "" : `/${prefix}`, contribution.routes);
    }
  }
  const representations = loaded.flatMap(({ contribution }) => contribution.representations ?? []);
  if (representations.length > 0) mounted.negotiate("/datasets/:dataset", open, negotiated(representations));
  for (const { use, contribution } of loaded) {
    const { name, prefix } = use.plugin;
    if (contribution.datasetRoutes !== undefined) {
      const base = prefix === "" ? "/datasets/:dataset" : `/datasets/:dataset/${prefix}`;
      mounted.mount(name, base, contribution.datasetRoutes, open);
    }
  }
}
