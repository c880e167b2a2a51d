import { readLayout } from "./layout.ts";
import { readNormalize } from "./normalize.ts";
import { INPUT_PIECES, OUTPUT_PIECES, PIECE_OPTIONS, type Piece, type Reading, readPiece } from "./pieces.ts";
import { checkChannels } from "./tensor-channels.ts";
import type { TensorDraft } from "./tensor-draft.ts";
import { readFeed, readTimes } from "./tensor-times.ts";
import { type Place, readList, readMap, readText, required, type Written } from "./written.ts";

/** What a tensor is read in. */
export interface TensorContext extends Reading {
  readonly direction: "input" | "output";
  /** Of a network under `diagnostics`. */
  readonly isDiagnostic: boolean;
  /** The network's step in steps of the package; undefined where it could not be read. */
  readonly stride: number | undefined;
  /** The inputs as the file has them, for `like`. */
  readonly inputs: ReadonlyMap<string, Written>;
}

const COMMON_KEYS = ["layout", "channels", "times", "normalize"];
const INPUT_KEYS = [...INPUT_PIECES, ...PIECE_OPTIONS, ...COMMON_KEYS];
const OUTPUT_KEYS = [...OUTPUT_PIECES, "levels", "order", ...COMMON_KEYS, "like", "feed", "residual"];
/** What `like` takes over. */
const LIKE_KEYS = ["state", "channels", "levels", "order", "layout", "normalize"];

/** Reads one input or output of a network. */
export function readTensor(name: string, written: Written, context: TensorContext): TensorDraft | undefined {
  const { report, direction } = context;
  const isInput = direction === "input";
  const own = readMap(written, report, isInput ? INPUT_KEYS : OUTPUT_KEYS);
  if (own === undefined) return undefined;
  const entries = isInput ? own : withLike(own, context);
  if (entries === undefined) return undefined;
  const layoutOf = required(entries, "layout", { report, at: written, what: "a list of axes" });
  const layout = layoutOf && readLayout(layoutOf, context);
  const pieces = readPieces(written, entries, context);
  const channels = pieces?.flatMap((piece) => piece.channels);
  const normalize = entries.get("normalize");
  const scales =
    normalize && readNormalize(normalize, context, { channels: channels?.length || undefined, isInput });
  const times = readTimes(entries.get("times"), { at: written, layout, pieces: pieces ?? [], context });
  const feed = isInput ? [] : readFeed(entries.get("feed"), { at: written, times, channels, context });
  const residual = readResidual(entries.get("residual"), channels ?? [], context);
  if (pieces === undefined || channels === undefined || layout === undefined) return undefined;
  const draft = { name, at: written, layout, times, channels, feed, residual, levels: levelsOf(pieces) };
  const isLevelFirst = wordOf(entries.get("order")) === "level";
  const levelCount = checkChannels(draft, { ...context, isLevelFirst });
  return { ...draft, levelCount, ...(scales === undefined ? {} : { normalize: scales }) };
}

function levelsOf(pieces: readonly Piece[]): TensorDraft["levels"] {
  return pieces.map(({ levels }) => levels);
}

function wordOf(written: Written | undefined): unknown {
  return written?.kind === "scalar" ? written.value : undefined;
}

/** The output's own keys over those of the input that it is like. */
function withLike(
  own: ReadonlyMap<string, Written>,
  { report, inputs }: TensorContext,
): ReadonlyMap<string, Written> | undefined {
  const like = own.get("like");
  if (like === undefined) return own;
  const name = readText(like, report, "the name of an input");
  if (name === undefined) return undefined;
  const input = inputs.get(name);
  if (input === undefined) {
    report(
      like,
      `expected the name of an input (${[...inputs.keys()].join(", ")}); got ${JSON.stringify(name)}`,
    );
    return undefined;
  }
  if (input.kind !== "map") return undefined; // told where the input is read
  const replaced = ["state", "diagnostic", "channels"].filter((key) => own.has(key));
  const dropped = new Set<string>();
  if (replaced.length > 0) for (const key of ["state", "channels"]) dropped.add(key);
  if (replaced.includes("channels")) for (const key of ["levels", "order"]) dropped.add(key);
  const taken = [...input.entries].filter(([key]) => LIKE_KEYS.includes(key) && !dropped.has(key));
  return new Map([...taken, ...own]);
}

function readPieces(
  at: Place,
  entries: ReadonlyMap<string, Written>,
  context: TensorContext,
): readonly Piece[] | undefined {
  const { report, direction } = context;
  const kinds = direction === "input" ? INPUT_PIECES : OUTPUT_PIECES;
  const list = entries.get("channels");
  if (list === undefined) {
    const piece = readPiece(at, entries, { ...context, kinds, position: 0 });
    return piece && [piece];
  }
  for (const key of [...kinds, ...PIECE_OPTIONS]) {
    const beside = entries.get(key);
    if (beside !== undefined) report(beside, "expected under channels, in a piece; got it beside channels");
  }
  const items = readList(list, report, "a list of pieces");
  const options = direction === "input" ? PIECE_OPTIONS : ["levels", "order"];
  const pieces = items?.map((item, position) => {
    const keys = readMap(item, report, [...kinds, ...options]);
    return keys && readPiece(item, keys, { ...context, kinds, position });
  });
  return pieces?.every((piece) => piece !== undefined) === true ? pieces : undefined;
}

function readResidual(
  written: Written | undefined,
  channels: TensorDraft["channels"],
  { report }: TensorContext,
): boolean {
  if (written === undefined) return false;
  if (written.kind !== "scalar" || typeof written.value !== "boolean") {
    report(written, "expected true or false");
    return false;
  }
  const hasNoPast = channels.some((channel) => channel.kind === "field" && channel.role === "diagnostic");
  if (written.value && hasNoPast)
    report(written, "expected only with state: a diagnostic variable has no time 0 to be added to");
  return written.value;
}
