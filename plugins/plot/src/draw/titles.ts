import type { SKRSContext2D } from "@napi-rs/canvas";
import { fittedText } from "./colour-bar.ts";
import { font } from "./fonts.ts";
import { INK } from "./ink.ts";

/** What stands above a picture. */
export interface Titles {
  readonly title: string;
  /** Where and when, in smaller letters. */
  readonly subtitle: string;
}

const TITLE_SIZE = 15;
const SUBTITLE_SIZE = 11.5;

/** Pixels that the lines take, the space below them included. */
export function titlesHeight({ title, subtitle }: Titles, unit: number): number {
  const lines = (title === "" ? 0 : TITLE_SIZE * 1.35) + (subtitle === "" ? 0 : SUBTITLE_SIZE * 1.5);
  return lines === 0 ? 0 : (lines + 7) * unit;
}

export function drawTitles(
  context: SKRSContext2D,
  { title, subtitle }: Titles,
  { left, top, width, unit }: { left: number; top: number; width: number; unit: number },
): void {
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  let y = top;
  if (title !== "") {
    context.font = font(TITLE_SIZE * unit, true);
    context.fillStyle = INK.text;
    y += TITLE_SIZE * unit;
    context.fillText(fittedText(context, title, width), left, y);
    y += 0.35 * TITLE_SIZE * unit;
  }
  if (subtitle === "") return;
  context.font = font(SUBTITLE_SIZE * unit);
  context.fillStyle = INK.quiet;
  y += 1.1 * SUBTITLE_SIZE * unit;
  context.fillText(fittedText(context, subtitle, width), left, y);
}
