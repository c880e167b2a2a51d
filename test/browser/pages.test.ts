import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeData } from "../../examples/quickstart/make-data.ts";
import { QUICKSTART } from "../../packages/gateway/e2e/program-process.ts";
import { type RunningGateway, startGateway } from "../e2e/running-gateway.ts";
import { hasChromium, openBrowser, seriousFindings, watchedPage } from "./chromium.ts";
import { writeTinyStore } from "./tiny-store.ts";

const HOSTILE = `</script><script>document.title="owned"</script><img src=x onerror="document.title='owned'">\u202Egnp\n{{7*7}}`;

describe.skipIf(!hasChromium)("the pages in a real browser (Debian's chromium)", () => {
  let gateway: RunningGateway;
  let browser: Browser;
  let page: Page;
  let problems: string[];
  let folder: string;

  beforeAll(async () => {
    await makeData(QUICKSTART);
    folder = await mkdtemp(join(tmpdir(), "pages-"));
    const values = { dims: ["x"], shape: [3], values: [1, 2, 3], attributes: { units: HOSTILE } };
    await writeTinyStore(join(folder, "hostile.zarr"), { v: values }, { title: HOSTILE, [HOSTILE]: HOSTILE });
    await writeFile(join(folder, "broken.nc"), "CDF\u0001 and then nothing");
    gateway = await startGateway("serve", QUICKSTART, folder);
    browser = await openBrowser();
    ({ page, problems } = await watchedPage(browser, gateway.url));
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await gateway?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const shown = async (): Promise<string[]> => {
    const text = await page.evaluate(
      "JSON.stringify([...document.querySelectorAll('li[data-id]')].map((card) => card.dataset.id))",
    );
    return JSON.parse(String(text)) as string[]; // written in the line above
  };

  it("list the datasets, and searching narrows the list", async () => {
    await page.goto(`${gateway.url}/`);
    expect((await shown()).length).toBeGreaterThan(2);
    await page.locator("input[type=search]").fill("SURF");
    await expect.poll(shown, { timeout: 10_000 }).toEqual(["surface"]);
    expect(page.url()).toContain("q=SURF");
  }, 60_000);

  it("narrow by facets, which are links", async () => {
    await page.goto(`${gateway.url}/`);
    await page.locator("#facets a", { hasText: "zarr v3" }).first().click();
    await page.waitForURL("**/?format=*");
    const ids = await shown();
    expect(ids).toContain("hostile");
    expect(ids).not.toContain("surface");
  }, 60_000);

  it("say which dataset cannot be opened, and why", async () => {
    await page.goto(`${gateway.url}/?q=broken`);
    const card = page.locator('li[data-id="broken"]');
    await expect.poll(() => card.textContent(), { timeout: 10_000 }).toContain("cannot be opened:");
    expect(await card.textContent()).not.toContain(folder);
  }, 60_000);

  it("lead to a dataset and show what opens it", async () => {
    await page.goto(`${gateway.url}/?q=surface`);
    await page.getByRole("link", { name: "surface", exact: true }).click();
    await page.waitForURL("**/datasets/surface/");
    const lines = await page.locator("pre[data-snippet=xarray]").textContent();
    expect(lines).toContain(`${gateway.url}/datasets/surface.zarr`);
    expect(await page.locator(".variables summary", { hasText: "pressure" }).first().isVisible()).toBe(true);
    expect(await page.locator("body").textContent()).not.toContain(QUICKSTART);
  }, 60_000);

  it("link only to what answers, with and without a slash at the end", async () => {
    for (const path of ["/", "/datasets/surface/", "/datasets/surface"]) {
      await page.goto(`${gateway.url}${path}`);
      const hrefs = await page
        .locator("a[href]")
        .evaluateAll((links) => links.map((link) => (link as unknown as { href: string }).href)); // anchors of the page
      for (const href of new Set(hrefs)) {
        if (!href.startsWith(gateway.url) || href.includes("/broken")) continue;
        expect([href, (await fetch(href)).status]).toEqual([href, 200]);
      }
    }
  }, 120_000);

  it("keep hostile texts inert", async () => {
    for (const path of ["/?q=hostile", "/datasets/hostile/"]) {
      await page.goto(`${gateway.url}${path}`);
      expect(await page.title()).not.toBe("owned");
      expect(await page.locator("img[src=x]").count()).toBe(0);
      expect(await page.locator("body").textContent()).toContain("</script><script>");
      expect(await page.locator("body").textContent()).not.toContain("\u202E");
    }
  }, 60_000);

  it("keep people out nowhere: axe finds nothing serious, light and dark, wide and narrow", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page: other } = await watchedPage(browser, gateway.url, {
        colorScheme,
        width: colorScheme === "dark" ? 390 : 1280,
      });
      for (const path of ["/", "/datasets/surface/", "/datasets/temperature/"]) {
        await other.goto(`${gateway.url}${path}`);
        if (path !== "/") await other.locator("canvas[data-drawn]").waitFor();
        expect([path, colorScheme, await seriousFindings(other)]).toEqual([path, colorScheme, []]);
        const isWider = await other.evaluate("document.documentElement.scrollWidth > innerWidth");
        expect([path, colorScheme, isWider]).toEqual([path, colorScheme, false]);
      }
      await other.close();
    }
  }, 120_000);

  it("have a policy without inline scripts and other origins", async () => {
    for (const path of ["/", "/datasets/surface/"]) {
      const policy = (await fetch(`${gateway.url}${path}`)).headers.get("content-security-policy");
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
    }
  });

  it("load nothing from elsewhere and break no policy", () => {
    expect(problems).toEqual([]);
  });
});
