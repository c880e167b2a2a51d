import { describe, expect, it } from "vitest";
import { FlatBuffer } from "./flatbuffer.ts";
import { formatObjectId, isObjectId } from "./object-id.ts";

describe("names of objects", () => {
  it("are Crockford's base 32, as the specification's example", () => {
    const bytes = Buffer.from("0b1cc8d6787580f0e33a6534", "hex");
    expect(formatObjectId(bytes)).toBe("1CECHNKREP0F1RSTCMT0");
    expect(formatObjectId(new Uint8Array(8).fill(255))).toBe("ZZZZZZZZZZZZY");
    expect(isObjectId("1CECHNKREP0F1RSTCMT0")).toBe(true);
  });
  it.each([
    "",
    "1cechnkrep0f1rstcmt0",
    "1CECHNKREP0F1RSTCMT",
    "1CECHNKREP0F1RSTCMT1",
    "../../../../etc/pass",
    "1CECHNKREP0F1RSTCMTO",
  ])("are not %j", (text) => {
    expect(isObjectId(text)).toBe(false);
  });
});

describe("a flat buffer", () => {
  const buffer = (bytes: number[]) => new FlatBuffer(Uint8Array.from(bytes), "snapshots/X");
  it("never leads out of its bytes, whatever it declares", () => {
    expect(() => buffer([]).root()).toThrow(/"snapshots\/X" .* damaged/);
    expect(() => buffer([255, 255, 255, 255]).root()).toThrow(/damaged/);
    expect(() => buffer([4, 0, 0, 0, 255, 255, 255, 127]).root()).toThrow(/damaged/);
  });
  it("counts against what is left", () => {
    // a table at 10 whose fields are described at 4: one field, an offset to a vector of 2^31 items
    const bytes = [10, 0, 0, 0, 6, 0, 8, 0, 4, 0, 6, 0, 0, 0, 4, 0, 0, 0, 255, 255, 255, 127];
    expect(() => buffer(bytes).root().vector(0, 4)).toThrow(/damaged/);
    expect(buffer(bytes).root().vector(7, 4)).toBeUndefined();
  });
});
