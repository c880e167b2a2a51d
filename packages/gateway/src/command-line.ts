import { Command, CommanderError, InvalidArgumentError } from "commander";

export interface ServeOptions {
  readonly config?: string;
  readonly host?: string;
  readonly port?: number;
  readonly processes?: number | "auto";
}

export interface WorkerOptions {
  readonly config: string;
  readonly workers?: number;
  readonly host?: string;
  readonly port?: number;
}

export interface ReferencesOptions {
  readonly output: string;
  readonly relative?: boolean;
  readonly config?: string;
}

export interface CatalogExportOptions {
  readonly config?: string;
  readonly baseUrl?: string;
}

export interface InspectOptions {
  readonly json?: boolean;
  readonly config?: string;
}

export interface ModelCheckOptions {
  readonly weights?: string;
  readonly init?: string;
  readonly config?: string;
  readonly time?: string;
  readonly steps?: number;
  readonly providers?: readonly string[];
  readonly threads?: number;
}

export interface ModelRunOptions extends ModelCheckOptions {
  readonly init: string;
  readonly steps: number;
  /** Numbers of members. */
  readonly member?: readonly number[];
  readonly output: string;
  readonly overwrite?: boolean;
}

/** What the commands do; the command line itself only reads words. */
export interface Commands {
  serve(locations: readonly string[], options: ServeOptions): Promise<void>;
  worker(options: WorkerOptions): Promise<void>;
  inspect(location: string, options: InspectOptions): Promise<void>;
  check(file: string): Promise<void>;
  references(location: string, options: ReferencesOptions): Promise<void>;
  catalogExport(folder: string, locations: readonly string[], options: CatalogExportOptions): Promise<void>;
  openapi(options: { readonly config?: string }): Promise<void>;
  modelCheck(location: string, options: ModelCheckOptions): Promise<void>;
  modelRun(location: string, options: ModelRunOptions): Promise<void>;
}

export const USAGE_EXIT_CODE = 2;

/** Words that are right one by one and make no sense together. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The words a person can type, with their help; docs/command-line.md is made from it. */
export function createCommandLine(commands: Commands, version: string): Command {
  const program = new Command("zarr-gateway")
    .description("Publishes Earth-system data as Zarr over HTTP.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand(false)
    .showHelpAfterError("(--help says what is allowed)")
    .exitOverride();
  program
    .command("serve")
    .description("publish files, folders and URLs, or what a configuration file names")
    .argument("[LOCATION...]", "a file, a folder (every dataset under it), a glob, or an http(s) URL")
    .option("-c, --config <FILE>", "configuration file, YAML or JSON")
    .option("--host <HOST>", "address to listen on (default: 127.0.0.1)")
    .option("--port <PORT>", "port to listen on, 0 for a free one (default: 9000)", parsePort)
    .option("--processes <N>", 'number of processes, or "auto" for one a core (default: 1)', parseProcesses)
    .action((locations: string[], options: ServeOptions) => commands.serve(locations, options));
  program
    .command("worker")
    .description(
      "run the jobs of a configuration, on this machine or another than the server's; answers no requests but those of who watches it",
    )
    .requiredOption("-c, --config <FILE>", "configuration file of the server, YAML or JSON")
    .option(
      "--workers <N>",
      "steps that run at once (default: jobs.workers, or 2 where that is 0)",
      parseCount,
    )
    .option("--host <HOST>", "address to listen on (default: server.host)")
    .option(
      "--port <PORT>",
      "port of /liveness, /readiness, /health and /metrics, 0 for a free one (default: none)",
      parsePort,
    )
    .action((options: WorkerOptions) => commands.worker(options));
  program
    .command("inspect")
    .description("what the gateway sees: groups, variables, chunks, codecs, warnings")
    .argument(
      "<LOCATION>",
      "a file, a folder that is a store, or an http(s) URL; with -c the id of a dataset",
    )
    .option("-c, --config <FILE>", "configuration file that the dataset is in")
    .option("--json", "print JSON")
    .action((location: string, options: InspectOptions) => commands.inspect(location, options));
  program
    .command("check")
    .description("parse a configuration, open every dataset, report; exit 1 on any problem")
    .argument("<FILE>", "configuration file, YAML or JSON")
    .action((file: string) => commands.check(file));
  program
    .command("references")
    .description("write kerchunk references of a dataset: where its chunks lie, and the metadata")
    .argument(
      "<LOCATION>",
      "a file, a folder that is a store, or an http(s) URL; with -c the id of a dataset",
    )
    .requiredOption(
      "-o, --output <FILE>",
      "a .json file, a .json.zst file, or a .parquet folder for many chunks",
    )
    .option("-c, --config <FILE>", "configuration file that the dataset is in")
    .option("--relative", "paths relative to the set for what lies below its folder")
    .action((location: string, options: ReferencesOptions) => commands.references(location, options));
  program
    .command("catalog")
    .description("catalogs as files")
    .command("export")
    .description("write a static STAC catalog and items.parquet (stac-geoparquet) of everything configured")
    .argument("<DIR>", "a folder that is empty, or holds an earlier export; made where there is none")
    .argument("[LOCATION...]", "a file, a folder (every dataset under it), a glob, or an http(s) URL")
    .option("-c, --config <FILE>", "configuration file, YAML or JSON")
    .option(
      "--base-url <URL>",
      "where the gateway answers, base of links to data (default: server.publicUrl)",
    )
    .action((folder: string, locations: string[], options: CatalogExportOptions) =>
      commands.catalogExport(folder, locations, options),
    );
  program
    .command("openapi")
    .description("print the OpenAPI 3.1 document of the configured server")
    .option("-c, --config <FILE>", "configuration file, YAML or JSON")
    .action((options: { config?: string }) => commands.openapi(options));
  addModelCommands(program, commands);
  return program;
}

function addModelCommands(program: Command, commands: Commands): void {
  const model = program.command("model").description("model packages");
  const withModel = (command: Command): Command =>
    command
      .argument("<PACKAGE>", "a folder with model.yaml, or a yaml file")
      .option("--weights <DIR>", "folder of the files that the package names, instead of its own");
  const withProcess = (command: Command): Command =>
    command
      .option("-c, --config <FILE>", "configuration file that the dataset is in")
      .option("--time <TIME>", "initial time as ISO 8601, or its beginning (default: the last one)")
      .option("--providers <LIST>", "execution providers, best first (default: cuda,webgpu,cpu)", parseWords)
      .option("--threads <N>", "threads of the model's process (default: one a core)", parseCount);
  const dataset = "location of the analysis; with -c the id of a dataset, or of a view of one";
  withProcess(
    withModel(model.command("check"))
      .description("shapes and names of a model package, and a dry run with time and memory of each step")
      .option("--init <LOCATION>", `${dataset} (default: random data)`)
      .option("--steps <N>", "steps in a row, then every other network once (default: 3)", parseNumber),
  ).action((location: string, options: ModelCheckOptions) => commands.modelCheck(location, options));
  withProcess(
    withModel(model.command("run"))
      .description("a forecast without a server, written as a Zarr v3 store")
      .requiredOption("--init <LOCATION>", dataset)
      .requiredOption("--steps <N>", "number of the last step", parseCount)
      .option(
        "--member <M...>",
        "members by number, such as 0 1 2; 0 is not perturbed (default: 0 alone)",
        addNumber,
      )
      .requiredOption("-o, --output <DIR>", "folder of the store; there is none yet")
      .option("--overwrite", "replace a store that is there"),
  ).action((location: string, options: ModelRunOptions) => commands.modelRun(location, options));
}

/** Reads the words and runs the command; the exit code of a usage mistake is 2. What a command throws passes through. */
export async function runCommandLine(program: Command, words: readonly string[]): Promise<number> {
  try {
    await program.parseAsync([...words], { from: "user" });
    return 0;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
  }
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text);
  throw new InvalidArgumentError("expected a number from 0 to 65535.");
}

function parseWords(text: string): readonly string[] {
  const words = text.split(",").map((word) => word.trim());
  if (words.every((word) => word !== "")) return words;
  throw new InvalidArgumentError("expected words with commas between them.");
}

function parseCount(text: string): number {
  const count = parseNumber(text);
  if (count > 0) return count;
  throw new InvalidArgumentError("expected a number from 1 on.");
}

function addNumber(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, parseNumber(text)];
}

function parseNumber(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected a whole number.");
}

function parseProcesses(text: string): number | "auto" {
  if (text === "auto") return "auto";
  if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 256) return Number(text);
  throw new InvalidArgumentError('expected a number from 1 to 256, or "auto".');
}
