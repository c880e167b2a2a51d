import { describe, expect, it } from "vitest";
import { AccessCounter } from "./access-counter.ts";

const HOUR = 3600;

function read(target: string, bytes = 10, status = 200): Parameters<AccessCounter["note"]>[0] {
  return { method: "GET", target, status, bytes, client: "10.0.0.1" };
}

describe("AccessCounter", () => {
  it("counts what was read below a dataset, under one name", () => {
    const counter = new AccessCounter({ windowSeconds: HOUR });
    counter.note(read("/datasets/air/zarr/tas/c/0"));
    counter.note(read("/datasets/air.zarr/zarr.json?x=1"));
    counter.note(read("/datasets/air%40mean(time)/info"));
    for (const target of ["/datasets", "/datasets/zarr.json", "/health", "/datasets/%ff/info"])
      counter.note(read(target));
    counter.note(read("/datasets/air/zarr/no", 10, 404));
    expect(counter.summary()).toEqual({
      clients: 1,
      bytes: 30,
      datasets: [
        { dataset: "air", bytes: 20, requests: 2 },
        { dataset: "air@mean(time)", bytes: 10, requests: 1 },
      ],
    });
  });

  it("forgets what is older than the window", () => {
    let time = 0;
    const counter = new AccessCounter({ windowSeconds: HOUR, now: () => time });
    counter.note(read("/datasets/old/info"));
    time = 1800_000;
    counter.note(read("/datasets/new/info"));
    time = 3660_000;
    expect(counter.summary().datasets.map(({ dataset }) => dataset)).toEqual(["new"]);
  });

  it("holds only so many datasets", () => {
    const counter = new AccessCounter({ windowSeconds: HOUR, now: () => 0 });
    for (let i = 0; i < 5000; i += 1) counter.note(read(`/datasets/set${i}/info`));
    expect(counter.summary().datasets).toHaveLength(2000);
  });
});
