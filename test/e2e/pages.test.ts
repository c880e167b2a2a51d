import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeData } from "../../examples/quickstart/make-data.ts";
import { QUICKSTART } from "../../packages/gateway/e2e/program-process.ts";
import { type RunningGateway, startGateway } from "./running-gateway.ts";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Needs Debian's chromium; where it is not installed these tests are skipped by name. */
describe.skipIf(!existsSync(CHROMIUM))("the pages in a real browser (Debian's chromium)", () => {
  let gateway: RunningGateway;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    await makeData(QUICKSTART);
    gateway = await startGateway("serve", QUICKSTART);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    page = await browser.newPage();
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(gateway.url)) problems.push(`asked ${request.url()}`);
    });
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await gateway.stop();
  });

  it("list the datasets, and searching narrows the list", async () => {
    await page.goto(`${gateway.url}/`);
    const visible = () => page.locator("li[data-id]:visible").allTextContents();
    expect((await visible()).length).toBeGreaterThan(1);
    await page.locator("input[type=search]").fill("SURF");
    expect(await visible()).toEqual(["surface"]);
  }, 60_000);

  it("lead to a dataset and show what opens it", async () => {
    await page.getByRole("link", { name: "surface" }).click();
    await page.waitForURL("**/datasets/surface/");
    expect(await page.locator("pre").first().textContent()).toContain(`${gateway.url}/datasets/surface.zarr`);
    expect(await page.getByRole("cell", { name: "pressure" }).first().isVisible()).toBe(true);
  }, 60_000);

  it("link only to what answers", async () => {
    const hrefs = await page
      .locator("a[href]")
      .evaluateAll((links) => links.map((link) => (link as unknown as { href: string }).href)); // anchors of the page
    for (const href of new Set(hrefs)) expect([href, (await fetch(href)).status]).toEqual([href, 200]);
  }, 60_000);

  it("load nothing from elsewhere and break no policy", () => {
    expect(problems).toEqual([]);
  });
});
