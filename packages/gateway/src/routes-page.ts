import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OpenApiDocument, type OpenApiOperation, silentLog } from "@zarr-gateway/server";
import { parseConfiguration } from "./configuration/index.ts";
import { createProgram } from "./program.ts";

/** Every route of the program with its built-in plugins, from the document that `/openapi.json` answers. */
export async function routesPage(made: string): Promise<string> {
  // jobs keep files, in a folder that lives as long as the page is made
  const folder = await mkdtemp(join(tmpdir(), "zarr-gateway-routes-"));
  try {
    const configuration = parseConfiguration("jobs: { workers: 0 }", join(folder, "gateway.yaml"), {});
    const program = await createProgram(configuration, silentLog());
    try {
      return page(program.gateway.openapi("http://127.0.0.1:9000"), made);
    } finally {
      await program.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function page(document: OpenApiDocument, made: string): string {
  const routes = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const sections = document.tags.map(({ name }) => {
    const rows = routes.filter(({ operation }) => operation.tags.includes(name)).map(row);
    return `## ${name}\n\n| route | answer |\n|---|---|\n${rows.join("\n")}\n`;
  });
  return `# Routes

${made}

The same as \`/docs\` and \`/openapi.json\` of a running server, where routes of further plugins stand too. Every GET answers HEAD, and
every path answers with and without a slash at the end, without redirects; only Zarr keys do not (\`…/zarr/lat/c/0/\` is 404).

- **Missing is 404, failure is 5xx**: a Zarr client reads 404 as fill values. Errors are \`application/problem+json\` with a stable
  \`code\` ([errors.md](errors.md)) and a sentence in \`detail\`.
- **Ranges**: \`a-b\`, \`a-\`, \`-n\` give 206 with \`Content-Range: bytes a-b/total\`; several ranges or another unit give 200, beyond the end 416.
- **Validators**: strong \`ETag\`; \`If-None-Match\`, \`If-Match\`, \`If-Range\`. HEAD and 304 read no chunk.
- **Compression** by \`Accept-Encoding\` for JSON and text, never for chunks.
- A folder of a Zarr store (\`…/zarr/\`, \`…/zarr2/tas/\`) answers an HTML listing, which is how fsspec and GDAL walk it.

${sections.join("\n")}`;
}

function row({
  path,
  method,
  operation,
}: {
  path: string;
  method: string;
  operation: OpenApiOperation;
}): string {
  const text = [operation.summary, operation.description].filter(Boolean).join(". ").replaceAll("|", "\\|");
  return `| ${method === "GET" ? "" : `${method} `}\`${path}\` | ${text} |`;
}
