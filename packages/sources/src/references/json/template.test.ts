import { describe, expect, it } from "vitest";
import { renderTemplate, type TemplateNames } from "./template.ts";

const names: TemplateNames = new Map<string, string | number | { template: string }>([
  ["u", "server.domain/path"],
  ["f", { template: "{{c}}/{{c}}" }],
  ["i", 7],
  ["loop", { template: "{{loop()}}" }],
]);
const render = (text: string): string => renderTemplate(text, names);

describe("renderTemplate", () => {
  it("renders what the specification shows", () => {
    expect(render("http://{{u}}/x")).toBe("http://server.domain/path/x");
    expect(render("http://{{f(c='text')}}")).toBe("http://text/text");
    expect(render("{{(i + 1) * 1000}}")).toBe("8000");
    expect(render("no template, {single} braces")).toBe("no template, {single} braces");
  });

  it("computes as Python does", () => {
    expect(render("{{ i // 2 }} {{ -i // 2 }} {{ i % 3 }} {{ -i % 3 }} {{ i - 1 - 2 }}")).toBe("3 -4 1 2 4");
    expect(render("{{ '%03d' % i }}.{{ '%s' % u }}.{{ u ~ i }}")).toBe(
      "007.server.domain/path.server.domain/path7",
    );
  });

  it("refuses what it does not understand, and names it", () => {
    for (const text of ["{{ u | upper }}", "{{ i.real }}", "{{ [1] }}", "{{ }}", "{{ 1 + }}", "{{ f }}"]) {
      expect(() => render(text), text).toThrow(/cannot be rendered/);
    }
    expect(() => render("{{nobody}}")).toThrow('nobody has said what "nobody" is');
    expect(() => render("{{ i // 0 }}")).toThrow("no whole number");
  });

  it("ends for templates that call themselves, nest deep or grow", () => {
    expect(() => render("{{loop()}}")).toThrow('nobody has said what "loop" is');
    expect(() => render(`{{${"(".repeat(100)}1${")".repeat(100)}}}`)).toThrow("not understood");
    expect(() => render(`{{${"-".repeat(5000)}1}}`)).toThrow("not understood");
    expect(() => render("{{ '%999999999d' % i }}")).toThrow("not understood");
    expect(() => render(`{{ ${"9".repeat(400)} }}`)).toThrow("no whole number");
    expect(() => render(`${"{{u}}".repeat(1500)}`)).toThrow("too long");
    expect(() => render(`{{u}}${"x".repeat(100_000)}`)).toThrow("characters");
  });
});
