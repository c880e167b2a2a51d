import { formatMemberNoise, type ModelInterface } from "@zarr-gateway/dataset";
import type {
  DatasetCatalog,
  DatasetLease,
  Models,
  NoisyForecasts,
  OpenOptions,
  PictureDrawing,
  WantedPicture,
  WorkflowDatasets,
} from "@zarr-gateway/plugin";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";

/** What gives datasets to workflows. */
export interface Catalogs {
  readonly datasets: Pick<DatasetCatalog, "lease">;
  /** Absent: no forecasts here. */
  readonly forecasts?: NoisyForecasts | undefined;
  /** Absent: no models here. */
  readonly models?: Models | undefined;
  /** Absent: nothing here draws. */
  readonly drawing?: PictureDrawing | undefined;
}

export interface AskedDataset extends Pick<OpenOptions, "noise"> {
  readonly id: string;
}

/** @throws GatewayError not_found, upstream; invalid_request for noise that is not to be had */
export function leaseOf(
  { datasets, forecasts }: Catalogs,
  { id, noise }: AskedDataset,
  options: CallOptions,
): Promise<DatasetLease> {
  const isOwn = noise === undefined || formatMemberNoise(noise) === undefined;
  if (isOwn) return datasets.lease(id, options);
  if (forecasts !== undefined) return forecasts.lease(id, noise, options);
  const option = (noise.scale ?? 1) !== 1 ? "scale" : noise.isWhite === true ? "isWhite" : "seed";
  throw new GatewayError("invalid_request", `"${id}" is no forecast of this server`, { noise: option });
}

/** @throws GatewayError not_found, invalid_request; unsupported where nothing draws */
export async function drawn(
  { datasets, drawing }: Catalogs,
  { id, ...picture }: WantedPicture & { readonly id: string },
  options: CallOptions,
): Promise<Uint8Array> {
  if (drawing === undefined) throw new GatewayError("unsupported", "this server draws no pictures");
  const lease = await datasets.lease(id, options);
  try {
    return await drawing.png(lease.dataset, picture, options);
  } finally {
    lease.release();
  }
}

/** Of views, that of what they are of. @throws GatewayError not_found */
export async function modelOf(
  { datasets, models }: Catalogs,
  id: string,
  options: CallOptions,
): Promise<ModelInterface | undefined> {
  const lease = await datasets.lease(id, options); // models are known once they are opened
  lease.release();
  const [base = id] = id.split("@");
  return models?.of(base);
}

/** Datasets for a `check` in this process: what it opens is let go of when it is over. */
export class CheckedDatasets implements WorkflowDatasets {
  readonly #catalogs: Catalogs;
  readonly #leases: DatasetLease[] = [];

  constructor(catalogs: Catalogs) {
    this.#catalogs = catalogs;
  }

  async open(id: string, { noise, ...call }: OpenOptions = {}): Promise<DatasetLease["dataset"]> {
    const lease = await leaseOf(this.#catalogs, { id, noise }, call);
    this.#leases.push(lease);
    return lease.dataset;
  }

  picture(id: string, picture: WantedPicture, options: CallOptions = {}): Promise<Uint8Array> {
    return drawn(this.#catalogs, { ...picture, id }, options);
  }

  model(id: string, options: CallOptions = {}): Promise<ModelInterface | undefined> {
    return modelOf(this.#catalogs, id, options);
  }

  release(): void {
    for (const lease of this.#leases.splice(0)) lease.release();
  }
}
