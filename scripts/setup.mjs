// Installs what a fresh clone misses, and does nothing when it is there. No dependencies, runs under Node 20:
// everything else in this repository may count on Node 24 and the packages of the lockfile.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const isWindows = process.platform === "win32";

installPackages();
checkNode();
if (process.argv.includes("--python")) {
  installPython();
  installPostgres();
}

function installPackages() {
  const stamp = join(modules, ".zarr-gateway-setup");
  const wanted = hashOf(["package.json", "package-lock.json", ...manifests()]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  if (!existsSync(stamp) && isInstalled()) {
    writeFileSync(stamp, wanted);
    return;
  }
  say("installing packages from package-lock.json");
  // `npm ci` refuses a lockfile that lacks the entries of other platforms; `npm install` fills them in.
  if (
    !npm(["ci", "--loglevel=error"], "ignore") &&
    !npm(["install", "--no-save", "--loglevel=error"], "inherit")
  ) {
    fail("npm could not install the packages; is the package registry reachable? (npm ping)");
  }
  mkdirSync(modules, { recursive: true });
  writeFileSync(stamp, wanted);
}

/** True when a person has run `npm install` or `npm ci`: npm then leaves a lockfile that matches ours. */
function isInstalled() {
  const hidden = join(modules, ".package-lock.json");
  if (!existsSync(hidden)) return false;
  const installed = JSON.parse(readFileSync(hidden, "utf8")).packages;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === "" ||
      entry.optional ||
      entry.link ||
      !path.startsWith("node_modules/") ||
      installed[path]?.version === entry.version,
  );
}

/** Node 24 comes as an npm package whose install script fetches the binary; some npm settings skip such scripts. */
function checkNode() {
  const wanted = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).dependencies.node;
  if (nodeVersion() === `v${wanted}`) return;
  say(`fetching Node ${wanted}`);
  const folder = join(modules, "node");
  if (!existsSync(folder)) fail("the npm package `node` is missing; run npm install");
  spawnSync(process.execPath, ["installArchSpecificPackage.js"], { cwd: folder, stdio: "ignore" });
  if (nodeVersion() === `v${wanted}`) return;
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= 24) {
    say(
      `Node ${wanted} could not be fetched; going on with the Node ${process.versions.node} of this machine`,
    );
    return;
  }
  fail(
    `Node ${wanted} could not be fetched from the npm registry, and this machine's is ${process.versions.node}; install Node 24`,
  );
}

function nodeVersion() {
  const binary = join(modules, "node", "bin", isWindows ? "node.exe" : "node");
  if (!existsSync(binary)) return undefined;
  return spawnSync(binary, ["--version"], { encoding: "utf8" }).stdout?.trim();
}

/** The virtual environment of the real-client tests; without Python 3.11 they are skipped, and said to be. */
function installPython() {
  const requirements = join(root, "test", "clients", "requirements.txt");
  if (!existsSync(requirements)) return;
  const environment = join(root, ".venv");
  const stamp = join(environment, ".zarr-gateway-setup");
  const wanted = hashOf(["test/clients/requirements.txt", "test/clients/requirements-no-deps.txt"]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  const python = ["python3.11", "python3.12", "python3.13", "python3", "python"].find(isPython);
  if (python === undefined) {
    say("no Python ≥ 3.11 with venv here: the tests with Python clients will be skipped");
    return;
  }
  say("making .venv with the Python clients (test/clients/requirements.txt)");
  rmSync(stamp, { force: true });
  const pip = join(environment, isWindows ? "Scripts" : "bin", "python");
  const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  const ok =
    run(python, ["-m", "venv", environment]) &&
    run(pip, [...install, "-r", requirements]) &&
    run(pip, [...install, "--no-deps", "-r", requirements.replace(".txt", "-no-deps.txt")]);
  if (ok) writeFileSync(stamp, wanted);
  else say("the Python clients could not be installed: their tests will be skipped");
}

/** The server that tests start; on a person's machine its tests are skipped where it is missing, where all is checked they are not. */
function installPostgres() {
  if (!process.env.CI || isWindows || hasPostgres() || process.getuid?.() !== 0) return;
  say("installing PostgreSQL from the packages of this system");
  const install = () => run("apt-get", ["install", "-y", "--no-install-recommends", "postgresql"], "ignore");
  if (install() || (run("apt-get", ["update"], "ignore") && install())) return;
  say("PostgreSQL could not be installed: the tests of its store will fail");
}

/** The server: a machine may have the client alone. */
function hasPostgres() {
  const folder = "/usr/lib/postgresql";
  return (
    existsSync(folder) &&
    readdirSync(folder).some((version) => existsSync(join(folder, version, "bin/postgres")))
  );
}

function isPython(command) {
  const test = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
  return spawnSync(command, ["-c", test], { stdio: "ignore" }).status === 0;
}

function manifests() {
  return ["packages", "plugins"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .map((name) => `${folder}/${name}/package.json`)
      .filter((path) => existsSync(join(root, path))),
  );
}

function hashOf(paths) {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(readFileSync(join(root, path)));
  return hash.digest("hex");
}

function npm(args, stdio) {
  // the npm that runs this script, so that nothing else has to be on the PATH
  const cli = process.env.npm_execpath;
  return cli ? run(process.execPath, [cli, ...args], stdio) : run(isWindows ? "npm.cmd" : "npm", args, stdio);
}

function run(command, args, stdio = "inherit") {
  return (
    spawnSync(command, args, { cwd: root, stdio, shell: isWindows && command.endsWith(".cmd") }).status === 0
  );
}

function say(message) {
  process.stderr.write(`setup: ${message}\n`);
}

function fail(message) {
  say(message);
  process.exit(1);
}
