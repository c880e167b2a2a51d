import { expect, it } from "vitest";
import { csvLine } from "./csv-line.ts";

it("quotes what would split a line, and lets no text be a formula", () => {
  expect(csvLine(["a", 'b "c", d', 1.5])).toBe('a,"b ""c"", d",1.5\r\n');
  expect(csvLine(["=cmd|' /C calc'!A0", "@SUM(1)", "-1.5", "-x", "two\nlines"])).toBe(
    "'=cmd|' /C calc'!A0,'@SUM(1),-1.5,'-x,two lines\r\n",
  );
});
