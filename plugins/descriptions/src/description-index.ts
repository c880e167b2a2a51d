import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { DatasetSummary, DescribedDataset, Log } from "@zarr-gateway/plugin";
import { messageOf, parseJson } from "@zarr-gateway/primitives";
import { z } from "zod";

/** Descriptions by dataset id, of the newest version that was described. */
export interface DescriptionIndex {
  /** The JSON text of `formatDescribed`, where this very version is known. */
  text(id: string, version: string): string | undefined;
  summary(id: string): DatasetSummary | undefined;
  put(summary: DatasetSummary, version: string, text: string): void;
  close(): void;
}

/** Changes with the shape of what is kept: rows of another layout are forgotten. */
const LAYOUT = 5;

const summaryRow = z.object({ summary: z.string() });
const textRow = z.object({ text: z.string() });

/**
 * The index in a file, or in memory where there is no path or the file cannot be used: it can be made anew, so a damaged
 * one costs time, not answers.
 */
export function openIndex(path: string | undefined, log: Log): DescriptionIndex {
  if (path === undefined) return createIndex(openDatabase(":memory:"));
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return createIndex(openDatabase(path));
  } catch (error) {
    log.warn(
      { reason: messageOf(error) },
      "the index of descriptions cannot be used, they are kept in memory",
    );
    return createIndex(openDatabase(":memory:"));
  }
}

function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  // rows that are lost in a crash are described anew
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 2000");
  database.exec(`CREATE TABLE IF NOT EXISTS description_${LAYOUT} (
    id TEXT PRIMARY KEY, version TEXT NOT NULL, summary TEXT NOT NULL, text TEXT NOT NULL) WITHOUT ROWID`);
  return database;
}

function createIndex(database: DatabaseSync): DescriptionIndex {
  const table = `description_${LAYOUT}`;
  const selectSummary: StatementSync = database.prepare(`SELECT summary FROM ${table} WHERE id = ?`);
  const selectText = database.prepare(`SELECT text FROM ${table} WHERE id = ? AND version = ?`);
  const insert = database.prepare(
    `INSERT OR REPLACE INTO ${table} (id, version, summary, text) VALUES (?, ?, ?, ?)`,
  );
  return {
    text(id, version) {
      const row = textRow.safeParse(selectText.get(id, version));
      return row.success ? row.data.text : undefined;
    },
    summary(id) {
      const row = summaryRow.safeParse(selectSummary.get(id));
      return row.success ? (JSON.parse(row.data.summary) as DatasetSummary) : undefined; // written by `put`
    },
    put(summary, version, text) {
      insert.run(summary.id, version, JSON.stringify(summary), text);
    },
    close() {
      database.close();
    },
  };
}

/** As text that keeps integers and floats apart, which attributes need. */
export function parseDescribed(text: string): DescribedDataset {
  return restored(parseJson(text)) as DescribedDataset; // written by `formatDescribed`
}

/** Numbers of a description are plain numbers; attributes keep theirs. */
function restored(value: unknown, key = ""): unknown {
  if (key === "attrs" || key === "gridMapping") return value;
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map((item) => restored(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, restored(item, name)]));
}
