import type { Json, StepContext } from "@zarr-gateway/jobs";
import type { RunListener } from "./child-calls.ts";

/** Log of one attempt of which this much is passed on. Past it a line says so. */
const OWN = new Set(["progress", "current_step", "total_steps"]);
/** Of one value of the job's record. */
const MAX_DETAILS = 256 * 1024;

/** What a run says, in the words of jobs: fields that are absent in the news stay as they were. */
export class RunNews implements RunListener {
  readonly #context: StepContext;
  #state: Record<string, Json> = {};
  #metadata: Record<string, Json> = {};
  #isCut = false;

  constructor(context: StepContext) {
    this.#context = context;
  }

  get metadataNow(): Readonly<Record<string, Json>> {
    return this.#metadata;
  }

  progress(news: { readonly [field: string]: Json }): void {
    const known = Object.entries(news).filter(([, value]) => value !== null);
    this.#state = { ...this.#state, ...Object.fromEntries(known) };
    this.#tell();
  }

  metadata(update: { readonly [key: string]: Json }): void {
    this.#metadata = { ...this.#metadata, ...update };
    this.#tell();
  }

  log(text: string): void {
    this.#context.log(text);
  }

  #tell(): void {
    const { progress, current_step: current, total_steps: total, ...rest } = this.#state;
    const hasSteps = typeof current === "number" && typeof total === "number" && total > 0;
    const details = this.#details(rest);
    this.#context.progress({
      fraction: hasSteps ? current / total : 0,
      ...(typeof progress === "string" && { message: progress.slice(0, 1000) }),
      ...(typeof current === "number" && { current }),
      ...(typeof total === "number" && { total }),
      ...(details !== undefined && { details }),
    });
  }

  /** Fields of the workflow's own, and what it has said about its results so far. */
  #details(rest: Readonly<Record<string, Json>>): Json | undefined {
    const hasMetadata = Object.keys(this.#metadata).length > 0;
    if (!hasMetadata && Object.keys(rest).length === 0) return undefined;
    const own = Object.fromEntries(Object.entries(rest).filter(([key]) => !OWN.has(key)));
    const details = { ...own, ...(hasMetadata && { metadata: this.#metadata }) };
    if (JSON.stringify(details).length <= MAX_DETAILS) return details;
    if (!this.#isCut) this.log("progress and metadata are too long to be shown while the workflow runs");
    this.#isCut = true;
    return undefined;
  }
}
