import { mapConcurrently, messageOf } from "@zarr-gateway/primitives";
import { type ServerLog, silentLog } from "@zarr-gateway/server";
import { createProgram, type Program } from "../program.ts";
import type { Terminal } from "../terminal.ts";
import { configure } from "./configure.ts";
import { createProgress } from "./progress.ts";

const MAX_CONCURRENT_OPENS = 8;

interface Finding {
  readonly id: string;
  /** undefined: it opens. */
  readonly failure: string | undefined;
  readonly warnings: readonly string[];
}

/** Opens every dataset of a configuration and reports. @returns false when any of them cannot be opened */
export async function check(terminal: Terminal, file: string): Promise<boolean> {
  const notes = new Set<string>();
  const program = await createProgram(await configure(terminal, file), notingLog(notes));
  try {
    const ids = await Array.fromAsync(program.gateway.datasets.ids());
    for (const note of notes) terminal.print(`${note}\n`); // shared ids, folders that cannot be read
    const progress = createProgress(terminal, "opening datasets", ids.length);
    const findings = await mapConcurrently(ids, MAX_CONCURRENT_OPENS, async (id) => {
      const finding = await openOne(program, id);
      progress.step(id);
      return finding;
    });
    progress.end();
    return report(terminal, file, findings);
  } finally {
    await program.close();
  }
}

/** What would be a warning in the server's log, as sentences. */
function notingLog(notes: Set<string>): ServerLog {
  const note = (_fields: object, message: string): void => void notes.add(message);
  return { ...silentLog(), warn: note, error: note };
}

async function openOne(program: Program, id: string): Promise<Finding> {
  try {
    const dataset = await program.gateway.datasets.open(id);
    return {
      id,
      failure: undefined,
      warnings: (dataset.warnings ?? []).map(({ path, message }) => `${path}: ${message}`),
    };
  } catch (error) {
    return { id, failure: messageOf(error), warnings: [] };
  }
}

function report(terminal: Terminal, file: string, findings: readonly Finding[]): boolean {
  for (const { id, failure, warnings } of findings) {
    if (failure !== undefined) terminal.print(`${id}: cannot be opened: ${failure}\n`);
    for (const warning of warnings) terminal.print(`${id}: warning: ${warning}\n`);
  }
  const failed = findings.filter(({ failure }) => failure !== undefined).length;
  const noun = findings.length === 1 ? "dataset" : "datasets";
  const summary = failed === 0 ? "all of them open" : `${failed} cannot be opened`;
  terminal.print(
    `${file}: ${findings.length} ${noun}, ${findings.length === 0 ? "nothing to open" : summary}\n`,
  );
  return failed === 0;
}
