/** What Node's permission model calls a right, and the words of the configuration for it. */
const RIGHTS: Readonly<Record<string, string>> = {
  FileSystemRead: "reading files outside of its folders needs workflows.readable",
  FileSystemWrite: "it may write below its folder and that for temporary files alone",
  ChildProcess: "starting programs needs workflows.allow: [processes]",
  Signals: "signals to other processes need workflows.allow: [processes]",
  WorkerThreads: "starting threads needs workflows.allow: [workers]",
};

export interface DeniedAccess {
  /** For who may ask for what: no path. */
  readonly message: string;
  /** What was to be reached. */
  readonly resource: string | undefined;
}

/** Why Node refused something to this process, in the words of the configuration; undefined for other errors. */
export function deniedAccess(error: unknown): DeniedAccess | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  const { code, permission, resource } = error as { code: unknown; permission?: unknown; resource?: unknown }; // Node's own
  if (code === "ERR_DLOPEN_DISABLED")
    return { message: "not permitted: native packages need workflows.allow: [addons]", resource: undefined };
  if (code === "ERR_UNKNOWN_BUILTIN_MODULE" && error.message.includes("sqlite"))
    return { message: "not permitted: node:sqlite needs workflows.allow: [sqlite]", resource: undefined };
  if (code !== "ERR_ACCESS_DENIED") return undefined;
  const why = RIGHTS[String(permission)] ?? "Node's permission model refuses it";
  const named = typeof resource === "string" && resource !== "" ? resource : undefined;
  return { message: `not permitted: ${why}`, resource: named };
}
