import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningGateway, startGateway } from "../e2e/running-gateway.ts";
import { hasChromium, openBrowser, watchedPage } from "./chromium.ts";
import { type TinyArray, writeTinyStore } from "./tiny-store.ts";

const EAST = { standard_name: "longitude", units: "degrees_east" };
const NORTH = { standard_name: "latitude", units: "degrees_north" };
const MISSING = -999;

/** What lies at a place: both of its coordinates can be read off it. */
function valueAt(longitude: number, latitude: number): number {
  const east = ((((longitude + 180) % 360) + 360) % 360) - 180;
  return east * 100 + latitude;
}

function regular(longitudes: readonly number[], latitudes: readonly number[]): Record<string, TinyArray> {
  const values = latitudes.flatMap((latitude) =>
    longitudes.map((longitude) =>
      latitude === 45 && longitude === 90 ? MISSING : valueAt(longitude, latitude),
    ),
  );
  return {
    lon: { dims: ["lon"], shape: [longitudes.length], values: longitudes, attributes: EAST },
    lat: { dims: ["lat"], shape: [latitudes.length], values: latitudes, attributes: NORTH },
    time: {
      dims: ["time"],
      shape: [2],
      values: [0, 30],
      attributes: { standard_name: "time", units: "days since 2001-02-01", calendar: "360_day" },
    },
    v: {
      dims: ["time", "lat", "lon"],
      shape: [2, latitudes.length, longitudes.length],
      values: [...values, ...values.map((value) => (value === MISSING ? value : value + 1))],
      attributes: { _FillValue: MISSING, units: "K" },
    },
  };
}

function curvilinear(longitudes: readonly number[], latitudes: readonly number[]): Record<string, TinyArray> {
  const places = latitudes.flatMap((latitude) =>
    longitudes.map((longitude) => [longitude, latitude] as const),
  );
  const shape = [latitudes.length, longitudes.length];
  return {
    nav_lon: { dims: ["y", "x"], shape, values: places.map(([longitude]) => longitude), attributes: EAST },
    nav_lat: { dims: ["y", "x"], shape, values: places.map(([, latitude]) => latitude), attributes: NORTH },
    v: {
      dims: ["y", "x"],
      shape,
      values: places.map((place) => valueAt(...place)),
      attributes: { coordinates: "nav_lon nav_lat", units: "K" },
    },
  };
}

function scattered(longitudes: readonly number[], latitudes: readonly number[]): Record<string, TinyArray> {
  const grid = curvilinear(longitudes, latitudes);
  const flat = ({ values, attributes = {} }: TinyArray): TinyArray => ({
    dims: ["cell"],
    shape: [values.length],
    values,
    attributes,
  });
  return Object.fromEntries(Object.entries(grid).map(([name, array]) => [name, flat(array)]));
}

const range = (start: number, stop: number, step: number): number[] =>
  Array.from({ length: Math.round((stop - start) / step) + 1 }, (_, at) => start + at * step);

const STORES: Readonly<Record<string, Record<string, TinyArray>>> = {
  "around-0-360": regular(range(0, 350, 10), range(-85, 85, 10)),
  "around-falling": regular(range(-180, 170, 10), range(85, -85, -10)),
  "around-curvilinear": curvilinear(range(5, 355, 10), range(-85, 85, 10)),
  "around-scattered": scattered(range(-175, 175, 10), range(85, -85, -10)),
};

describe.skipIf(!hasChromium)("the viewer of a dataset's page (Debian's chromium)", () => {
  let gateway: RunningGateway;
  let browser: Browser;
  let page: Page;
  let problems: string[];
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "viewer-"));
    for (const [name, arrays] of Object.entries(STORES))
      await writeTinyStore(join(folder, `${name}.zarr`), arrays);
    await writeTinyStore(join(folder, "nowhere.zarr"), {
      v: { dims: ["a", "b"], shape: [3, 4], values: range(0, 11, 1) },
    });
    await writeTinyStore(join(folder, "section.zarr"), {
      depth: {
        dims: ["depth"],
        shape: [3],
        values: [5, 50, 500],
        attributes: { units: "m", positive: "down" },
      },
      lat: { dims: ["lat"], shape: [2], values: [-30, 30], attributes: NORTH },
      v: { dims: ["depth", "lat"], shape: [3, 2], values: range(0, 5, 1) },
    });
    await writeTinyStore(join(folder, "series.zarr"), {
      v: { dims: ["n"], shape: [5], values: [1, 3, 2, 5, 4] },
    });
    gateway = await startGateway("serve", folder);
    browser = await openBrowser();
    ({ page, problems } = await watchedPage(browser, gateway.url));
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await gateway?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function look(id: string): Promise<void> {
    await page.goto(`${gateway.url}/datasets/${id}/`);
    await page.locator("canvas.picture[data-drawn]").waitFor({ timeout: 30_000 });
  }
  /** Moves the pointer to a part of the picture, from its top left corner, and tells what is read there. */
  async function readAt(right: number, down: number): Promise<string> {
    const box = await page.locator("canvas.picture").boundingBox();
    if (!box) throw new Error("no picture");
    await page.mouse.move(box.x + right * box.width, box.y + down * box.height);
    return (await page.locator(".viewer-body > .value").textContent()) ?? "";
  }
  const alphaAt = (right: number, down: number): Promise<number> =>
    page.locator("canvas.picture").evaluate(
      (canvas, [x, y]) => {
        const drawn = canvas as unknown as {
          width: number;
          height: number;
          getContext(kind: "2d"): {
            getImageData(x: number, y: number, w: number, h: number): { data: number[] };
          };
        }; // the canvas: these types know no page
        const place = [Math.floor((x ?? 0) * drawn.width), Math.floor((y ?? 0) * drawn.height)] as const;
        return drawn.getContext("2d").getImageData(...place, 1, 1).data[3] ?? -1;
      },
      [right, down],
    );

  it.each(Object.keys(STORES))(
    "shows the values of %s where they lie",
    async (id) => {
      await look(id);
      for (const [longitude, latitude] of [
        [-135, 35],
        [5, 45],
        [95, -25],
        [175, -75],
      ] as const) {
        // regular grids have their cells around multiples of ten, the others around fives
        const isRegular = STORES[id]?.["lon"] !== undefined;
        const east = isRegular ? longitude + 3 : longitude;
        const top = 90 - latitude;
        const text = await readAt((east + 180) / 360, top / 180);
        const [, value = ""] = /: (-?[\d.]+) K$/.exec(text) ?? [];
        const cell = isRegular ? Math.round(east / 10) * 10 : longitude;
        expect([text, Number(value)]).toEqual([text, valueAt(cell, latitude)]);
        expect(await alphaAt((east + 180) / 360, top / 180)).toBe(255);
      }
    },
    60_000,
  );

  it("leaves missing values transparent and calls them missing", async () => {
    await look("around-0-360");
    const place = [(92 + 180) / 360, (90 - 47) / 180] as const;
    expect(await readAt(...place)).toContain("missing");
    await page.mouse.move(0, 0);
    expect(await alphaAt(...place)).toBe(0);
  }, 60_000);

  it("steps through time, in the words of the calendar", async () => {
    await look("around-0-360");
    const choice = page.locator(".choice", { hasText: "time" });
    await choice.locator("output").waitFor();
    expect(await choice.locator("output").textContent()).toBe("2001-02-01");
    await choice.getByRole("button", { name: "one on" }).click();
    await expect.poll(() => choice.locator("output").textContent()).toBe("2001-03-01");
    await expect.poll(() => readAt((8 + 180) / 360, 55 / 180), { timeout: 10_000 }).toContain(": 1036 K");
  }, 60_000);

  it("is worked with keys alone", async () => {
    await look("around-falling");
    await page.locator("canvas.picture").focus();
    await page.keyboard.press("Shift+ArrowRight");
    expect(await page.locator(".viewer-body > .value").textContent()).toMatch(/° [NS], .*° E: /);
  }, 60_000);

  it("takes another range and other colours", async () => {
    await look("around-falling");
    const before = await page.locator("canvas.picture").getAttribute("data-drawn");
    await page.getByLabel("colours").selectOption("coolwarm");
    await page.getByLabel("from").fill("0");
    await page.getByLabel("from").press("Enter");
    await expect.poll(() => page.locator(".legend").textContent()).toMatch(/^0/);
    expect(await page.locator("canvas.picture").getAttribute("data-drawn")).not.toBe(before);
  }, 60_000);

  it("shows what lies nowhere by row and column, with the names that it has, and series as a line", async () => {
    await look("nowhere");
    expect(await page.locator("#viewer").textContent()).toContain("by row and column");
    expect(await readAt(0.9, 0.1)).toContain(": 3");
    await look("section");
    expect(await page.locator("#viewer").textContent()).toContain(
      "Across: lat, -30 to 30 degrees_north. Down: depth, 5 to 500 m.",
    );
    expect((await readAt(0.9, 0.5)).trim()).toBe("lat 30 degrees_north, depth 50 m: 3");
    await look("series");
    expect(await readAt(0.99, 0.5)).toContain(": 4");
  }, 60_000);

  it("breaks no policy on the way", () => {
    expect(problems).toEqual([]);
  });
});
