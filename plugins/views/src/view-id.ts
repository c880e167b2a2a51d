import { parseView, type View } from "@zarr-gateway/compute";
import { GatewayError } from "@zarr-gateway/primitives";

/** A dataset id and the view behind its first "@". */
export interface ViewId {
  readonly base: string;
  readonly view: View;
  /** The one way to write it. */
  readonly id: string;
  /** Datasets that it is made of, each once; none of them is a view. */
  readonly guarded: readonly string[];
}

/** Views inside views (`minus(other@mean(time))`) so deep. */
const MAX_DEPTH = 4;
const MAX_KNOWN = 2048;

/** Reads ids of views, and remembers the last ones: every request has to. */
export class ViewIds {
  readonly #known = new Map<string, ViewId>();

  /**
   * undefined: the id of no view.
   * @throws GatewayError invalid_request for a malformed one
   */
  parse(id: string): ViewId | undefined {
    if (!id.includes("@")) return undefined;
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const parsed = parseViewId(id, 0);
    if (parsed === undefined) return undefined;
    if (this.#known.size >= MAX_KNOWN) this.#known.delete(this.#known.keys().next().value ?? "");
    this.#known.set(id, parsed);
    return parsed;
  }
}

function parseViewId(id: string, depth: number): ViewId | undefined {
  const at = id.indexOf("@");
  if (at < 1) return undefined;
  if (depth > MAX_DEPTH) throw new GatewayError("invalid_request", "too many views inside each other");
  const base = id.slice(0, at);
  const view = parseView(id.slice(at + 1));
  const others = view.datasets.flatMap((other) => parseViewId(other, depth + 1)?.guarded ?? [other]);
  return { base, view, id: `${base}@${view.text}`, guarded: [...new Set([base, ...others])] };
}
