import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";

/** Debian's; tests are skipped by name where it is not installed. */
const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
export const hasChromium = existsSync(CHROMIUM);
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

/** A page that notes every error, and every request that leaves the server. */
export async function watchedPage(
  browser: Browser,
  serverUrl: string,
  options: { readonly colorScheme?: "dark" | "light"; readonly width?: number } = {},
): Promise<{ readonly page: Page; readonly problems: string[] }> {
  const page = await browser.newPage({
    colorScheme: options.colorScheme ?? "light",
    viewport: { width: options.width ?? 1280, height: 1600 },
  });
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(serverUrl)) problems.push(`asked ${request.url()}`);
  });
  return { page, problems };
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly target: readonly string[] }[];
  }[];
}

/** What axe-core finds that keeps people out: rule and places. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // the page's policy lets no script of others in; what the debugger evaluates is not bound by it
  await page.evaluate(axe);
  const findings: unknown = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })");
  const { violations } = findings as AxeResults; // axe's own format
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}
