import type { ChunkCoder } from "@zarr-gateway/codecs";
import type { Opener } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import {
  locationName,
  type OpenStoreOptions,
  openAccess,
  openStore,
  parentLocation,
} from "@zarr-gateway/stores";
import type { IcechunkLimits } from "./limits.ts";
import { ManifestCache } from "./manifest-cache.ts";
import { openIcechunk } from "./open-icechunk.ts";
import type { IcechunkPinOptions } from "./pin.ts";
import type { VirtualOptions } from "./virtual-targets.ts";

export interface IcechunkOpenerOptions extends IcechunkPinOptions {
  readonly stores: OpenStoreOptions;
  readonly coder: ChunkCoder;
  /** Files of others that chunks may lie in; what `stores` allow, and the folder of the repository, where absent. */
  readonly virtual?: VirtualOptions;
  readonly limits?: Partial<IcechunkLimits>;
  /** Kept across openings, so that a new snapshot reads only what it has changed. */
  readonly manifests?: ManifestCache;
}

const PREFIX = "icechunk+";
const PINS = ["branch", "tag", "snapshot"] as const;

/**
 * Opens repositories at `icechunk+file:///data/repo`, with `#branch=…`, `#tag=…` or `#snapshot=…` after it for another
 * state than the configured one. A fragment, because a query may belong to the server's own address.
 */
export function icechunkOpener(options: IcechunkOpenerOptions): Opener {
  const { stores, coder, limits } = options;
  const manifests = options.manifests ?? new ManifestCache(limits);
  return {
    format: "icechunk",
    accepts: ({ protocol }) => protocol.startsWith(PREFIX),
    async open(location, call = {}) {
      const { root, pin } = parseIcechunkLocation(location);
      const virtual = options.virtual ?? virtualBeside(root, stores);
      const store = openStore(root, stores);
      try {
        return await openIcechunk(store, {
          ...(pin ?? { branch: options.branch, tag: options.tag, snapshot: options.snapshot }),
          ...{ coder, virtual, manifests, location: root, signal: call.signal, ...(limits && { limits }) },
          name: locationName(root) || "data",
        });
      } catch (error) {
        await store.close?.();
        throw error;
      }
    },
  };
}

/** Virtual chunks may lie where the configuration allows, and beside the repository as references beside their set. */
function virtualBeside(root: URL, stores: OpenStoreOptions): VirtualOptions {
  const { parent } = parentLocation(root);
  // beside a folder at the very top would be the whole machine, bucket or server
  const allow = parent.pathname === "/" ? stores.allow : [...stores.allow, parent];
  return { allow, openAccess: (target, call) => openAccess(target, { ...stores, allow, ...call }) };
}

/**
 * Where the repository lies, and what of it the location names.
 * @throws GatewayError invalid_request for a fragment that names something else
 */
export function parseIcechunkLocation(location: URL): {
  readonly root: URL;
  readonly pin: IcechunkPinOptions | undefined;
} {
  const root = new URL(location.href.startsWith(PREFIX) ? location.href.slice(PREFIX.length) : location.href);
  root.hash = "";
  if (location.hash === "") return { root, pin: undefined };
  const parameters = [...new URLSearchParams(location.hash.slice(1))];
  const pins = parameters.filter(([name]) => PINS.some((known) => known === name));
  if (pins.length !== 1 || parameters.length !== 1) {
    throw new GatewayError(
      "invalid_request",
      "after # an Icechunk location has one of branch=…, tag=… and snapshot=…",
    );
  }
  return { root, pin: Object.fromEntries(pins) };
}
