import { createHash } from "node:crypto";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { type Authorize, authorization } from "../byte-store/google.ts";
import { networkError, refusalError } from "../byte-store/object-requests.ts";
import { credentialsFor, type GoogleCredentials } from "../credentials.ts";
import { locationBelow } from "../location.ts";
import { type ObjectLocation, objectLocation } from "../object-location.ts";
import {
  type ObjectWriter,
  type ObjectWriterOptions,
  PART_BYTES,
  type PutOptions,
  type UploadSource,
} from "../object-writer.ts";
import { retrying } from "../wrap/retried.ts";
import { md5Base64, partBytesFor, partsOf, readWhole } from "./parts.ts";

const ENDPOINT = "https://storage.googleapis.com/";
const SCOPE = "https://www.googleapis.com/auth/devstorage.read_write";
const NO_CREDENTIALS: GoogleCredentials = {};
const MAX_ANSWER_BYTES = 16 * 1024 ** 2;

/** Objects of Cloud Storage: small ones by PUT, large ones in a resumable session; both are compared by MD5. */
export function googleWriter(location: URL, options: ObjectWriterOptions): ObjectWriter {
  return new GoogleWriter(location, options);
}

interface Sent {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}
interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

class GoogleWriter implements ObjectWriter {
  readonly #place: ObjectLocation;
  readonly #credentials: GoogleCredentials;
  readonly #endpoint: URL;
  readonly #options: ObjectWriterOptions;

  constructor(location: URL, options: ObjectWriterOptions) {
    this.#place = objectLocation(location);
    this.#credentials = credentialsFor("google", location, options.credentials) ?? NO_CREDENTIALS;
    this.#endpoint = new URL(this.#credentials.endpoint ?? ENDPOINT);
    this.#options = options;
  }

  async put(key: string, source: UploadSource, options: PutOptions = {}): Promise<void> {
    const partBytes = partBytesFor(source.size, this.#options.partBytes ?? PART_BYTES);
    if (source.size > partBytes) return this.#putSession(key, source, { ...options, partBytes });
    const bytes = await readWhole(source, key, options);
    const headers = { ...described(source), "content-md5": md5Base64(bytes) };
    await this.#expect(key, [200], this.#urlOf(key), { method: "PUT", headers, body: bytes }, options);
  }

  /** Parts go one after the other, as a session wants them; what it has already is not sent again. */
  async #putSession(
    key: string,
    source: UploadSource,
    options: PutOptions & { readonly partBytes: number },
  ): Promise<void> {
    const { partBytes, onState, signal } = options;
    const resumed = options.resume && (await this.#received(key, options.resume.id, source, options));
    const session =
      resumed === undefined ? await this.#begin(key, source, options) : (options.resume?.id ?? "");
    onState?.({ id: session, partBytes, parts: {} });
    let received = resumed ?? 0;
    const digest = createHash("md5");
    let hashed = "";
    for await (const { offset, bytes } of partsOf(source, { key, partBytes, signal })) {
      digest.update(bytes);
      const end = offset + bytes.length;
      if (end <= received) continue;
      const rest = bytes.subarray(Math.max(0, received - offset));
      const headers = { "content-range": `bytes ${end - rest.length}-${end - 1}/${source.size}` };
      const isLast = end === source.size;
      const answer = await this.#expect(
        key,
        [isLast ? 200 : 308],
        new URL(session),
        { method: "PUT", headers, body: rest },
        options,
      );
      if (isLast) hashed = md5In(answer.headers["x-goog-hash"]);
      received = end;
    }
    if (hashed !== "" && hashed !== digest.digest("base64")) {
      await this.remove(key, options);
      throw new GatewayError("upstream", `"${key}" arrived with another checksum`, { key });
    }
  }

  async #begin(key: string, source: UploadSource, options: CallOptions): Promise<string> {
    const headers = { ...described(source), "x-goog-resumable": "start", "content-length": "0" };
    const answer = await this.#expect(
      key,
      [201, 200],
      this.#urlOf(key),
      { method: "POST", headers },
      options,
    );
    const session = URL.parse(String(answer.headers["location"] ?? ""));
    // the token of the service account goes along with every part
    if (session !== null && session.origin === this.#endpoint.origin) return session.href;
    throw new GatewayError("upstream", `"${key}": the server began no upload`, { key });
  }

  /** Bytes that a session has; undefined: it is over or unknown. */
  async #received(
    key: string,
    session: string,
    source: UploadSource,
    options: CallOptions,
  ): Promise<number | undefined> {
    const url = URL.parse(session);
    if (url === null || url.origin !== this.#endpoint.origin) return undefined;
    const headers = { "content-range": `bytes */${source.size}`, "content-length": "0" };
    const answer = await this.#request(key, url, { method: "PUT", headers }, options);
    if (answer.status !== 308) return undefined;
    const last = /^bytes=0-(\d+)$/.exec(String(answer.headers["range"] ?? ""))?.[1];
    return last === undefined ? 0 : Number(last) + 1;
  }

  async *keys(folder: string, options: CallOptions = {}): AsyncGenerator<string> {
    const prefix = this.#place.folder + (folder === "" ? "" : `${folder}/`);
    for (let next: string | undefined, isFirst = true; isFirst || next !== undefined; isFirst = false) {
      const url = locationBelow(this.#endpoint, `storage/v1/b/${this.#place.container}/o`);
      const token = next === undefined ? {} : { pageToken: next };
      url.search = new URLSearchParams({ prefix, fields: "items/name,nextPageToken", ...token }).toString();
      const answer = await this.#expect(folder, [200], url, { method: "GET", headers: {} }, options);
      const { items = [], nextPageToken } = JSON.parse(answer.text) as {
        items?: { name: string }[];
        nextPageToken?: string;
      }; // Cloud Storage's listing
      for (const { name } of items) yield name.slice(this.#place.folder.length);
      next = nextPageToken;
    }
  }

  async remove(key: string, options: CallOptions = {}): Promise<void> {
    await this.#expect(key, [204, 200, 404], this.#urlOf(key), { method: "DELETE", headers: {} }, options);
  }

  #urlOf(key: string): URL {
    return locationBelow(this.#endpoint, `${this.#place.container}/${this.#place.folder}${key}`);
  }

  async #expect(
    key: string,
    statuses: readonly number[],
    url: URL,
    sent: Sent,
    options: CallOptions,
  ): Promise<Answered> {
    return retrying(this.#options.connections.retries)(async () => {
      const answer = await this.#request(key, url, sent, options);
      if (statuses.includes(answer.status)) return answer;
      const code = /<Code>(\w+)<\/Code>/.exec(answer.text)?.[1];
      throw refusalError(key, {
        status: answer.status,
        code,
        retryAfter: answer.headers["retry-after"]?.toString(),
      });
    }, options);
  }

  async #request(
    key: string,
    url: URL,
    { method, headers, body }: Sent,
    { signal }: CallOptions,
  ): Promise<Answered> {
    const { connections } = this.#options;
    const authorize = await connections.client<Authorize>(this.#credentials, "google write", () =>
      authorization(this.#credentials, SCOPE),
    );
    try {
      const proof = await authorize(url);
      const answer = await connections.dispatcher("named").request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: { ...proof, ...headers },
        body: body ?? null,
        signal: signal ?? null,
      });
      const text = await answer.body.text();
      if (text.length > MAX_ANSWER_BYTES)
        throw new GatewayError("upstream", `"${key}": the answer is too long`, { key });
      return { status: answer.statusCode, headers: answer.headers, text };
    } catch (error) {
      throw networkError(key, error, signal);
    }
  }
}

function described({ mediaType, sha256 }: UploadSource): Record<string, string> {
  return { "content-type": mediaType, "x-goog-meta-sha256": sha256 };
}

/** `crc32c=…,md5=…`, which composed objects lack. */
function md5In(header: string | string[] | undefined): string {
  return /md5=([A-Za-z0-9+/=]+)/.exec(String(header ?? ""))?.[1] ?? "";
}
