import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { changedPlace, croppedTo } from "../encode/changed-place.ts";
import { encodePng } from "../encode/png.ts";
import { compose } from "./compose.ts";
import { createKept } from "./kept.ts";

const [RED, BLUE, WHITE, GREY] = [0xff0000ff, 0xffff0000, 0xffffffff, 0xff808080];

describe("a field under what is drawn", () => {
  const field = { left: 1, top: 1, width: 2, height: 1, pixels: Uint32Array.of(RED, 0), missing: GREY };
  const composed = (words: Uint32Array, paper: number, coverage?: Uint8Array): number[] => {
    const to = new Uint32Array(8);
    const ground = { width: 4, field: { ...field, missing: paper === 0 ? 0 : GREY, coverage }, paper };
    compose({ firstRow: 0, words: words.subarray(0, 4) }, ground, to);
    compose({ firstRow: 1, words: words.subarray(4) }, ground, to);
    return [...to];
  };

  it("lies where it belongs, on paper or on nothing", () => {
    const nothing = new Uint32Array(8);
    expect(composed(nothing, WHITE)).toEqual([WHITE, WHITE, WHITE, WHITE, WHITE, RED, GREY, WHITE]);
    expect(composed(nothing, 0)).toEqual([0, 0, 0, 0, 0, RED, 0, 0]);
  });

  it("shows through lines that are half transparent, and ends at the edge of the map", () => {
    const words = Uint32Array.of(0, 0, 0, BLUE, 0x80ff0000, 0x80ff0000, 0, 0);
    expect(composed(words, WHITE)).toEqual([WHITE, WHITE, WHITE, BLUE, 0xffff7f7f, 0xff80007f, GREY, WHITE]);
    expect(composed(words, 0)[4]).toBe(0x80ff0000);
    expect(composed(new Uint32Array(8), WHITE, Uint8Array.of(128, 0)).slice(5, 7)).toEqual([
      0xff7f7fff,
      WHITE,
    ]);
  });
});

describe("PNG", () => {
  const content = (file: Uint8Array): number[] => {
    const view = new DataView(file.buffer);
    return [...inflateSync(file.subarray(41, 41 + view.getUint32(33)))];
  };

  it("has three bytes a pixel where nothing is transparent, else four", () => {
    const size = { width: 2, height: 1 };
    const opaque = encodePng(Uint32Array.of(RED, 0xff030201), size);
    expect([opaque[25], content(opaque)]).toEqual([2, [0, 255, 0, 0, 1, 2, 3]]);
    const open = encodePng(Uint32Array.of(RED, 0x00030201), size);
    expect([open[25], content(open)]).toEqual([6, [0, 255, 0, 0, 255, 1, 2, 3, 0]]);
  });
});

describe("the changed part of a frame", () => {
  it("is the smallest one with even corners", () => {
    const before = new Uint8Array(40);
    const now = before.slice();
    now[3 * 8 + 3] = 1;
    now[4 * 8 + 5] = 1;
    const place = changedPlace(before, now, { width: 8, height: 5 });
    expect(place).toEqual({ left: 2, top: 2, width: 4, height: 3 });
    expect([...croppedTo(now, 8, place)]).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
    expect(changedPlace(now, now, { width: 8, height: 5 })).toMatchObject({ width: 2, height: 2 });
  });
});

describe("what a thread keeps", () => {
  it("forgets what was not used for longest, and never holds more than it may", () => {
    const made: string[] = [];
    const kept = createKept<Uint8Array>(10, ({ length }) => length);
    const use = (key: string, length: number) =>
      kept.of(key, () => {
        made.push(key);
        return new Uint8Array(length);
      });
    for (const key of ["a", "b", "a", "c", "a", "b"]) use(key, 4);
    use("large", 11);
    use("large", 11);
    use("b", 4);
    expect(made).toEqual(["a", "b", "c", "b", "large", "large"]);
  });
});
