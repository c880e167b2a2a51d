import { GatewayError } from "@zarr-gateway/primitives";

/** All that keeps an analysis from giving initial conditions: told at once, so that it is put right at once. */
export class Problems {
  readonly #found: string[] = [];

  add(problem: string): void {
    if (!this.#found.includes(problem)) this.#found.push(problem);
  }

  get found(): readonly string[] {
    return this.#found;
  }

  /** @throws GatewayError invalid_request with all of them */
  throwAny(where: string): void {
    const [first, ...more] = this.#found;
    if (first === undefined) return;
    const list = more.length === 0 ? first : this.#found.map((problem) => `\n- ${problem}`).join("");
    throw new GatewayError("invalid_request", `${where}: ${list}`, { problems: this.#found });
  }
}

/** `a, b and 7 more`. */
export function listed(names: readonly (string | number)[], most = 20): string {
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}
