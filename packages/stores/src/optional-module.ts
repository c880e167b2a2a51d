import { GatewayError } from "@zarr-gateway/primitives";

/**
 * A module that is loaded only where a location needs it.
 * @throws GatewayError unsupported naming the package when it is not installed
 */
export async function optionalModule<Module>(
  packageName: string,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
    throw new GatewayError(
      "unsupported",
      `locations of this kind need the package ${packageName}, which is not installed`,
      {},
      error,
    );
  }
}
