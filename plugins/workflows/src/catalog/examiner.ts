import type { Json } from "@zarr-gateway/jobs";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { WorkflowFacts, WorkflowPlace } from "../child/messages.ts";
import type { ChildPool, Language, PooledChild } from "../execution/child-pool.ts";

/** Files in Python may import gigabytes of libraries. */
const DESCRIBE_MS = 5 * 60_000;
const CHECK_MS = 60_000;
const IDLE_MS = 5 * 60_000;

/** Looks at files of users in a process of its own: what they do there does not happen to the server. */
export class Examiner {
  readonly #pool: Pick<ChildPool, "start">;
  readonly #language: Language;
  #child: Promise<PooledChild> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(pool: Pick<ChildPool, "start">, language: Language) {
    this.#pool = pool;
    this.#language = language;
  }

  /** @throws GatewayError why the file gives no workflow */
  async describe(
    place: WorkflowPlace,
    configs: { readonly [name: string]: Json },
  ): Promise<readonly WorkflowFacts[]> {
    const { child } = await this.#ready();
    return child.describe({ place, configs }, DESCRIBE_MS);
  }

  /** @throws GatewayError invalid_request */
  async check(
    asked: { readonly place: WorkflowPlace; readonly config: Json; readonly parameters: Json },
    options: CallOptions,
  ): Promise<void> {
    const { child } = await this.#ready();
    await child.check(asked, CHECK_MS, options);
  }

  async #ready(): Promise<PooledChild> {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#drop(), IDLE_MS);
    this.#timer.unref();
    const known = await this.#child?.catch(() => undefined);
    if (known?.child.isAlive === true) return known;
    this.#child = this.#pool.start(this.#language);
    return this.#child;
  }

  #drop(): void {
    const child = this.#child;
    this.#child = undefined;
    void child?.then((pooled) => pooled.child.stop("it was idle")).catch(() => undefined);
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
