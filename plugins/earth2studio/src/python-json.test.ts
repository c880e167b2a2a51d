import { describe, expect, it } from "vitest";
import { PythonJsonError, parsePythonJson } from "./python-json.ts";

function mistake(text: string): unknown {
  try {
    return parsePythonJson(text);
  } catch (error) {
    if (error instanceof PythonJsonError) return [error.message, error.position];
    throw error;
  }
}

describe("JSON as Python reads it", () => {
  it.each([
    '{"a":[1,-2.5e+3,{"b":null}],"c":[],"d":{},"":true}',
    ' [ "ü🌍" , "\\ud83c\\udf0d\\n\\/" , false ] ',
    '{"a":1,"a":2,"__proto__":3}',
    "-0",
  ])("is JSON where it is: %s", (text) => {
    expect(parsePythonJson(text)).toEqual(JSON.parse(text));
  });
  it("has numbers that JSON has not", () => {
    expect(parsePythonJson("[NaN,Infinity,-Infinity]")).toEqual([Number.NaN, Infinity, -Infinity]);
  });
  // reasons and places as Python 3.11 says them
  it.each([
    ["", "Expecting value", 0],
    ["  \n ", "Expecting value", 4],
    ["{", "Expecting property name enclosed in double quotes", 1],
    ["{'a':1}", "Expecting property name enclosed in double quotes", 1],
    ['{"a":1,}', "Expecting property name enclosed in double quotes", 7],
    ['{"a":}', "Expecting value", 5],
    ['{"a" 1}', "Expecting ':' delimiter", 5],
    ['{"🌍" 1}', "Expecting ':' delimiter", 5],
    ["[1,]", "Expecting value", 3],
    ["[1 2]", "Expecting ',' delimiter", 3],
    ['["a', "Unterminated string starting at", 1],
    ['["a\\', "Unterminated string starting at", 1],
    ['["a\tb"]', "Invalid control character at", 3],
    ['["\\x"]', "Invalid \\escape", 2],
    ['["\\u12g4"]', "Invalid \\uXXXX escape", 3],
    ["01", "Extra data", 1],
    ["{} x", "Extra data", 3],
    ["+1", "Expecting value", 0],
    ["nul", "Expecting value", 0],
  ])("is not %j: %s at %i", (text, reason, position) => {
    expect(mistake(text)).toEqual([reason, position]);
  });
  it("may not be nested without end", () => {
    expect(mistake("[".repeat(1_000_000))).toEqual(["Nested too deeply", 501]);
  });
});
