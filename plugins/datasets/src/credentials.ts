import { GatewayError } from "@zarr-gateway/primitives";
import { type CredentialsKind, credentialsKind, type StoreCredentials } from "@zarr-gateway/stores";
import { z } from "zod";
import { locationUrl } from "./location.ts";

const text = z.string().min(1);
const url = z
  .string()
  .refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ""), "not an http(s) URL");

/** What opens locations, strictly by kind: a key that is misspelt or belongs to another kind is an error. */
const SCHEMAS = {
  s3: z
    .strictObject({
      accessKeyId: text.optional(),
      secretAccessKey: text.optional(),
      sessionToken: text.optional(),
      region: text.optional(),
      endpoint: url.optional(),
      pathStyle: z.boolean().optional(),
      anonymous: z.boolean().optional(),
    })
    .refine(
      ({ accessKeyId, secretAccessKey }) => (accessKeyId === undefined) === (secretAccessKey === undefined),
      "accessKeyId and secretAccessKey belong together",
    )
    .refine(
      ({ accessKeyId, sessionToken }) => sessionToken === undefined || accessKeyId !== undefined,
      "sessionToken needs accessKeyId and secretAccessKey",
    )
    .refine(
      ({ accessKeyId, anonymous }) => anonymous !== true || accessKeyId === undefined,
      "anonymous and keys exclude each other",
    ),
  azure: z
    .strictObject({
      account: text.optional(),
      accountKey: text.optional(),
      sasToken: text.optional(),
      connectionString: text.optional(),
      endpoint: url.optional(),
      anonymous: z.boolean().optional(),
    })
    .refine(
      ({ accountKey, sasToken, connectionString, anonymous }) =>
        [accountKey, sasToken, connectionString, anonymous === true || undefined].filter(
          (way) => way !== undefined,
        ).length <= 1,
      "accountKey, sasToken, connectionString and anonymous exclude each other",
    ),
  google: z
    .strictObject({
      keyFile: text.optional(),
      endpoint: url.optional(),
      anonymous: z.boolean().optional(),
    })
    .refine(
      ({ keyFile, anonymous }) => anonymous !== true || keyFile === undefined,
      "anonymous and keyFile exclude each other",
    ),
  http: z.strictObject({
    headers: z.record(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "not a header name"), text),
  }),
} satisfies Readonly<Record<CredentialsKind, z.ZodType>>;

/**
 * `sources.credentials`, by prefix.
 * @throws GatewayError invalid_request naming the prefix and the key; never a value, which may be a secret
 */
export function parseCredentials(byPrefix: Readonly<Record<string, unknown>>): StoreCredentials[] {
  return Object.entries(byPrefix).map(([prefix, values]) => parseOne(prefix, values));
}

function parseOne(text: string, values: unknown): StoreCredentials {
  const prefix = locationUrl(text);
  const kind = credentialsKind(prefix);
  if (kind === undefined) {
    throw new GatewayError(
      "invalid_request",
      `sources.credentials: "${prefix.protocol}" takes none; prefixes begin with s3:, az:, abfs:, abfss:, gs:, http: or https:`,
    );
  }
  const parsed = SCHEMAS[kind].safeParse(values);
  if (parsed.success) return { prefix, kind, values: parsed.data } as StoreCredentials; // the schema is the kind's own
  const [issue] = parsed.error.issues;
  const key = ["sources.credentials", JSON.stringify(text), ...(issue?.path ?? [])].join(".");
  throw new GatewayError("invalid_request", `${key}: ${issue?.message ?? "not credentials"}`, { key });
}
