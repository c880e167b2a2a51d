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
    const response = await program.fetch(
      new Request(`${publicUrl ?? `http://${host}:${port}`}/openapi.json`),
    );
    if (!response.ok) throw new Error(`the server answered ${response.status}: ${await response.text()}`);
    terminal.print(`${JSON.stringify(await response.json(), undefined, 2)}\n`);
  } finally {
    await program.close();
  }
}
