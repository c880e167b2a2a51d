import { BlockList, isIPv4, isIPv6 } from "node:net";
import { GatewayError } from "@zarr-gateway/primitives";

export interface BaseUrlOptions {
  readonly publicUrl?: string | undefined;
  /** Addresses or CIDR blocks whose forwarded headers are believed. */
  readonly trustedProxies?: readonly string[] | undefined;
}

/** Base of every link in an answer, without a slash at the end. */
export interface BaseUrls {
  of(request: Request): string;
  /** Tells who sent the request; needed only where `readsForwarded`. */
  noteSender(request: Request, address: string | undefined): void;
  readonly readsForwarded: boolean;
  /** Whether forwarded headers of this sender are believed. */
  trusts(address: string | undefined): boolean;
  /** Who asked: the sender, or behind trusted proxies the first address before them in `X-Forwarded-For`. */
  clientOf(address: string | undefined, forwardedFor: string | undefined): string | undefined;
}

const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;
const PREFIX = /^(?:\/[A-Za-z0-9._~-]+)*\/?$/;

/** @throws GatewayError invalid_request for a public URL or a block that is none */
export function createBaseUrls({ publicUrl, trustedProxies = [] }: BaseUrlOptions): BaseUrls {
  const fixed = publicUrl === undefined ? undefined : parsePublicUrl(publicUrl);
  const trusted = parseBlocks(trustedProxies);
  const forwarded = new WeakMap<Request, string>();
  return {
    readsForwarded: fixed === undefined && trustedProxies.length > 0,
    trusts: (address) => address !== undefined && isTrusted(trusted, address),
    clientOf: (address, forwardedFor) =>
      forwardedFor === undefined || trustedProxies.length === 0
        ? address
        : clientBefore(trusted, address, forwardedFor),
    of: (request) => fixed ?? forwarded.get(request) ?? ownOrigin(request),
    noteSender(request, address) {
      if (address === undefined || !isTrusted(trusted, address)) return;
      const base = forwardedBase(request);
      if (base !== undefined) forwarded.set(request, base);
    },
  };
}

function parsePublicUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    throw new GatewayError(
      "invalid_request",
      `publicUrl must be an http(s) URL without query, got "${text}"`,
    );
  }
  return url.href.replace(/\/+$/, "");
}

function parseBlocks(blocks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const block of blocks) {
    const [address = "", bits] = block.split("/");
    const family = familyOf(address);
    const widest = family === "ipv4" ? 32 : 128;
    const prefix = bits === undefined ? widest : Number(bits);
    const isBits = bits === undefined || (/^\d{1,3}$/.test(bits) && prefix <= widest);
    if (family === undefined || !isBits) {
      throw new GatewayError(
        "invalid_request",
        `trustedProxies must hold addresses or CIDR blocks, got "${block}"`,
      );
    }
    list.addSubnet(address, prefix, family);
  }
  return list;
}

function familyOf(address: string): "ipv4" | "ipv6" | undefined {
  if (isIPv4(address)) return "ipv4";
  return isIPv6(address) ? "ipv6" : undefined;
}

function isTrusted(list: BlockList, sender: string): boolean {
  const address = sender.replace(/^::ffff:(?=\d+\.)/i, ""); // IPv4 on a socket that takes both
  const family = familyOf(address);
  return family !== undefined && list.check(address, family);
}

/** Each proxy adds whom it met at the end; what stands before a sender that is not trusted is that sender's claim. */
function clientBefore(
  trusted: BlockList,
  address: string | undefined,
  forwardedFor: string,
): string | undefined {
  let client = address;
  for (const hop of forwardedFor.split(",").toReversed()) {
    const named = hop.trim();
    if (client === undefined || !isTrusted(trusted, client) || familyOf(named) === undefined) break;
    client = named;
  }
  return client;
}

/** `Forwarded` (RFC 7239) or the X-Forwarded family; of a list of proxies the first, which the client met. */
function forwardedBase({ headers, url }: Request): string | undefined {
  const standard = parseForwarded(headers.get("forwarded"));
  const proto = standard["proto"] ?? first(headers.get("x-forwarded-proto"));
  const host = standard["host"] ?? first(headers.get("x-forwarded-host"));
  const prefix = first(headers.get("x-forwarded-prefix")) ?? "";
  if (proto === undefined && host === undefined && prefix === "") return undefined;
  const own = new URL(url);
  const scheme = proto === "http" || proto === "https" ? proto : own.protocol.slice(0, -1);
  const path = PREFIX.test(prefix) ? prefix.replace(/\/$/, "") : "";
  return `${scheme}://${host !== undefined && HOST.test(host) ? host : own.host}${path}`;
}

function first(header: string | null): string | undefined {
  const value = header?.split(",")[0]?.trim();
  return value === "" ? undefined : value;
}

function parseForwarded(header: string | null): Record<string, string> {
  const pairs = (first(header) ?? "").split(";").map((pair) => pair.split("="));
  return Object.fromEntries(
    pairs.map(([name = "", value = ""]) => [name.trim().toLowerCase(), value.trim().replace(/^"|"$/g, "")]),
  );
}

/** Scheme and host as the client wrote them; node-server has refused a Host header that is none. */
function ownOrigin({ url }: Request): string {
  const end = url.indexOf("/", url.indexOf("://") + 3);
  return end < 0 ? url : url.slice(0, end);
}
