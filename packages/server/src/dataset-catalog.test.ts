import type { Dataset } from "@zarr-gateway/dataset";
import type { DatasetProvider } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import { type CatalogOptions, OpenDatasets } from "./dataset-catalog.ts";
import { silentLog } from "./log.ts";

interface FakeSource {
  version: string;
  current: boolean;
  failure?: Error;
}

/** One provider over sources that a test can change; everything it does is written down. */
function setUp(sources: Record<string, FakeSource>, options: Partial<CatalogOptions> = {}) {
  const events: string[] = [];
  const clock = { now: 0 };
  const provider: DatasetProvider = {
    name: "fake",
    async *ids() {
      yield* Object.keys(sources);
    },
    async open(id) {
      const source = sources[id];
      if (source === undefined) return undefined;
      events.push(`open ${id}`);
      await Promise.resolve();
      if (source.failure !== undefined) throw source.failure;
      return fakeDataset(id, source, events);
    },
  };
  const catalog = new OpenDatasets({
    providers: [provider],
    log: silentLog(),
    now: () => clock.now,
    graceMs: 0,
    ...options,
  });
  return { catalog, events, clock };
}

function fakeDataset(id: string, source: FakeSource, events: string[]): Dataset {
  const { version } = source;
  return {
    attrs: {},
    variables: new Map(),
    groups: new Map(),
    version,
    isCurrent: async () => {
      events.push(`check ${id}`);
      return source.current && source.version === version;
    },
    close: async () => {
      events.push(`close ${id} ${version}`);
    },
  };
}

const soon = () => new Promise((resolve) => setTimeout(resolve, 10));

describe("OpenDatasets", () => {
  it("opens once for all who ask at the same time, and holds it open", async () => {
    const { catalog, events } = setUp({ air: { version: "1", current: true } });
    await Promise.all([catalog.open("air"), catalog.open("air"), catalog.open("air")]);
    await catalog.open("air");
    expect(events).toEqual(["open air"]);
    expect(catalog.state("air")).toEqual({ state: "open" });
  });
  it("asks the first provider that knows the id, and lists each id once", async () => {
    const { catalog } = setUp({ air: { version: "1", current: true } });
    expect(await Array.fromAsync(catalog.ids())).toEqual(["air"]);
    await expect(catalog.open("nope")).rejects.toMatchObject({
      code: "not_found",
      message: "Dataset 'nope' not found",
    });
    await expect(catalog.open("../etc")).rejects.toMatchObject({ code: "not_found" });
  });
  it("asks at most every two seconds whether the source has changed", async () => {
    const { catalog, events, clock } = setUp({ air: { version: "1", current: true } });
    await catalog.open("air");
    clock.now = 1999;
    await catalog.open("air");
    expect(events).toEqual(["open air"]);
    clock.now = 4000;
    await Promise.all([catalog.open("air"), catalog.open("air")]);
    expect(events).toEqual(["open air", "check air"]);
  });
  it("opens a changed source anew, and closes the old one when its last reader has left", async () => {
    const source = { version: "1", current: true };
    const { catalog, events, clock } = setUp({ air: source });
    const old = await catalog.find("air");
    old.hold();
    source.version = "2";
    clock.now = 4000;
    expect((await catalog.open("air")).version).toBe("2");
    await soon();
    expect(events).not.toContain("close air 1");
    old.release();
    await soon();
    expect(events).toContain("close air 1");
  });
  it("checks a doubted dataset before anybody uses it again", async () => {
    const source = { version: "1", current: true };
    const { catalog } = setUp({ air: source });
    const entry = await catalog.find("air");
    source.version = "2";
    expect(catalog.peek("air")).toBe(entry);
    catalog.doubt(entry);
    expect((await catalog.open("air")).version).toBe("2");
  });
  it("goes on answering while it checks, and shows the change to who asks next", async () => {
    const source = { version: "1", current: true };
    const { catalog, clock } = setUp({ air: source });
    await catalog.open("air");
    source.version = "2";
    clock.now = 2500;
    expect((await catalog.open("air")).version).toBe("1");
    await soon();
    expect((await catalog.open("air")).version).toBe("2");
  });
  it("goes on serving when only the check fails", async () => {
    const { catalog, clock } = setUp({ air: { version: "1", current: true } });
    const dataset = await catalog.open("air");
    Object.assign(dataset, { isCurrent: () => Promise.reject(new Error("network")) });
    clock.now = 5000;
    expect(await catalog.open("air")).toBe(dataset);
  });
  it("remembers a failure shortly, tells its reason, and tries again later", async () => {
    const source: FakeSource = {
      version: "1",
      current: true,
      failure: new GatewayError("upstream", "truncated"),
    };
    const { catalog, events, clock } = setUp({ air: source });
    await expect(catalog.open("air")).rejects.toMatchObject({ code: "upstream", message: "truncated" });
    await expect(catalog.open("air")).rejects.toMatchObject({ code: "upstream" });
    expect(events).toEqual(["open air"]);
    expect(catalog.state("air")).toEqual({ state: "failed", reason: "truncated" });
    delete source.failure;
    clock.now = 2000;
    await catalog.open("air");
    expect(catalog.state("air")).toEqual({ state: "open" });
  });
  it("never lets a failed opening be 404, unless the view's own dataset is unknown", async () => {
    const missing = new GatewayError("not_found", "no file there");
    const parent = new GatewayError("not_found", "Dataset 'x' not found", { dataset: "x" });
    const { catalog } = setUp({
      air: { version: "1", current: true, failure: missing },
      view: { version: "1", current: true, failure: parent },
      odd: { version: "1", current: true, failure: new Error("ENOENT /srv/secret") },
    });
    await expect(catalog.open("air")).rejects.toMatchObject({ code: "upstream", message: /no file there/ });
    await expect(catalog.open("view")).rejects.toMatchObject({ code: "not_found" });
    const odd = await catalog.open("odd").catch((error: unknown) => error);
    expect(odd).toMatchObject({ code: "internal" });
    expect(String(odd)).not.toContain("secret");
  });
  it("marks what a newer version has taken the place of", async () => {
    const source = { version: "1", current: true };
    const { catalog, clock } = setUp({ air: source });
    const old = await catalog.find("air");
    Object.assign(source, { version: "2", current: false });
    clock.now = 4000;
    const { dataset, isReplaced } = await catalog.find("air");
    expect([dataset.version, isReplaced, old.isReplaced]).toEqual(["2", false, true]);
  });
  it("closes what was used least recently past the bound, but nothing that is held", async () => {
    const source = { version: "1", current: true };
    const { catalog, events } = setUp({ a: source, b: source, c: source }, { maxOpen: 2 });
    (await catalog.find("a")).hold();
    await catalog.find("b");
    await catalog.find("c");
    await soon();
    expect(events.filter((event) => event.startsWith("close"))).toEqual(["close b 1"]);
    expect([catalog.openCount, catalog.state("b").state]).toEqual([2, "closed"]);
  });
  it("goes on opening for others when one caller leaves", async () => {
    const { catalog, events } = setUp({ air: { version: "1", current: true } });
    const controller = new AbortController();
    const first = catalog.open("air", { signal: controller.signal });
    const second = catalog.open("air");
    controller.abort();
    await expect(first).rejects.toThrow();
    expect((await second).version).toBe("1");
    expect(events).toEqual(["open air"]);
  });
  it("closes everything at the end", async () => {
    const { catalog, events } = setUp({ air: { version: "1", current: true } });
    await catalog.open("air");
    await catalog.close();
    expect(events).toEqual(["open air", "close air 1"]);
  });
  it("closes at the end what was replaced and has its grace still", async () => {
    const source = { version: "1", current: true };
    const { catalog, events } = setUp({ a: source, b: source }, { maxOpen: 1, graceMs: 60_000 });
    await catalog.open("a");
    await catalog.open("b");
    await catalog.close();
    expect(events.filter((event) => event.startsWith("close")).sort()).toEqual(["close a 1", "close b 1"]);
  });

  it("answers a failure of an id that the request formed with the failure itself, and forgets it", async () => {
    const failure = new GatewayError("invalid_request", "no such label", { position: 4 });
    const asked: string[] = [];
    const views: DatasetProvider = {
      name: "views",
      idsByRequest: true,
      async *ids() {},
      open(id) {
        asked.push(id);
        return id.includes("@") ? Promise.reject(failure) : Promise.resolve(undefined);
      },
    };
    const catalog = new OpenDatasets({ providers: [views], log: silentLog() });
    await expect(catalog.open("air@sel(x=9)")).rejects.toBe(failure);
    await expect(catalog.open("air@sel(x=9)")).rejects.toBe(failure);
    expect(asked).toHaveLength(2);
    expect(catalog.failures().size).toBe(0);
    expect(catalog.state("air@sel(x=9)")).toEqual({ state: "closed" });
  });
});
