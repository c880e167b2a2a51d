import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

const PACKAGE = "zarr-gateway-plugin:";
/** What a plugin may import without having it installed beside it. */
const PROVIDED = /^(zarr-gateway\/plugin|zod|hono)(\/|$)/;
/** Packages of the workspace that plugins may import; outside of a clone one module offers all their names. */
const WORKSPACE = /^@zarr-gateway\/(plugin|dataset|http|primitives)$/;

let isRegistered = false;

/**
 * Makes a user's plugin find `@zarr-gateway/plugin`, `zarr-gateway/plugin`, `zod` and `hono` here when its own folder has none, and lets
 * a plugin that is a package be found beside the configuration instead of beside this program.
 */
export function registerPluginModules(): void {
  if (isRegistered) return;
  isRegistered = true;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (specifier.startsWith(PACKAGE)) {
        const { name, from } = JSON.parse(
          decodeURIComponent(specifier.slice(PACKAGE.length)),
        ) as PackageRequest; // written by packageSpecifier
        return nextResolve(name, { ...context, parentURL: from });
      }
      try {
        return nextResolve(specifier, context);
      } catch (error) {
        const provided = WORKSPACE.test(specifier) ? "zarr-gateway/plugin" : specifier;
        if (!PROVIDED.test(provided)) throw error;
        return nextResolve(provided, { ...context, parentURL: import.meta.url });
      }
    },
  });
}

interface PackageRequest {
  readonly name: string;
  readonly from: string;
}

/** A specifier that finds a package as a file in `folder` would. */
export function packageSpecifier(name: string, folder: string): string {
  const request: PackageRequest = { name, from: pathToFileURL(`${folder}/plugin`).href };
  return PACKAGE + encodeURIComponent(JSON.stringify(request));
}
