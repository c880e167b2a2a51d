import { expect, it } from "vitest";
import { IdleMemory } from "./released-memory.ts";

const MIB = 1024 * 1024;
const at = (cpuMs: number, mebibytes: number) => ({ cpuMs, residentBytes: mebibytes * MIB });

it("memory is released once nothing is done any more, and not again for what stays", () => {
  const memory = new IdleMemory(at(0, 130));
  expect(memory.isWorthReleasing(at(4000, 240))).toBe(false); // at work
  expect(memory.isWorthReleasing(at(4010, 240))).toBe(true);
  memory.released(at(4150, 180)); // caches hold the rest
  expect(memory.isWorthReleasing(at(4160, 180))).toBe(false);
  expect(memory.isWorthReleasing(at(4170, 190))).toBe(false); // too little
  expect(memory.isWorthReleasing(at(4180, 204))).toBe(true);
});

it("the level falls with what others gave back", () => {
  const memory = new IdleMemory(at(0, 200));
  expect(memory.isWorthReleasing(at(10, 140))).toBe(false);
  expect(memory.isWorthReleasing(at(20, 170))).toBe(true);
});
