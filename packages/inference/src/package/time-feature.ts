import type { TimeFeature } from "../model-package.ts";

const QUANTITIES = ["day", "hour", "lead", "step"] as const;
const QUANTITY = `(2pi\\s*\\*\\s*)?(${QUANTITIES.join("|")})(?:\\s*/\\s*(\\d+(?:\\.\\d*)?(?:e[+-]?\\d+)?))?`;
const PATTERN = new RegExp(`^(?:(sin|cos)\\(\\s*${QUANTITY}\\s*\\)|${QUANTITY})$`);

export const TIME_FEATURE = `Q, sin(Q) or cos(Q) with Q = [2pi*](${QUANTITIES.join("|")})[/number]`;

/** `sin(2pi*hour/24)`; undefined where the text is no feature of time. */
export function parseTimeFeature(text: string): TimeFeature | undefined {
  const match = PATTERN.exec(text.trim());
  if (match === null) return undefined;
  const [, wave, waveAngle, waveQuantity, waveDivisor, angle, plainQuantity, plainDivisor] = match;
  const quantity = QUANTITIES.find((one) => one === (waveQuantity ?? plainQuantity));
  const divisor = Number(waveDivisor ?? plainDivisor ?? 1);
  if (quantity === undefined || !(divisor > 0) || !Number.isFinite(divisor)) return undefined;
  return {
    kind: "time",
    wave: wave === "sin" || wave === "cos" ? wave : "none",
    isAngle: (waveAngle ?? angle) !== undefined,
    quantity,
    divisor,
  };
}
