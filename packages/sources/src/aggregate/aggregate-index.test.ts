import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { temporaryFolder } from "@zarr-gateway/testkit";
import { expect, it } from "vitest";
import { AggregateIndex } from "./aggregate-index.ts";

const MEMBER = { stamp: "1", version: "v", facts: "f", own: Uint8Array.of(1, 2, 3) };

it("keeps members, facts and the plan of what they are now, for all who share the file", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "below/index.sqlite");
  const index = new AggregateIndex({ path });
  index.putMembers([["a", MEMBER]]);
  index.putFacts("f", new Map([["tas", 1n]]));
  index.putPlan("sum", { times: Float64Array.of(1.5) });
  const other = new AggregateIndex({ path });
  expect(other.member("a")).toEqual(MEMBER);
  expect(other.facts("f")).toEqual(new Map([["tas", 1n]]));
  expect(other.plan("sum")).toEqual({ times: Float64Array.of(1.5) });
  expect(other.plan("difference")).toBeUndefined();
  index.close();
  other.close();
});

it("is opened and read while another process writes", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "index.sqlite");
  const index = new AggregateIndex({ path });
  index.putPlan("sum", "a plan");
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  const again = new AggregateIndex({ path });
  expect(again.plan("sum")).toBe("a plan");
  again.putPlan("sum", "a plan that is lost");
  other.exec("COMMIT");
  again.putPlan("sum", "another plan");
  expect(index.plan("sum")).toBe("another plan");
  for (const one of [index, other, again]) one.close();
});

it("is built anew where the file is damaged, and says so", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "index.sqlite");
  writeFileSync(path, "nonsense".repeat(1000));
  const problems: string[] = [];
  const index = new AggregateIndex({ path, onProblem: (message) => problems.push(message) });
  expect(index.member("a")).toBeUndefined();
  index.putMembers([["a", MEMBER]]);
  expect(index.member("a")).toEqual(MEMBER);
  expect(problems).toHaveLength(1);
  index.close();
});

it("does not believe bytes that changed on the disk", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "index.sqlite");
  const index = new AggregateIndex({ path });
  index.putPlan("sum", "a plan that is easily found");
  index.close();
  const bytes = readFileSync(path);
  bytes[bytes.indexOf("easily")] = 0x45;
  writeFileSync(path, bytes);
  const again = new AggregateIndex({ path });
  expect(again.plan("sum")).toBeUndefined();
  again.close();
});

it("stays in memory where it cannot be written", () => {
  const problems: string[] = [];
  const index = new AggregateIndex({
    path: "/dev/null/index.sqlite",
    onProblem: (message) => problems.push(message),
  });
  index.putMembers([["a", MEMBER]]);
  expect(index.member("a")).toEqual(MEMBER);
  expect(problems).toEqual([expect.stringMatching(/cannot be used/)]);
  index.close();
  expect(index.member("a")).toBeUndefined();
});
