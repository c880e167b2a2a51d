import { afterEach, describe } from "vitest";
import type { JobStore } from "../job-store.ts";
import { describeClaims } from "./suite/claims-suite.ts";
import { describeCounts } from "./suite/counts-suite.ts";
import type { OpenStore } from "./suite/fixtures.ts";
import { describeHistory } from "./suite/history-suite.ts";
import { describeLists } from "./suite/lists-suite.ts";
import { describeSubmission } from "./suite/submission-suite.ts";

/** What every job store promises. */
export function describeJobStore(name: string, open: OpenStore): void {
  describe(`job store: ${name}`, () => {
    const stores: JobStore[] = [];
    const opened = async (): Promise<JobStore> => {
      const store = await open();
      stores.push(store);
      return store;
    };
    afterEach(async () => {
      for (const store of stores.splice(0)) await store.close();
    });
    describeSubmission(opened);
    describeClaims(opened);
    describeHistory(opened);
    describeLists(opened);
    describeCounts(opened);
  });
}
