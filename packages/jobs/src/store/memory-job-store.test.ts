import { describeJobStore } from "./job-store-suite.ts";
import { memoryJobStore } from "./memory-job-store.ts";

describeJobStore("memory", async () => memoryJobStore());
