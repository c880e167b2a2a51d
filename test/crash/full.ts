import { spawnSync } from "node:child_process";

/** The crash tests in their full length: 200 kills during 500 jobs (`npm run test:crash`). */
const env = { ...process.env, CRASH_KILLS: "200", CRASH_JOBS: "500" };
const { status } = spawnSync("vitest", ["run", "test/crash"], {
  stdio: "inherit",
  env,
  shell: process.platform === "win32",
});
process.exitCode = status ?? 1;
