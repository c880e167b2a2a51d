import type { Dataset } from "@zarr-gateway/dataset";
import { encodeAttributes, type JsonValue, messageOf } from "@zarr-gateway/primitives";
import { silentLog } from "@zarr-gateway/server";
import type { InspectOptions } from "../command-line.ts";
import { type DatasetDescription, describeDataset } from "../describe-dataset.ts";
import { formatDescription } from "../format-description.ts";
import { createProgram } from "../program.ts";
import type { Terminal } from "../terminal.ts";
import { configure } from "./configure.ts";

/** Of sources that keep their past, the newest. */
const MAX_VERSIONS = 10;

/**
 * Prints what the gateway sees in a location, as it would publish it; of a folder, every dataset. With a configuration
 * the location is the id of one of its datasets.
 */
export async function inspect(terminal: Terminal, location: string, options: InspectOptions): Promise<void> {
  const { config } = options;
  const locations = config === undefined ? [location] : [];
  const program = await createProgram(await configure(terminal, config, locations), silentLog());
  try {
    const descriptions = [];
    const ids = config === undefined ? program.gateway.datasets.ids() : [location];
    for await (const id of ids) {
      const dataset = await program.gateway.datasets.open(id);
      const description = await describeWithHistory(dataset, location);
      if (!options.json) terminal.print(formatDescription(description));
      descriptions.push(description);
    }
    if (descriptions.length === 0) throw new Error(`${location}: no dataset here`);
    const documents = descriptions.length === 1 ? descriptions[0] : descriptions;
    // descriptions are plain data whose attributes keep bigint and number apart
    if (options.json) terminal.print(`${JSON.stringify(encodeDescription(documents), undefined, 2)}\n`);
  } finally {
    await program.close();
  }
}

/** Data may be whole where the past is damaged. */
async function describeWithHistory(dataset: Dataset, location: string): Promise<DatasetDescription> {
  try {
    return describeDataset(dataset, location, await dataset.history?.({ limit: MAX_VERSIONS }));
  } catch (error) {
    const description = describeDataset(dataset, location);
    const message = `its history cannot be read: ${messageOf(error)}`;
    return { ...description, warnings: [...description.warnings, { path: "/", message }] };
  }
}

function encodeDescription(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(encodeDescription);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === "attributes" ? encodeAttributes(item as JsonValue) : encodeDescription(item), // attributes are JSON values
    ]),
  );
}
