import { formatMemberNoise, type MemberNoise } from "@zarr-gateway/dataset";
import { isGatewayError } from "@zarr-gateway/primitives";
import { refusedParameter } from "./refused-parameter.ts";

/** Earth2Studio's words for how members differ. */
export interface NoiseParameters {
  readonly nensemble: number;
  readonly perturbation: "spherical_gaussian" | "gaussian";
  readonly noise_amplitude: number;
  readonly seed_base?: number | undefined;
}

const PARAMETERS = { scale: "noise_amplitude", isWhite: "perturbation", seed: "seed_base" } as const;

/**
 * What members of the forecast shall have, in its own terms; undefined: what they have anyway.
 * @param unit the amplitude that stands for the noise of the model package
 * @throws GatewayError invalid_request where there is no member that would have it
 */
export function memberNoise(asked: NoiseParameters, unit: number): MemberNoise | undefined {
  const { seed_base: seed } = asked;
  const noise = {
    scale: asked.noise_amplitude / unit,
    isWhite: asked.perturbation === "gaussian",
    ...(seed !== undefined && { seed }),
  };
  if (formatMemberNoise(noise) === undefined) return undefined;
  if (asked.nensemble === 1) {
    const option = seed !== undefined ? "seed" : noise.isWhite ? "isWhite" : "scale";
    const why = "member 0 is the control, which has no noise: ask for more members";
    throw refusedParameter(PARAMETERS[option], why);
  }
  return noise;
}

/** The server's refusal in the words of the request; other errors as they are. */
export function asNoiseRefusal(error: unknown): unknown {
  if (!isGatewayError(error)) return error;
  const option = error.details["noise"];
  const isKnown = option === "scale" || option === "isWhite" || option === "seed";
  return isKnown ? refusedParameter(PARAMETERS[option], error.message) : error;
}
