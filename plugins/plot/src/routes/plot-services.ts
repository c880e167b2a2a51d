import type { Descriptions, Host } from "@zarr-gateway/plugin";
import type { PictureServices } from "./picture-resource.ts";

export interface PlotServices extends PictureServices {
  readonly host: Host;
  readonly descriptions: Descriptions;
}
