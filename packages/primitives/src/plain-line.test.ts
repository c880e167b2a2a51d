import { expect, it } from "vitest";
import { plainLine } from "./plain-line.ts";

it("makes any text one visible line", () => {
  expect(plainLine("  a\r\n\tb\u2028c ")).toBe("a b c");
  expect(plainLine("\u202eevil\u0007\ufeff")).toBe("evil");
  expect(plainLine("half \ud83d of a character")).toBe("half \ufffd of a character");
  expect(plainLine("\u{1f30d}")).toBe("\u{1f30d}");
});

it("shortens, but never cuts a character in two", () => {
  expect(plainLine("abcdef", 4)).toBe("abc…");
  expect(plainLine("\u{1f30d}".repeat(10), 4)).toBe("\u{1f30d}…");
  expect(plainLine("x".repeat(1_000_000))).toHaveLength(300);
});
