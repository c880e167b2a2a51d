// Runs every check in the order in which a failure is cheapest to find, and counts single tests.
// --quick: format and types, then typed lint and unit tests of what changed alone: since the last commit, or in it.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const output = join(root, "test", ".output");
const isQuick = process.argv.includes("--quick");
const isWindows = process.platform === "win32";
const results = [];

if (isQuick) spawnSync(process.execPath, [join(root, "scripts", "setup.mjs")], { stdio: "inherit" }); // npm test has done it
rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
process.env.PATH = `${join(root, "node_modules", ".bin")}${isWindows ? ";" : ":"}${process.env.PATH ?? ""}`;

// filters are parts of paths: "test/" is the folder, "test" would be every test file
const programTests = "packages/gateway/e2e/"; // start processes and install the package
const unitTests = ["packages/", "plugins/", "--exclude", `${programTests}**`];

check("format", "biome", ["format", "."]);
check("lint", "biome", ["check", "--formatter-enabled=false", "."]);
if (isQuick) await quick();
else await everything();
finish();

async function everything() {
  check("typed lint", "eslint", ["."]);
  check("types", "tsc", ["--noEmit"]);
  check("types of the browser's scripts", "tsc", ["--noEmit", "-p", "plugins/pages/browser"]);
  vitest("unit tests", unitTests);
  vitest("architecture, examples, program", [
    "test/",
    "examples/",
    programTests,
    "--exclude",
    "test/browser/**",
  ]);
  vitest("pages in a browser", ["test/browser/"]);
  await pythonClients();
}

async function quick() {
  const types = ["--noEmit", "--incremental", "--tsBuildInfoFile", ".cache/types.tsbuildinfo"];
  check("types", "tsc", types);
  const since = lines("git", ["status", "--porcelain"]).length > 0 ? "HEAD" : "HEAD~1";
  const changed = [
    ...lines("git", ["diff", "--name-only", "--diff-filter=d", since, "--", "*.ts"]),
    ...lines("git", ["ls-files", "--others", "--exclude-standard", "--", "*.ts"]),
  ];
  if (changed.length > 0) check("typed lint of what changed", "eslint", ["--no-warn-ignored", ...changed]);
  vitest("unit tests of what changed", [...unitTests, "--changed", since]);
}

function lines(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
  return stdout.split("\n").filter((line) => line !== "");
}

function check(title, command, args) {
  const seconds = run(title, command, args);
  record(
    title,
    seconds,
    seconds.ok ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 },
  );
}

function vitest(title, filters) {
  const report = join(output, `vitest-${results.length}.json`);
  const ran = run(title, "vitest", [
    "run",
    ...filters,
    "--passWithNoTests",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ]);
  record(title, ran, withExit(ran, countVitest(report)));
}

function countVitest(path) {
  if (!existsSync(path)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(path, "utf8"));
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && assertionResults.every((test) => test.status !== "failed"),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length, // a file that cannot be loaded has no tests of its own
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

async function pythonClients() {
  const title = "Python clients";
  const folder = join(root, "test", "clients");
  const python = join(root, ".venv", isWindows ? "Scripts/python.exe" : "bin/python");
  if (!existsSync(folder)) return;
  if (!existsSync(python) || !existsSync(join(root, ".venv", ".zarr-gateway-setup"))) {
    const required = Boolean(process.env.CI);
    say(`\n── ${title}: no .venv with test/clients/requirements.txt (node scripts/setup.mjs --python)`);
    const counts = { passed: 0, failed: required ? 1 : 0, skipped: required ? 0 : 1 };
    record(title, { ok: !required, seconds: 0 }, counts);
    return;
  }
  // client and gateway take turns: two at a time keep two cores busy
  say(`\n── ${title}`);
  const start = performance.now();
  const halves = twoHalves(folder).map((files, half) => {
    const report = join(output, `pytest-${half}.xml`);
    const pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider", `--junitxml=${report}`, ...files];
    const child = spawn(python, pytest, { cwd: root, stdio: "inherit" });
    return new Promise((resolve) => {
      child.on("error", () => resolve({ ok: false, report }));
      child.on("exit", (code) => resolve({ ok: code === 0, report }));
    });
  });
  const ran = await Promise.all(halves);
  const counts = ran.map(({ ok, report }) => withExit({ ok }, countPytest(report)));
  const sum = (name) => counts.reduce((total, count) => total + count[name], 0);
  const seconds = (performance.now() - start) / 1000;
  record(title, { seconds }, { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") });
}

/** Files of tests in two parts that take about as long: what is long in text is mostly long in time. */
function twoHalves(folder) {
  const files = readdirSync(folder)
    .filter((name) => /^test_.*\.py$/.test(name))
    .map((name) => join(folder, name))
    .sort((one, other) => statSync(other).size - statSync(one).size);
  const halves = [[], []];
  for (const [position, file] of files.entries()) halves[[0, 1, 1, 0][position % 4]].push(file);
  return halves;
}

function countPytest(path) {
  if (!existsSync(path)) return { passed: 0, failed: 1, skipped: 0 };
  const suite = /<testsuite [^>]*>/.exec(readFileSync(path, "utf8"))?.[0] ?? "";
  const number = (name) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  const skipped = number("skipped");
  return { passed: number("tests") - failed - skipped, failed, skipped };
}

/** A runner that fails although no test did (an unhandled rejection, a crash) is a failure too. */
function withExit({ ok }, counts) {
  return ok || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

function run(title, command, args) {
  say(`\n── ${title}`);
  const start = performance.now();
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", shell: isWindows });
  if (error) say(`${command}: ${error.message}`);
  return { ok: status === 0, seconds: (performance.now() - start) / 1000 };
}

function record(title, { seconds }, counts) {
  results.push({ title, seconds, ...counts });
}

function finish() {
  say("");
  for (const { title, seconds, passed, failed, skipped } of results) {
    const counts = [`${passed} passed`, `${failed} failed`, ...(skipped > 0 ? [`${skipped} skipped`] : [])];
    say(`${failed > 0 ? "✗" : "✓"} ${title.padEnd(36)} ${counts.join(", ")} (${seconds.toFixed(1)} s)`);
  }
  const sum = (name) => results.reduce((total, result) => total + result[name], 0);
  const skipped = sum("skipped");
  if (skipped > 0) say(`\n${skipped} skipped: what they need is not on this machine`);
  say(`\n${sum("passed")} passed, ${sum("failed")} failed`);
  process.exitCode = sum("failed") > 0 ? 1 : 0;
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
