import { syncBuiltinESMExports } from "node:module";
import os from "node:os";

/** What reaches other processes and Node's permission model does not know; the names with `_` are Node's own. */
const SIGNALLING = ["kill", "_kill", "_debugProcess", "_debugEnd"] as const;

type Reaching = (pid: unknown, ...more: readonly unknown[]) => unknown;

/**
 * From here on this process signals itself and its group alone. A signal could end the server, or make it listen to a
 * debugger. Who may start programs could have one signal: then nothing changes.
 */
export function keepSignalsToItself(): void {
  if (process.permission.has("child")) return;
  for (const name of SIGNALLING) replace(process, name);
  replace(os, "setPriority");
  // what `import { kill } from "node:process"` gives
  syncBuiltinESMExports();
}

function replace(owner: object, name: string): void {
  const known: unknown = Reflect.get(owner, name);
  if (typeof known !== "function") return;
  // bound: a call by `apply` or `call` could be overheard
  const original = known.bind(owner) as Reaching;
  const own: Reaching = (pid, ...more) => {
    const target = Number(pid); // once: an object could be another number the next time
    if (target !== process.pid && target !== 0 && target !== -process.pid) throw refusal(target);
    return original(target, ...more);
  };
  Object.defineProperty(owner, name, { value: own, writable: false, configurable: false, enumerable: true });
}

/** As Node refuses other things. */
function refusal(target: number): Error {
  return Object.assign(new Error("Access to this API has been restricted"), {
    code: "ERR_ACCESS_DENIED",
    permission: "Signals",
    resource: `process ${target}`,
  });
}
