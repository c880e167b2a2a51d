/** Last parameter of everything that may wait. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}
