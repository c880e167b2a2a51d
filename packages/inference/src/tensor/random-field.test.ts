import { describe, expect, it } from "vitest";
import { philox } from "./philox.ts";
import { fillNormal, fillUniform, randomKey } from "./random-field.ts";

describe("philox", () => {
  it.each([
    ["zeros", [0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
    [
      "ones",
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      "digits of pi",
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])("gives the published answers for %s", (_, counter, [key0 = 0, key1 = 0], expected) => {
    const words = Uint32Array.from(counter);
    philox(words, key0, key1);
    expect([...words]).toEqual(expected);
  });
});

describe("random fields", () => {
  const key = randomKey(["version", "2020-01-01T00:00:00", 1, 2, "networks[0]", "x"]);

  it("have the moments of their distributions", () => {
    const normal = new Float32Array(200_001);
    fillNormal(normal, key, [0, 0]);
    expect(mean(normal)).toBeCloseTo(0, 2);
    expect(mean(normal.map((value) => value ** 2))).toBeCloseTo(1, 1);
    expect(mean(normal.map((value) => value ** 4))).toBeCloseTo(3, 0);
    const uniform = new Float32Array(200_001);
    fillUniform(uniform, key, [0, 0]);
    expect(mean(uniform)).toBeCloseTo(0.5, 2);
    expect(mean(uniform.map((value) => (value - 0.5) ** 2))).toBeCloseTo(1 / 12, 3);
    expect(uniform.every((value) => value >= 0 && value < 1)).toBe(true);
  });

  it("agree with Box and Muller's formula in the library's own functions", () => {
    const words = new Uint32Array([7, 3, 0xffffffff, 0]);
    philox(words, ...key);
    const values = new Float32Array(32);
    fillNormal(values, key, [3, -1]);
    const expected = [0, 2].flatMap((word) => {
      const radius = Math.sqrt(-2 * Math.log((words[word]! + 0.5) / 2 ** 32));
      const angle = (2 * Math.PI * words[word + 1]!) / 2 ** 32;
      return [radius * Math.cos(angle), radius * Math.sin(angle)];
    });
    expect([...values.subarray(28)]).toEqual(expected.map((value) => expect.closeTo(value, 6) as number));
  });

  it("do not depend on their length, and differ by key, channel and time", () => {
    const fields = [
      [key, [0, 0]],
      [key, [1, 0]],
      [key, [0, 1]],
      [randomKey(["other"]), [0, 0]],
    ] as const;
    const filled = fields.map(([of, field]) => {
      const values = new Float32Array(9);
      fillNormal(values, of, field);
      return values;
    });
    expect(new Set(filled.map((values) => values.join())).size).toBe(4);
    const short = new Float32Array(5);
    fillNormal(short, key, [0, 0]);
    expect(short).toEqual(filled[0]!.subarray(0, 5));
  });

  it("stay the same bytes", () => {
    const values = new Float32Array(4);
    fillNormal(values, [1, 2], [3, 4]);
    expect([...new Uint32Array(values.buffer)].map((bits) => bits.toString(16))).toMatchInlineSnapshot(`
      [
        "be56aa45",
        "3ff0ff07",
        "bf2b5a53",
        "3fd734b3",
      ]
    `);
  });
});

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
