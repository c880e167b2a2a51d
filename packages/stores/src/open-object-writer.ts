import { GatewayError } from "@zarr-gateway/primitives";
import { azureWriter } from "./object-writer/azure-writer.ts";
import { googleWriter } from "./object-writer/google-writer.ts";
import { s3Writer } from "./object-writer/s3-writer.ts";
import type { ObjectWriter, ObjectWriterOptions } from "./object-writer.ts";

/** @throws GatewayError unsupported for a location that is no bucket */
export function openObjectWriter(location: URL, options: ObjectWriterOptions): ObjectWriter {
  switch (location.protocol) {
    case "s3:":
      return s3Writer(location, options);
    case "az:":
    case "abfs:":
    case "abfss:":
      return azureWriter(location, options);
    case "gs:":
      return googleWriter(location, options);
    default:
      throw new GatewayError(
        "unsupported",
        `objects are written to s3:, az:, abfs:, abfss: or gs:, not "${location.protocol}"`,
      );
  }
}
