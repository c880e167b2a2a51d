import { type NetworkContext, type NetworkDraft, readNetwork } from "./network-plan.ts";
import { type Place, type Report, readList, required, type Written } from "./written.ts";

type ListContext = Omit<NetworkContext, "isDiagnostic">;

/** The networks that advance the state. */
export function readNetworks(
  entries: ReadonlyMap<string, Written>,
  at: Place,
  context: ListContext,
): readonly NetworkDraft[] {
  const { report } = context;
  const written = required(entries, "networks", { report, at, what: "a list of networks" });
  const items = written && readList(written, report, "a list of networks");
  const networks = (items ?? []).flatMap(
    (item) => readNetwork(item, { ...context, isDiagnostic: false }) ?? [],
  );
  checkReach(networks, report);
  if (written !== undefined && networks.length === items?.length)
    checkGaps(networks, { report, at: written });
  return networks;
}

/** Networks that are fed from the state and change nothing in it. */
export function readDiagnostics(written: Written | undefined, context: ListContext): readonly NetworkDraft[] {
  if (written === undefined) return [];
  if (written.kind === "list" && written.items.length === 0) return [];
  const items = readList(written, context.report, "a list of networks");
  return (items ?? []).flatMap((item) => readNetwork(item, { ...context, isDiagnostic: true }) ?? []);
}

/** For each step the first network is used whose `when` holds: behind one that always does, none is. */
function checkReach(networks: readonly NetworkDraft[], report: Report): void {
  networks.forEach(({ at, when }, position) => {
    const first = networks.slice(0, position).find(({ when: before, stride }) => {
      const holds = before.from <= when.from && before.to >= when.to && when.every % before.every === 0;
      return holds && stride <= Math.max(when.from, before.from);
    });
    if (first === undefined) return;
    report(
      at,
      `is never used: for all its steps ${first.key} comes first; give that one a when, or change their order`,
    );
  });
}

/** So far gaps are looked for: published roll-outs have some hundreds of steps. */
const MAX_LOOKED_AT = 2000;

/** A model may end, but between steps that it makes there is none that it does not make. */
function checkGaps(
  networks: readonly NetworkDraft[],
  { report, at }: { readonly report: Report; readonly at: Place },
): void {
  const isMade = (n: number): boolean =>
    networks.some(
      ({ when: { from, to, every }, stride }) => n >= from && n <= to && n % every === 0 && n >= stride,
    );
  let gap: number | undefined;
  for (let n = 1; n <= MAX_LOOKED_AT; n++) {
    if (!isMade(n)) gap ??= n;
    else if (gap !== undefined) {
      report(at, `expected a network for every step; none makes n = ${gap}, while n = ${n} is made`);
      return;
    }
  }
}
