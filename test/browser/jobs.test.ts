import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningGateway, startGateway } from "../e2e/running-gateway.ts";
import { hasChromium, openBrowser, seriousFindings, watchedPage } from "./chromium.ts";

/** Jobs that count until they are told to stop, or fail. */
const PLUGIN = `
export default {
  name: "counting", version: "0.1.0", prefix: "", options: { parse: (options) => options }, requires: [{ id: "jobs" }],
  setup(host) {
    const { engine } = host.use({ id: "jobs" });
    engine.defineStep({
      name: "count",
      retry: { maxAttempts: 1 },
      async run({ to, fail }, _settings, { signal, progress, log }) {
        for (let at = 0; at < to; at++) {
          log("counted " + at + (at === 0 ? " <script>document.title='owned'</script>" : ""));
          progress({ fraction: at / to, message: "counting " + at, current: at, total: to });
          await new Promise((resolve, reject) => {
            const timer = setTimeout(resolve, 100);
            signal.addEventListener("abort", () => (clearTimeout(timer), reject(new Error("stopped"))));
          });
        }
        if (fail) throw new Error("cannot count <b>further</b>");
        return null;
      },
    });
    engine.defineJob({ name: "counting", params: { parse: (params) => params },
      plan: (params) => [{ key: "all", input: params, steps: [{ step: "count" }] }] });
    return {};
  },
};
`;

/** One of them writes a dataset. */
const WORKFLOWS = join(import.meta.dirname, "../../examples/run-a-workflow/workflows");

describe.skipIf(!hasChromium)("the pages of jobs in a real browser (Debian's chromium)", () => {
  let gateway: RunningGateway;
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "job-pages-"));
    await writeFile(join(folder, "counting.mjs"), PLUGIN);
    await writeFile(
      join(folder, "gateway.yaml"),
      `jobs: { workers: 2 }\nplugins: { ./counting.mjs: {} }\nworkflows: { directories: [${JSON.stringify(WORKFLOWS)}] }\n`,
    );
    gateway = await startGateway("serve", "-c", join(folder, "gateway.yaml"));
    browser = await openBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await gateway?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const submitted = async (parameters: object, definition = "counting"): Promise<string> => {
    const answer = await fetch(`${gateway.url}/v1/jobs/${definition}`, {
      method: "POST",
      body: JSON.stringify({ parameters }),
    });
    return ((await answer.json()) as { id: string }).id; // what a job is made with
  };

  it("show progress and log as they come, and cancel", async () => {
    const id = await submitted({ to: 10_000 });
    const { page, problems } = await watchedPage(browser, gateway.url);
    await page.goto(`${gateway.url}/jobs`);
    await page.getByRole("link", { name: "counting" }).first().click();
    await page.waitForURL(`**/jobs/${id}`);
    const log = page.locator("#log");
    await expect.poll(() => log.textContent(), { timeout: 20_000 }).toMatch(/counted 0 <script>.*counted 5/s);
    await expect
      .poll(() => page.locator("#job .progress").textContent(), { timeout: 20_000 })
      .toContain("counting");
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect.poll(() => page.locator("h1").textContent(), { timeout: 20_000 }).toContain("cancelled");
    expect(await page.title()).toContain("cancelled");
    const stops = (await log.textContent())?.length;
    await page.reload();
    expect((await log.textContent())?.length).toBeGreaterThanOrEqual(stops ?? 0);
    page.on("dialog", (dialog) => void dialog.accept());
    await page.getByRole("button", { name: "Delete" }).click();
    await page.waitForURL("**/jobs");
    expect(await page.locator(`[data-id="${id}"]`).count()).toBe(0);
    expect(problems).toEqual([]);
    await page.close();
  }, 90_000);

  it("lead to the dataset, the files and the archive of a job", async () => {
    const id = await submitted({}, "blob");
    const { page, problems } = await watchedPage(browser, gateway.url);
    await page.goto(`${gateway.url}/jobs/${id}`);
    const archive = page.getByRole("link", { name: "all as a zip" });
    await archive.waitFor({ timeout: 60_000 }); // without a reload
    expect(await seriousFindings(page)).toEqual([]);
    const zip = await page.request.get(new URL((await archive.getAttribute("href")) ?? "", page.url()).href);
    expect([zip.status(), zip.headers()["content-type"]]).toEqual([200, "application/zip"]);
    const files = page.getByRole("link", { name: "results.zarr/" });
    const listed = await page.request.get(new URL((await files.getAttribute("href")) ?? "", page.url()).href);
    expect(await listed.json()).toMatchObject({ names: expect.arrayContaining(["zarr.json"]) as unknown });
    await page.getByRole("link", { name: id, exact: true }).click();
    await page.waitForURL(`**/datasets/${id}`);
    expect(await page.locator("h1").count()).toBe(1);
    expect(problems).toEqual([]);
    await page.close();
  }, 90_000);

  it("show what failed, filter, and keep people out nowhere: light and dark, wide and narrow", async () => {
    const id = await submitted({ to: 1, fail: true });
    const waiting = await submitted({ to: 10_000 });
    for (const [colorScheme, width] of [
      ["light", 1280],
      ["dark", 390],
    ] as const) {
      const { page, problems } = await watchedPage(browser, gateway.url, { colorScheme, width });
      await page.goto(`${gateway.url}/jobs?state=failed`);
      const card = page.locator(`[data-id="${id}"]`);
      await expect
        .poll(() => card.textContent(), { timeout: 20_000 })
        .toContain("cannot count <b>further</b>");
      expect(await page.locator("[data-id]").count()).toBe(1);
      for (const path of ["/jobs", `/jobs/${id}`, `/jobs/${waiting}`]) {
        await page.goto(`${gateway.url}${path}`);
        expect([path, colorScheme, await seriousFindings(page)]).toEqual([path, colorScheme, []]);
        const isWider = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
        expect([path, colorScheme, isWider]).toEqual([path, colorScheme, false]);
        const pictures = process.env["SCREENSHOTS"];
        const name = `jobs-${colorScheme}-${path.length > 5 ? path.slice(6, 10) : "list"}.png`;
        if (pictures !== undefined) await page.screenshot({ path: join(pictures, name) });
      }
      expect(problems).toEqual([]);
      await page.close();
    }
  }, 120_000);
});
