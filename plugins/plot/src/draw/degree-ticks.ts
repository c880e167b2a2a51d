const STEPS = [60, 45, 30, 20, 15, 10, 5, 2, 1, 0.5, 0.25, 0.1, 0.05, 0.02, 0.01];

/** Degrees between lines: the largest step that gives at least `count` of them. */
export function degreeStep(span: number, count: number): number {
  return STEPS.find((step) => span / step >= count - 0.5) ?? 0.01;
}

/** Multiples of the step inside. */
export function degreeTicks(low: number, high: number, step: number): number[] {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, Math.min(100, last - first + 1)) }, (_, at) =>
    Number(((first + at) * step).toFixed(6)),
  );
}

export function formatLongitude(value: number): string {
  const turned = value - 360 * Math.ceil((value - 180) / 360);
  if (turned === 0 || Math.abs(turned) === 180) return `${Math.abs(turned)}°`;
  return `${text(turned)}°${turned < 0 ? "W" : "E"}`;
}

export function formatLatitude(value: number): string {
  if (value === 0) return "0°";
  return `${text(value)}°${value < 0 ? "S" : "N"}`;
}

function text(value: number): string {
  return String(Number(Math.abs(value).toFixed(4)));
}
