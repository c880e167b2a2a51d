import { z } from "zod";
import type { ConfigurationDocument } from "./document.ts";
import { formatKey, type Problem } from "./problem.ts";

const text = (description: string): z.ZodOptional<z.ZodString> =>
  z.string().min(1).optional().describe(description);

/** Keys of all kinds of stores; which belong together is checked by `credentialProblems`. */
const credentials = z
  .strictObject({
    accessKeyId: text("the access key id of S3"),
    secretAccessKey: text("the secret access key of S3"),
    sessionToken: text("the session token of temporary keys of S3"),
    region: text("a region such as eu-central-1"),
    endpoint: z
      .string()
      .refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ""))
      .optional()
      .describe("the http(s) URL of a store that is not AWS, Azure or Google itself"),
    pathStyle: z
      .boolean()
      .optional()
      .describe("true or false: whether S3's bucket stands in the path; true where an endpoint is given"),
    anonymous: z.boolean().optional().describe("true for public data, which is read without credentials"),
    account: text("the name of an Azure storage account"),
    accountKey: text("the key of an Azure storage account"),
    sasToken: text("a shared access signature of Azure"),
    connectionString: text("a connection string of Azure"),
    keyFile: text("the path of a service account's key of Google"),
    headers: z
      .record(
        z
          .string()
          .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/)
          .describe("the name of a header"),
        z.string().min(1).describe("the text of a header"),
      )
      .optional()
      .describe("headers for a web server, sent below the prefix only"),
  })
  .describe("credentials of one kind of store, such as { accessKeyId: …, secretAccessKey: … }");

export const credentialsByPrefix = z
  .record(
    z
      .string()
      .refine((prefix) => kindOf(prefix) !== undefined)
      .describe("a prefix such as s3://bucket/, az://container/, gs://bucket/ or https://host/path/"),
    credentials,
  )
  .default({})
  .describe("credentials by prefix of the location; the longest that fits is taken");

type Credentials = z.output<typeof credentials>;

const S3_KEYS = [
  "accessKeyId",
  "secretAccessKey",
  "sessionToken",
  "region",
  "endpoint",
  "pathStyle",
  "anonymous",
];
const AZURE_KEYS = ["account", "accountKey", "sasToken", "connectionString", "endpoint", "anonymous"];
const GOOGLE_KEYS = ["keyFile", "endpoint", "anonymous"];
const KINDS: readonly { readonly scheme: RegExp; readonly name: string; readonly keys: readonly string[] }[] =
  [
    { scheme: /^s3:\/\//i, name: "S3", keys: S3_KEYS },
    { scheme: /^(az|abfss?):\/\//i, name: "Azure", keys: AZURE_KEYS },
    { scheme: /^gs:\/\//i, name: "Google", keys: GOOGLE_KEYS },
    { scheme: /^https?:\/\//i, name: "a web server", keys: ["headers"] },
  ];

function kindOf(prefix: string): (typeof KINDS)[number] | undefined {
  return URL.parse(prefix) === null ? undefined : KINDS.find(({ scheme }) => scheme.test(prefix));
}

/** Keys of another kind than the prefix is, and keys that contradict each other. */
export function credentialProblems(
  byPrefix: Readonly<Record<string, Credentials>>,
  document: ConfigurationDocument,
): Problem[] {
  return Object.entries(byPrefix).flatMap(([prefix, values]) => {
    const path = ["sources", "credentials", prefix];
    const at = (key: readonly string[], message: string): Problem => ({
      place: document.placeOf([...path, ...key]),
      key: formatKey([...path, ...key]),
      message,
    });
    const kind = kindOf(prefix);
    const foreign = Object.keys(values).filter((key) => kind?.keys.includes(key) === false);
    const problems = foreign.map((key) =>
      at([key], `not a key of ${kind?.name ?? ""}; allowed here: ${kind?.keys.join(", ") ?? ""}`),
    );
    const contradiction = contradictionIn(values);
    return contradiction === undefined ? problems : [...problems, at([], contradiction)];
  });
}

function contradictionIn(values: Credentials): string | undefined {
  const { accessKeyId, secretAccessKey, sessionToken, accountKey, sasToken, connectionString, keyFile } =
    values;
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined))
    return "accessKeyId and secretAccessKey belong together";
  if (sessionToken !== undefined && accessKeyId === undefined)
    return "sessionToken needs accessKeyId and secretAccessKey";
  const ways = Object.entries({ accessKeyId, accountKey, sasToken, connectionString, keyFile })
    .filter(([, value]) => value !== undefined)
    .map(([key]) => key);
  if (values.anonymous === true) ways.push("anonymous");
  return ways.length > 1 ? `${ways.join(" and ")} exclude each other` : undefined;
}
