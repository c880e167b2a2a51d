import type { Host } from "@zarr-gateway/plugin";

export interface DiagnosticsServices {
  readonly host: Host;
  /** Numbers in one JSON or CSV answer. */
  readonly maxValues: number;
}

/** What a request asks for, all of it there. */
export interface GroupbyRequest {
  readonly variable: string;
  readonly coordinate: string;
  readonly action: string;
  /** The view that is the answer. */
  readonly view: string;
}
