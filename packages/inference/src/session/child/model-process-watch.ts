// A thread of the model's process: a graph that runs on and on keeps the main one from seeing that the server has gone.
import { workerData } from "node:worker_threads";

const INTERVAL_MS = 1000;
const parent: unknown = workerData;

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
}, INTERVAL_MS);
