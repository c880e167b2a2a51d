export { type IcechunkOpenerOptions, icechunkOpener, parseIcechunkLocation } from "./icechunk-opener.ts";
export type { IcechunkLimits } from "./limits.ts";
export { type IcechunkVersion, type ListVersionsOptions, listVersions } from "./list-versions.ts";
export { ManifestCache } from "./manifest-cache.ts";
export { type OpenIcechunkOptions, openIcechunk } from "./open-icechunk.ts";
export type { IcechunkPinOptions } from "./pin.ts";
export { isIcechunkRepository } from "./repository.ts";
export type { VirtualOptions } from "./virtual-targets.ts";
