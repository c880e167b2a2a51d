import type { Layout } from "./layout.ts";
import type { Piece, Reading } from "./pieces.ts";
import type { ChannelDraft } from "./tensor-draft.ts";
import { expected, type Place, readInteger, readList, type Written } from "./written.ts";

/** What times are checked against. */
interface TimesContext extends Reading {
  readonly direction: "input" | "output";
  readonly isDiagnostic: boolean;
  readonly stride: number | undefined;
}

const MAX_TIMES = 1000;

export interface TimedTensor {
  readonly at: Place;
  readonly layout: Layout | undefined;
  readonly pieces: readonly Piece[];
  readonly context: TimesContext;
}

/** The times in a tensor: those of the file, or the default of its direction. */
export function readTimes(written: Written | undefined, tensor: TimedTensor): readonly number[] {
  const { at, layout, pieces, context } = tensor;
  const given = written && readIntegers(written, context.report);
  const times = given ?? defaultTimes(tensor);
  if (written !== undefined && given === undefined) return times;
  const place = written ?? at;
  if (layout !== undefined && times.length > 1 && !layout.flat().includes("time"))
    context.report(place, `expected an axis time in the layout, or one time; got times ${list(times)}`);
  const channels = pieces.flatMap((piece) => piece.channels);
  if (context.direction === "output") checkWritten(place, times, context);
  else if (channels.some(({ kind }) => kind === "field")) checkRead(place, times, context);
  return times;
}

function readIntegers(written: Written, report: Reading["report"]): readonly number[] | undefined {
  const items = readList(written, report, "a list of whole numbers");
  if (items === undefined) return undefined;
  if (items.length > MAX_TIMES) return expected(report, written, `at most ${MAX_TIMES} times`);
  const range = {
    what: `a whole number from -${MAX_TIMES} to ${MAX_TIMES}`,
    from: -MAX_TIMES,
    to: MAX_TIMES,
  };
  const times = items.map((item) => readInteger(item, report, range));
  const isTwice = items.find((_, i) => times[i] !== undefined && times.indexOf(times[i]) < i);
  if (isTwice) report(isTwice, "the time is there twice; keep one");
  return times.every((time) => time !== undefined) ? times : undefined;
}

/** A tensor that no time changes, and that has no axis for it, has one. */
function defaultTimes({ layout, pieces, context }: TimedTensor): readonly number[] {
  if (context.direction === "output") return [1];
  const kinds = pieces.flatMap(({ channels }) => channels.map(({ kind }) => kind));
  const isTimeless = kinds.every((kind) => kind === "static" || kind === "random");
  if (isTimeless && layout?.flat().includes("time") !== true) return [0];
  return Array.from({ length: context.history }, (_, i) => i + 1 - context.history);
}

function checkRead(
  place: Place,
  times: readonly number[],
  { history, stride = 1, report }: TimesContext,
): void {
  const future = times.filter((time) => time > 0);
  if (future.length > 0) report(place, `expected times of the state, at most 0; got ${list(future)}`);
  const early = times.filter((time) => time < 0 && -time * stride > history - 1);
  if (early.length === 0) return;
  const back = early.map((time) => -time * stride).join(", ");
  report(
    place,
    `expected times that the state has: history is ${history}; ${list(early)} would be ${back} steps back`,
  );
}

function checkWritten(place: Place, times: readonly number[], { report, isDiagnostic }: TimesContext): void {
  // what is made of a state without going on from it may as well be called its time 0
  if (times.includes(1) || (isDiagnostic && times.length === 1 && times[0] === 0)) return;
  report(place, `expected times with 1, which is what a network makes; got ${list(times)}`);
}

interface Fed {
  readonly at: Place;
  readonly times: readonly number[];
  readonly channels: readonly ChannelDraft[] | undefined;
  readonly context: TimesContext;
}

/** Which of the times go into the state. */
export function readFeed(written: Written | undefined, { times, channels, context }: Fed): readonly number[] {
  const { report, history, stride = 1 } = context;
  const isFed = channels?.some((channel) => channel.kind === "field" && channel.role === "state") ?? true;
  if (written === undefined) return isFed && !context.isDiagnostic ? [1] : [];
  const feed = readIntegers(written, report);
  if (feed === undefined) return [1];
  if (!isFed || context.isDiagnostic) {
    report(written, "expected only with state: diagnostic variables are not fed back");
    return [];
  }
  const unknown = feed.filter((time) => !times.includes(time));
  if (unknown.length > 0) report(written, `expected some of the times ${list(times)}; got ${list(unknown)}`);
  if (!feed.includes(1)) report(written, `expected 1 among them, which is the next state; got ${list(feed)}`);
  const future = feed.filter((time) => time > 1);
  if (future.length > 0)
    report(written, `expected times up to 1, the newest of the state; got ${list(future)}`);
  const early = feed.filter((time) => (1 - time) * stride > history - 1);
  if (early.length > 0)
    report(
      written,
      `expected times that the state has: history is ${history}; it has no entry for ${list(early)}`,
    );
  return feed;
}

function list(times: readonly number[]): string {
  return `[${times.join(", ")}]`;
}
