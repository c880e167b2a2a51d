import { describe, expect, it } from "vitest";
import { refOfFolder, refsNamed } from "./ref-key.ts";

const keys = (name: string): string[] => refsNamed("branch", name).map(({ key }) => key);

describe("keys of branches and tags", () => {
  it("are the names, and for all but plain letters the names that Icechunk writes to folders", () => {
    expect(keys("v1.0 final+a@b:c")).toEqual(["refs/branch.v1.0 final+a@b:c/ref.json"]);
    expect(keys("ü~[1]")).toEqual(["refs/branch.%C3%BC%7E%5B1%5D/ref.json", "refs/branch.ü~[1]/ref.json"]);
    expect(keys("日本")[0]).toBe("refs/branch.%E6%97%A5%E6%9C%AC/ref.json");
    expect(keys("😀")[0]).toBe("refs/branch.%F0%9F%98%80/ref.json");
  });

  it("lead back to the names", () => {
    for (const name of ["main", "a b", "ü", "a%b", "a|b", "日本", "😀"]) {
      const [, folder = ""] = /^refs\/(.*\/)ref.json$/.exec(keys(name)[0] ?? "") ?? [];
      expect(refOfFolder(folder)?.name).toBe(name);
    }
    // names that nobody has encoded
    for (const name of ["100%", "a%20b", "%c3%bc", "%FF"]) {
      expect(refOfFolder(`tag.${name}/`)).toEqual({ kind: "tag", name, key: `refs/tag.${name}/ref.json` });
    }
    expect(refOfFolder("other.main/")).toBeUndefined();
  });
});
