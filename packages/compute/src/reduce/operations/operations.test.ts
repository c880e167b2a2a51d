import { describe, expect, it } from "vitest";
import { parseView } from "../../view/parse-view.ts";

/** The canonical form of a view. */
function printed(text: string): string {
  return parseView(text).text;
}

describe("words for reductions", () => {
  it.each([
    ["mean(lon,lat,lat)", "mean(lat,lon)"],
    ["mean()", "mean()"],
    ["quantile(time,.90)", "quantile(time,0.9)"],
    ["quantile(0.1;0.5)", "quantile(0.1;0.5)"],
    ["quantile(lat,[0.25])", "quantile(lat,[0.25])"],
    ["rolling(mean,time=5,center=FALSE)", "rolling(time=5,mean)"],
    ["rolling(time=5,mean,min_periods=5)", "rolling(time=5,mean)"],
    ["rolling(time=5,mean,min_periods=2,center=true)", "rolling(time=5,mean,center=true,min_periods=2)"],
    ["trend(time)", "trend(time)"],
    ["cumsum(time)@diff(time)@wmean(lon,lat)", "cumsum(time)@diff(time)@wmean(lat,lon)"],
  ])("are written in one way: %s", (text, canonical) => {
    expect(printed(text)).toBe(canonical);
    expect(printed(canonical)).toBe(canonical);
  });

  it.each([
    "mean(time=3)",
    "first()",
    "last(time,lat)",
    "quantile()",
    "quantile(time)",
    "quantile(time,1.5)",
    "quantile(time,-0)",
    "quantile(time,1e999)",
    "quantile(time,0x1)",
    "rolling()",
    "rolling(time=5)",
    "rolling(mean)",
    "rolling(time=5,mean,max)",
    "rolling(time=5,lat=3,mean)",
    "rolling(time=-1,mean)",
    "rolling(time=99999999999,mean)",
    "rolling(time=2,mean,min_periods=3)",
    "rolling(time=2,mean,center=yes)",
    "trend()",
    "trend(time,lat)",
    "diff(time=2)",
  ])("are refused with the position where they mean nothing: %s", (text) => {
    expect(() => parseView(text)).toThrow(/at position \d+ of the view/);
  });
});
