import { silentLog } from "@zarr-gateway/server";
import { createProgram } from "../program.ts";
import type { Terminal } from "../terminal.ts";
import { configure } from "./configure.ts";

/** Prints the OpenAPI document that the configured server answers at /openapi.json. */
export async function openapi(terminal: Terminal, options: { config?: string }): Promise<void> {
  const loaded = await configure(terminal, options.config);
  const program = await createProgram(loaded, silentLog());
  try {
    const { host, port, publicUrl } = loaded.configuration.server;
    const document = program.gateway.openapi(publicUrl ?? `http://${host}:${port}`);
    terminal.print(`${JSON.stringify(document, undefined, 2)}
`);
  } finally {
    await program.close();
  }
}
