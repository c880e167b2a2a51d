import { type View, viewOf } from "@zarr-gateway/compute";
import type { Dataset } from "@zarr-gateway/dataset";
import type { DatasetLease, DatasetProvider, Host } from "@zarr-gateway/plugin";
import { type CallOptions, messageOf } from "@zarr-gateway/primitives";
import type { ViewIds } from "./view-id.ts";

/** What of the host views need, and how much one chunk may read. */
export interface ViewsHost extends Pick<Host, "datasets" | "cache" | "pool" | "log"> {
  readonly maxReadBytes: number;
}

/** Datasets that are views of others. They hold what they are made of open, and are current as long as all of it is. */
export function viewsProvider(host: ViewsHost, ids: ViewIds): DatasetProvider {
  return {
    name: "views",
    idsByRequest: true,
    resolve: (id) => ids.parse(id),
    // there are endlessly many
    async *ids() {},
    async open(id, options = {}) {
      const parsed = ids.parse(id);
      return parsed && openView(parsed, host, options);
    },
  };
}

interface Held {
  readonly id: string;
  readonly lease: DatasetLease;
}

async function openView(
  { base, view, id }: { readonly base: string; readonly view: View; readonly id: string },
  host: ViewsHost,
  options: CallOptions,
): Promise<Dataset> {
  const held: Held[] = [];
  const hold = async (other: string, call: CallOptions = {}): Promise<Dataset> => {
    const known = held.find((one) => one.id === other);
    if (known !== undefined) return known.lease.dataset;
    const lease = await host.datasets.lease(other, call);
    held.push({ id: other, lease });
    return lease.dataset;
  };
  const release = (): void => {
    for (const { lease } of held.splice(0)) lease.release();
  };
  try {
    const dataset = await hold(base, options);
    const { cache, pool, maxReadBytes } = host;
    const result = await viewOf(dataset, view, {
      id: base,
      cache,
      pool,
      openDataset: hold,
      maxReadBytes,
      signal: options.signal,
    });
    return {
      ...result,
      isCurrent: (call) => areCurrent(held, host, call),
      close: async () => release(),
    };
  } catch (error) {
    host.log.debug({ dataset: id, err: error }, `view not opened: ${messageOf(error)}`);
    release();
    throw error;
  }
}

/** True while all datasets are still those that were opened. */
async function areCurrent(
  held: readonly Held[],
  { datasets }: Pick<Host, "datasets">,
  options: CallOptions = {},
): Promise<boolean> {
  for (const { id, lease } of held) {
    const now = await datasets.lease(id, options);
    now.release();
    if (now.dataset !== lease.dataset) return false;
  }
  return true;
}
