import { type CallOptions, GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import { isBelow, type RandomAccess } from "@zarr-gateway/stores";
import { OpenTargets, type TargetOptions } from "../open-targets.ts";
import { targetLocation } from "./target-location.ts";

/** A target and, for messages, the key of the reference. */
interface TargetPlace {
  readonly target: string;
  readonly key: string;
}

export interface TargetFilesOptions extends TargetOptions {
  /** What relative targets are relative to. */
  readonly folder?: URL | undefined;
  readonly now?: () => number;
}

/** Files of others that references lead into. */
export class TargetFiles {
  readonly #options: TargetFilesOptions;
  readonly #open: OpenTargets;

  constructor(options: TargetFilesOptions) {
    this.#options = options;
    this.#open = new OpenTargets((location, call) => options.openAccess(location, call), options.now);
  }

  /**
   * @param key of the reference, for messages
   * @throws GatewayError forbidden outside the allowed locations, naming the host or the reference and never a path
   */
  locate(target: string, key: string): URL {
    const { folder, allow } = this.#options;
    let location: URL;
    try {
      location = targetLocation(target, folder);
    } catch (error) {
      throw ofReference(error, key, undefined);
    }
    if (allow.some((prefix) => isBelow(location, prefix))) return location;
    const where = location.host === "" ? "" : ` on ${location.host}`;
    throw new GatewayError(
      "forbidden",
      `the reference "${key}" leads to a file${where} that lies outside the allowed locations (sources.allow)`,
      { key, protocol: location.protocol, host: location.host },
    );
  }

  /**
   * Calls `work` with the file as it was when it was first used.
   * @throws GatewayError with `changed` in its details when it is another one by now, as `OpenTargets`
   */
  async use<Result>(
    { target, key }: TargetPlace,
    work: (access: RandomAccess) => Promise<Result>,
    options: CallOptions,
  ): Promise<Result> {
    const location = this.locate(target, key);
    try {
      return await this.#open.use(location, work, options);
    } catch (error) {
      throw ofReference(error, key, location);
    }
  }

  /** Calls `work` with the file as it is now. */
  async useLatest<Result>(
    { target, key }: TargetPlace,
    work: (access: RandomAccess) => Promise<Result>,
    options: CallOptions,
  ): Promise<Result> {
    const location = this.locate(target, key);
    try {
      return await this.#open.useLatest(location, work, options);
    } catch (error) {
      throw ofReference(error, key, location);
    }
  }

  async close(): Promise<void> {
    await this.#open.close();
  }
}

/** Says which reference it was. A target that is gone is a failure of the set, never a missing chunk. */
function ofReference(error: unknown, key: string, location: URL | undefined): unknown {
  if (!isGatewayError(error)) return error;
  const code = KEPT_CODES.has(error.code) ? error.code : "upstream";
  const where = location && location.host !== "" ? ` on ${location.host}` : "";
  const message = `the target of the reference "${key}"${where}: ${error.message}`;
  const { changed } = error.details;
  return new GatewayError(code, message, { key, ...(changed === true && { changed }) }, error);
}

const KEPT_CODES: ReadonlySet<string> = new Set(["forbidden", "unsupported", "overloaded"]);
