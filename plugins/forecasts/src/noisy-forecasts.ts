import { type Dataset, formatMemberNoise, type MemberNoise } from "@zarr-gateway/dataset";
import type { ModelPackage } from "@zarr-gateway/inference";
import type { DatasetLease, Host, NoisyForecasts } from "@zarr-gateway/plugin";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";

/** A forecast that is open. */
export interface OpenForecast {
  readonly model: Pick<ModelPackage, "perturbation" | "networks" | "diagnostics">;
  readonly members: { readonly count: number; readonly maxNoise: number } | undefined;
  /** The same on the same model and runs, but with members of their own. */
  withNoise(noise: MemberNoise): Dataset;
}

/** Forecasts that are open, for who wants their members otherwise. */
export class OpenForecasts implements NoisyForecasts {
  readonly #datasets: Pick<Host["datasets"], "lease">;
  readonly #byVersion = new Map<string, OpenForecast>();

  constructor(datasets: Pick<Host["datasets"], "lease">) {
    this.#datasets = datasets;
  }

  /** @returns what forgets it, to be called when it is closed */
  note(id: string, { version = "" }: Dataset, forecast: OpenForecast): () => void {
    const key = `${id}\n${version}`;
    this.#byVersion.set(key, forecast);
    return () => {
      if (this.#byVersion.get(key) === forecast) this.#byVersion.delete(key);
    };
  }

  async lease(id: string, noise: MemberNoise, options?: CallOptions): Promise<DatasetLease> {
    const lease = await this.#datasets.lease(id, options);
    if (formatMemberNoise(noise) === undefined) return lease;
    try {
      const forecast = this.#byVersion.get(`${id}\n${lease.dataset.version ?? ""}`);
      const wanted = permittedNoise(id, noise, forecast);
      if (forecast === undefined || formatMemberNoise(wanted) === undefined) return lease;
      const { close: _, isCurrent: __, ...dataset } = forecast.withNoise(wanted); // the lease's
      return { dataset: { ...dataset, readsMayWait: true }, release: () => lease.release() };
    } catch (error) {
      lease.release();
      throw error;
    }
  }
}

/** What is asked, as the package can do it. @throws GatewayError invalid_request; details name the option as `noise` */
function permittedNoise(id: string, noise: MemberNoise, forecast: OpenForecast | undefined): MemberNoise {
  const { scale = 1, isWhite = false, seed } = noise;
  const named = scale !== 1 ? "scale" : isWhite ? "isWhite" : "seed";
  const refused = (option: keyof MemberNoise, why: string): GatewayError =>
    new GatewayError("invalid_request", why, { noise: option });
  if (forecast?.members === undefined)
    throw refused(
      named,
      forecast === undefined
        ? `"${id}" is no forecast of the configuration: its members are those that it has`
        : `the forecast "${id}" has no members`,
    );
  const { model, members } = forecast;
  if (members.maxNoise === 0) throw refused(named, `the forecast "${id}" gives its own members alone`);
  if (scale > members.maxNoise)
    throw refused(
      "scale",
      `${scale} times the noise of its model is too much: the forecast "${id}" gives ${members.maxNoise} times at most`,
    );
  const { std = {}, correlationKm = 0 } = model.perturbation ?? {};
  const hasNoise = Object.values(std).some((value) => value > 0);
  const none = `the model of the forecast "${id}" has no noise in its first states`;
  if (!hasNoise && (isWhite || scale !== 1)) throw refused(named, none);
  const isRandom = (hasNoise && scale > 0) || hasRandomInputs(model);
  if (seed !== undefined && !isRandom)
    throw refused(
      "seed",
      `${scale === 0 ? "nothing is random without noise" : none}: a seed changes nothing`,
    );
  return {
    scale,
    isWhite: isWhite && correlationKm > 0,
    ...(seed !== undefined && { seed }),
  };
}

function hasRandomInputs({ networks, diagnostics }: OpenForecast["model"]): boolean {
  return [...networks, ...diagnostics].some(({ inputs }) =>
    inputs.some(({ channels }) => channels.some(({ kind }) => kind === "random")),
  );
}

/** `Gaussian noise in u (0.1 m s-1), v (0.1 m s-1), correlated over 1000 km, seed 42`. */
export function noiseText(
  { perturbation, variables }: Pick<ModelPackage, "perturbation" | "variables">,
  { scale = 1, isWhite = false, seed }: MemberNoise,
): string {
  const { std = {}, correlationKm = 0 } = perturbation ?? {};
  const unitsOf = (name: string): string => variables.find((one) => one.name === name)?.units ?? "";
  const parts = Object.entries(std).map(
    ([name, value]) => `${name} (${`${value * scale} ${unitsOf(name)}`.trim()})`,
  );
  const length = isWhite || correlationKm === 0 ? "uncorrelated" : `correlated over ${correlationKm} km`;
  const hasNoise = scale > 0 && parts.length > 0;
  const noise = hasNoise ? `Gaussian noise in ${parts.join(", ")}, ${length}` : "no noise in first states";
  return seed === undefined ? noise : `${noise}, seed ${seed}`;
}
