import { arch, endianness, platform, release } from "node:os";

/** What the server runs on, under the names that Xpublish's clients know where there is a counterpart. */
export function runtimeVersions(): Readonly<Record<string, string | null>> {
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    OS: platform(),
    "OS-release": release(),
    machine: arch(),
    byteorder: endianness() === "LE" ? "little" : "big",
    xarray: null,
  };
}
