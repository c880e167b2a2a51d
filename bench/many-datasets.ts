import { httpGetOk } from "./http-get.ts";
import { startWithDatasets } from "./servers.ts";

const COUNT = 1000;

export interface ManyDatasets {
  readonly count: number;
  readonly startMs: number;
  readonly startMsWithOne: number;
  readonly residentBytes: number;
  readonly residentBytesAllOpened: number;
}

/** Start and memory with a thousand datasets configured: untouched, and after the metadata of each was asked for. */
export async function measureManyDatasets(): Promise<ManyDatasets> {
  const one = await startWithDatasets(1);
  await one.stop();
  const many = await startWithDatasets(COUNT);
  try {
    await httpGetOk(`${many.url}/datasets`);
    const residentBytes = many.residentBytes();
    for (let number = 0; number < COUNT; number++) {
      await httpGetOk(`${many.url}/datasets/d${number}/zarr/zarr.json`);
    }
    const residentBytesAllOpened = many.residentBytes();
    const startMs = many.startMs;
    return { count: COUNT, startMs, startMsWithOne: one.startMs, residentBytes, residentBytesAllOpened };
  } finally {
    await many.stop();
  }
}
