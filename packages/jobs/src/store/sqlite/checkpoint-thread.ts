// A thread that brings SQLite's log into the database when it is told to: it waits for the disk, so that nobody else does.
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

/** Pages of a log that only grows, because somebody always writes: then those who write wait for a moment. */
const MANY_PAGES = 10_000;
/** For those who write at this moment. */
const BUSY_MS = 1000;

const database = new DatabaseSync(String(workerData), { timeout: BUSY_MS });

parentPort?.on("message", () => {
  // https://sqlite.org/pragma.html#pragma_wal_checkpoint: pages in the log, and those of them that the database has now
  const done = database.prepare("PRAGMA wal_checkpoint(PASSIVE)").get();
  const isBehind = Number(done?.["checkpointed"]) < Number(done?.["log"]);
  if (isBehind && Number(done?.["log"]) > MANY_PAGES)
    database.prepare("PRAGMA wal_checkpoint(RESTART)").get();
  parentPort?.postMessage("done");
});
