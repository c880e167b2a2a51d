import type { Dataset } from "@zarr-gateway/dataset";
import type { ModelPackage, WatchedPackage } from "@zarr-gateway/inference";
import type { DatasetLease, DatasetProvider, Host } from "@zarr-gateway/plugin";
import { type CallOptions, GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";
import type { MapOptions } from "./options.ts";

/** A map of the configuration. */
export interface ConfiguredMap {
  readonly id: string;
  readonly options: MapOptions;
  readonly model: WatchedPackage;
}

/** What a map is made of, all of one version. */
export interface MapParts {
  readonly map: ConfiguredMap;
  readonly model: ModelPackage;
  readonly dataset: Dataset;
}

/** Makes the dataset; its `close` ends what it runs. */
export type MapOpener = (parts: MapParts, options: CallOptions) => Promise<Dataset>;

/**
 * Maps as datasets. They hold the dataset that they map open, and are current as long as it is and the files of their model
 * are those that were read.
 */
export function mapsProvider(
  maps: ReadonlyMap<string, ConfiguredMap>,
  host: Pick<Host, "datasets">,
  open: MapOpener,
): DatasetProvider {
  return {
    name: "maps",
    async *ids() {
      yield* maps.keys();
    },
    async open(id, options = {}) {
      const map = maps.get(id);
      return map && openMap(map, { host, open }, options);
    },
  };
}

interface Opening {
  readonly host: Pick<Host, "datasets">;
  readonly open: MapOpener;
}

async function openMap(map: ConfiguredMap, { host, open }: Opening, options: CallOptions): Promise<Dataset> {
  const model = await map.model.read(options);
  const lease = await leaseDataset(map, host, options);
  try {
    const dataset = await open({ map, model, dataset: lease.dataset }, options);
    return {
      ...dataset,
      readsMayWait: true,
      isCurrent: async (call = {}) =>
        (await map.model.isCurrent(model, call)) && (await isSame(map, lease, host, call)),
      close: async () => {
        try {
          await dataset.close?.();
        } finally {
          lease.release();
        }
      },
    };
  } catch (error) {
    lease.release();
    throw error;
  }
}

/** To who asks for the map, a dataset that is not there is a failure, and never "not found". */
async function leaseDataset(
  { options: { dataset } }: ConfiguredMap,
  host: Pick<Host, "datasets">,
  options: CallOptions,
): Promise<DatasetLease> {
  try {
    return await host.datasets.lease(dataset, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    const code = isGatewayError(error) && error.code === "overloaded" ? "overloaded" : "upstream";
    const message = `dataset: ${JSON.stringify(dataset)} cannot be opened: ${messageOf(error)}`;
    throw new GatewayError(code, message, {}, error);
  }
}

async function isSame(
  { options }: ConfiguredMap,
  lease: DatasetLease,
  { datasets }: Pick<Host, "datasets">,
  call: CallOptions,
): Promise<boolean> {
  const now = await datasets.lease(options.dataset, call);
  now.release();
  return now.dataset === lease.dataset;
}
