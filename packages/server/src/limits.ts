/** What one process takes upon itself. */
export interface GatewayLimits {
  /** Requests being answered at once, until their last byte is out. */
  readonly maxActiveRequests: number;
  /** Requests that wait for their turn; past it 503. */
  readonly maxWaitingRequests: number;
  readonly maxWaitMs: number;
  /** Requests that wait for something slow, such as a model: they do not count as being answered meanwhile. */
  readonly maxHeldRequests: number;
  /** Bytes of large bodies on their way to slow readers. */
  readonly maxHeldBytes: number;
  readonly maxUrlBytes: number;
  /** Bodies that are given again for `recentAnswersMs` without asking; 0 for neither. */
  readonly recentAnswersBytes: number;
  readonly recentAnswersMs: number;
  readonly maxOpenDatasets: number;
  readonly datasetIdleMs: number;
  /** How often a dataset is asked whether it has changed. */
  readonly checkEveryMs: number;
}

export const DEFAULT_LIMITS: GatewayLimits = {
  maxActiveRequests: 1024,
  maxWaitingRequests: 10_000,
  maxWaitMs: 60_000,
  maxHeldRequests: 10_000,
  maxHeldBytes: 256 * 1024 * 1024,
  maxUrlBytes: 8192,
  recentAnswersBytes: 64 * 1024 * 1024,
  recentAnswersMs: 500,
  maxOpenDatasets: 256,
  datasetIdleMs: 15 * 60_000,
  checkEveryMs: 2000,
};
