import { createCommandLine } from "./command-line.ts";
import { configurationJsonSchema, type JsonSchema } from "./configuration/json-schema.ts";
import { routesPage } from "./routes-page.ts";
import { viewsPage } from "./views-page.ts";

/** Files that are made from the code, by their path in the repository; a test says when one is out of date. */
export async function generatedFiles(): Promise<Readonly<Record<string, string>>> {
  const schema = configurationJsonSchema();
  return {
    "packages/gateway/zarr-gateway.schema.json": formattedJson(schema),
    "docs/configuration.md": configurationPage(schema),
    "docs/command-line.md": commandLinePage(),
    "docs/routes.md": await routesPage(MADE),
    "docs/views.md": viewsPage(MADE),
  };
}

/** As the repository's formatter has it: lists of plain values on one line where they fit. */
function formattedJson(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2);
  const lists = /^(.*)\[\n([^[\]{}]*?)\n\s*\](,?)$/gm;
  const joined = text.replace(lists, (whole, head: string, body: string, comma: string) => {
    const line = `${head}[${body
      .split("\n")
      .map((item) => item.trim())
      .join(" ")}]${comma}`;
    return line.length <= LINE_WIDTH ? line : whole;
  });
  return `${joined}\n`;
}

const LINE_WIDTH = 110; // biome.json
const MADE = "<!-- Made by `node scripts/generate.ts`; change the code, not this page. -->";

function configurationPage(schema: JsonSchema): string {
  return `# Configuration

${MADE}

YAML or JSON, given with \`-c\`. Editors complete it with the schema \`zarr-gateway.schema.json\`:
\`# yaml-language-server: $schema=…\` in the first line. Samples: \`configs/minimal.yaml\`, \`configs/climate-archive.yaml\`.

- Unknown keys, duplicate ids and wrong types stop the start; the message has the file, line, column and what is allowed.
- \`\${NAME}\` and \`\${NAME:-default}\` read the environment; such values never appear in messages. \`$\${\` is a literal \`\${\`.
- Relative paths are relative to the file.
- A dataset that cannot be opened does not stop the start: its routes answer 5xx with the reason; \`zarr-gateway check\` finds it before.
- Integers and floats of \`attributes\` stay what they are: \`1\` is an integer, \`1.0\` is not.

| key | expected | default |
|---|---|---|
${rows("", schema).join("\n")}
`;
}

/** Keys that only group others have no row of their own where they have no description. */
function rows(path: string, schema: JsonSchema): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const key = path === "" ? name : `${path}.${name}`;
    return [row(key, property), ...childRows(key, property)];
  });
}

function childRows(key: string, schema: JsonSchema): string[] {
  const map = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
  return [
    ...rows(key, schema),
    ...(map?.description ? [row(`${key}.<name>`, map)] : []),
    ...(map ? childRows(`${key}.<name>`, map) : []),
    ...(schema.items ? rows(`${key}[]`, schema.items) : []),
    ...(schema.anyOf ?? []).flatMap((alternative) => childRows(key, alternative)),
  ];
}

function row(key: string, { description, default: value }: JsonSchema): string {
  const isShown = value !== undefined && !(typeof value === "object" && JSON.stringify(value) === "{}");
  const text = (description ?? "").replaceAll("|", "\\|");
  return `| \`${key}\` | ${text} | ${isShown ? `\`${JSON.stringify(value)}\`` : ""} |`;
}

function commandLinePage(): string {
  const nothing = async (): Promise<void> => undefined;
  const program = createCommandLine(
    {
      serve: nothing,
      worker: nothing,
      inspect: nothing,
      check: nothing,
      references: nothing,
      catalogExport: nothing,
      openapi: nothing,
      modelCheck: nothing,
      modelRun: nothing,
    },
    "",
  );
  // a command that has commands of its own is its commands
  const named = program.commands.flatMap((command) =>
    command.commands.length === 0
      ? [{ command, title: `zarr-gateway ${command.name()}` }]
      : command.commands.map((below) => ({
          command: below,
          title: `zarr-gateway ${command.name()} ${below.name()}`,
        })),
  );
  const pages = [{ command: program, title: "zarr-gateway" }, ...named].map(({ command, title }) => {
    command.configureHelp({ helpWidth: 100 });
    return `## ${title}\n\n\`\`\`\n${command.helpInformation().trimEnd()}\n\`\`\`\n`;
  });
  return `# The command line

${MADE}

In a clone: \`npx zarr-gateway …\` from the root.

- Exit codes: 0; 1, it failed, with one message on stderr; 2, wrong usage.
- \`serve\` prints one line on stdout, \`listening on http://127.0.0.1:9000\`; its log is JSON lines on stderr. \`--port 0\` takes a free port.
- SIGTERM and SIGINT drain: no new work, requests in flight finish (30 s at most), everything is closed, exit 0. A second signal ends at once.
- \`serve FILE\` publishes it under its name without extension; \`serve FOLDER\` every dataset below it, under the path with \`.\` for \`/\`.

${pages.join("\n")}`;
}
