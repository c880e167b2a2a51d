/** Where runtimes and sessions tell what they did; every server's log is one. */
export interface RuntimeLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}
