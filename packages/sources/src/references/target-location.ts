import { posix } from "node:path";
import { pathToFileURL } from "node:url";
import { GatewayError } from "@zarr-gateway/primitives";

const PROTOCOL = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(.*)$/s;
/** Other words for the same, as in fsspec. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["local", "file"],
  ["gcs", "gs"],
  ["s3a", "s3"],
]);

/**
 * Where a target lies: an address, an absolute path of this machine, or a path relative to a folder.
 * As in fsspec only addresses of web servers are percent-encoded; all others are names as they are.
 * @throws GatewayError upstream when it is none of these
 */
export function targetLocation(target: string, folder: URL | undefined): URL {
  const match = PROTOCOL.exec(target);
  const protocol = ALIASES.get(match?.[1]?.toLowerCase() ?? "") ?? match?.[1]?.toLowerCase();
  const rest = match?.[2] ?? "";
  // NUL and line ends are part of no name, and mean something else to some server
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (target === "" || /[\u0000-\u001f]/.test(target)) throw unusable();
  if (protocol === undefined)
    return target.startsWith("/") ? fileLocation(target) : relativeLocation(target, folder);
  if (protocol === "file") return fileLocation(rest);
  const isWeb = protocol === "http" || protocol === "https";
  const address = `${protocol}://${isWeb ? rest : escaped(rest)}`;
  // the parts ".." of a key are names in an object store, but not in an address
  if (!URL.canParse(address) || (!isWeb && /(^|\/)\.{1,2}(\/|$)/.test(rest))) throw unusable();
  return new URL(address);
}

function fileLocation(path: string): URL {
  if (!path.startsWith("/")) throw unusable();
  return pathToFileURL(posix.normalize(path));
}

function relativeLocation(target: string, folder: URL | undefined): URL {
  if (!folder)
    throw new GatewayError("upstream", "a relative target, and nobody has said where the set lies");
  const url = new URL(folder);
  const base = url.pathname.endsWith("/") ? url.pathname : `${url.pathname}/`;
  url.pathname = posix.normalize(base + escaped(target));
  url.hash = "";
  return url;
}

function escaped(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

function unusable(): GatewayError {
  return new GatewayError("upstream", "its target is no address");
}
