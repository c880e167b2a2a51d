import { fileURLToPath } from "node:url";
import { atMost, type Goal } from "./goal.ts";
import { httpGetOk } from "./http-get.ts";
import { PICTURES, preparePictures } from "./pictures.ts";
import { prepare, runPeer, startConfigured } from "./servers.ts";

interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}
/** One field of 721 × 1440 on a grid of one degree. */
export interface RegridMeasured {
  readonly gateway: Cost;
  /** A product with a sparse matrix, alone and with the reading of the field. */
  readonly scipy: { readonly product: Cost; readonly "read and product": Cost };
}

const FIELDS = 24;
/** Not counted, here and in the peer: weights are made with the first, and loops are compiled after some. */
const FIRST = 8;
const VIEW = "regrid(lat=-90:90:1,lon=0:359:1)";

export async function measureRegrid(): Promise<RegridMeasured> {
  preparePictures();
  const scipy = runPeer("read_regrid.py", PICTURES, String(FIRST), String(FIELDS)) as RegridMeasured["scipy"]; // what the script prints
  const server = await startConfigured("regrid.yaml", {
    server: { logLevel: "warn" },
    datasets: { era: { location: PICTURES } },
  });
  try {
    const chunk = (step: number): string => `${server.url}/datasets/era@${VIEW}/zarr/t2m/c/${step}/0/0`;
    for (let step = 0; step < FIRST; step += 1) await httpGetOk(chunk(step));
    const [start, cpu] = [performance.now(), server.cpuMs()];
    for (let step = FIRST; step < FIELDS; step += 1) await httpGetOk(chunk(step));
    const gateway = {
      wallMs: (performance.now() - start) / (FIELDS - FIRST),
      cpuMs: (server.cpuMs() - cpu) / (FIELDS - FIRST),
    };
    return { gateway, scipy };
  } finally {
    await server.stop();
  }
}

export function regridGoals({ gateway, scipy }: RegridMeasured): Goal[] {
  const ratio = gateway.wallMs / scipy["read and product"].wallMs;
  return [atMost("0.25° to 1°, a field with reading it", ratio, 1, "× zarr-python and a sparse product")];
}

export function regridLine({ gateway, scipy }: RegridMeasured): string {
  const words = ({ wallMs, cpuMs }: Cost): string =>
    `${wallMs.toFixed(1)} ms (${cpuMs.toFixed(1)} ms of processor time)`;
  return `- A field of 721 × 1440 to one degree: ${words(gateway)} with reading and compressing; sparse product alone ${words(scipy.product)}, with reading ${words(scipy["read and product"])}.`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  prepare();
  console.log(JSON.stringify(await measureRegrid(), undefined, 2));
}
