import { isBelow } from "./location.ts";

/** None of the keys: what the AWS SDK finds in the environment, in profiles or of the machine's role. */
export interface S3Credentials {
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  readonly sessionToken?: string | undefined;
  readonly region?: string | undefined;
  /** Of MinIO, Ceph and others; AWS where absent. */
  readonly endpoint?: string | undefined;
  /** Bucket in the path instead of the host's name; true where an endpoint is given. */
  readonly pathStyle?: boolean | undefined;
  readonly anonymous?: boolean | undefined;
}

/** Neither key nor token: Entra, as `DefaultAzureCredential` finds it. */
export interface AzureCredentials {
  readonly account?: string | undefined;
  readonly accountKey?: string | undefined;
  readonly sasToken?: string | undefined;
  readonly connectionString?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly anonymous?: boolean | undefined;
}

/** None of them: Application Default Credentials. */
export interface GoogleCredentials {
  /** Path of a service account's key. */
  readonly keyFile?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly anonymous?: boolean | undefined;
}

export interface HttpCredentials {
  readonly headers: Readonly<Record<string, string>>;
}

interface ValuesByKind {
  readonly s3: S3Credentials;
  readonly azure: AzureCredentials;
  readonly google: GoogleCredentials;
  readonly http: HttpCredentials;
}
export type CredentialsKind = keyof ValuesByKind;

/** What opens locations below a prefix; the longest prefix that fits a location is taken. */
export type StoreCredentials = {
  [Kind in CredentialsKind]: {
    readonly prefix: URL;
    readonly kind: Kind;
    readonly values: ValuesByKind[Kind];
  };
}[CredentialsKind];

const KINDS: Readonly<Record<string, CredentialsKind>> = {
  "s3:": "s3",
  "az:": "azure",
  "abfs:": "azure",
  "abfss:": "azure",
  "gs:": "google",
  "http:": "http",
  "https:": "http",
};

/** What credentials a location takes; undefined for protocols that take none. */
export function credentialsKind(location: URL): CredentialsKind | undefined {
  return KINDS[location.protocol];
}

/** The credentials of one kind with the longest prefix above a location. */
export function credentialsFor<Kind extends CredentialsKind>(
  kind: Kind,
  location: URL,
  known: readonly StoreCredentials[],
): ValuesByKind[Kind] | undefined {
  let best: StoreCredentials | undefined;
  for (const candidate of known) {
    if (candidate.kind !== kind || !isBelow(location, candidate.prefix)) continue;
    if (!best || weight(candidate.prefix) > weight(best.prefix)) best = candidate;
  }
  return best?.values as ValuesByKind[Kind] | undefined; // the kind was compared
}

/** A host that is named goes before a pattern of hosts, then the longer path. */
function weight({ host, pathname }: URL): number {
  return (host.startsWith("*.") ? host.length : 1e6) + pathname.replace(/\/+$/, "").length;
}
