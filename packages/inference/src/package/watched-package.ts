import { type CallOptions, GatewayError, SingleFlight } from "@zarr-gateway/primitives";
import type { ModelPackage } from "../model-package.ts";

/** A model package whose files may be replaced while it is served. */
export interface WatchedPackage {
  /**
   * As the files are now; read again only where they have changed.
   * @throws GatewayError of who reads it; upstream while files are being written
   */
  read(options?: CallOptions): Promise<ModelPackage>;
  /** Whether the files are still those of this one. @throws as `read`, while files are being written */
  isCurrent(model: Pick<ModelPackage, "version">, options?: CallOptions): Promise<boolean>;
}

export interface PackageFiles {
  /** Reads and hashes: large files take their time. */
  readonly read: (options: CallOptions) => Promise<ModelPackage>;
  /** The version that they have; reads only what was touched. */
  readonly look: (options: CallOptions) => Promise<string>;
}

interface Known {
  readonly seen: string;
  readonly model: ModelPackage;
}

export function watchedPackage(files: PackageFiles): WatchedPackage {
  const flights = new SingleFlight<"package", ModelPackage>();
  let known: Known | undefined;
  const readAnew = async (options: CallOptions): Promise<ModelPackage> => {
    const seen = await files.look(options);
    if (known?.seen === seen) return known.model;
    const model = await files.read(options);
    // a package that changes while it is read may be half of one and half of another
    if ((await files.look(options)) !== seen) throw beingReplaced();
    known = { seen, model };
    return model;
  };
  const read: WatchedPackage["read"] = (options = {}) => flights.run("package", readAnew, options);
  return {
    read,
    async isCurrent({ version }, options = {}) {
      try {
        return (await read(options)).version === version;
      } catch (error) {
        if (isBeingReplaced(error) || options.signal?.aborted === true) throw error;
        return false; // whoever opens it anew is told what is wrong
      }
    },
  };
}

/** Marked as a change, so that whoever holds the old version looks again. */
export function beingReplaced(): GatewayError {
  return new GatewayError("upstream", "the files of the model are being replaced, ask again", {
    changed: true,
  });
}

function isBeingReplaced(error: unknown): boolean {
  return error instanceof GatewayError && error.details["changed"] === true;
}
