import type { DatasetOrigin, DescribedDataset, OriginBucket, Origins } from "@zarr-gateway/plugin";
import type { CatalogOptions } from "../options.ts";
import { EXTENSIONS } from "./extensions.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What an item says about where the bytes of its dataset lie. */
export interface SourceParts {
  readonly assets: Readonly<Record<string, Fields>>;
  /** Of the storage extension, by the keys that `storage:refs` of the assets name. */
  readonly schemes: Readonly<Record<string, Fields>>;
  readonly extensions: readonly string[];
}

/** Bucket names of AWS, as the storage extension wants them. */
const AWS_BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const ICECHUNK_TYPE = "application/vnd.zarr+icechunk";

/**
 * The source itself, for those who would rather read it than this server: of an Icechunk repository with all that xpystac
 * and others need to open the very snapshot.
 */
export function sourceParts(
  described: DescribedDataset,
  origins: Origins | undefined,
  shown: CatalogOptions["source"],
): SourceParts {
  const isShown = ({ isPublic }: DatasetOrigin): boolean => shown === "remote" || isPublic;
  const found = shown === "none" ? [] : (origins?.of(described.id) ?? []);
  // half of a dataset would be another one
  if (origins === undefined || found.length === 0 || !found.every(isShown))
    return { assets: {}, schemes: {}, extensions: [] };
  const schemes = new Map<string, Fields>();
  const refsOf = (bucket: OriginBucket | undefined): Fields => {
    if (bucket === undefined) return {};
    const [key, scheme] = schemeOf(bucket);
    schemes.set(key, scheme);
    return { "storage:refs": [key] };
  };
  const [only] = found;
  const { repository } = described;
  const assets =
    only && repository && found.length === 1
      ? icechunkAssets({ origin: only, repository, origins, refsOf })
      : fileAssets(described, found, refsOf);
  return {
    assets,
    schemes: Object.fromEntries(schemes),
    extensions: [
      ...(schemes.size > 0 ? [EXTENSIONS.storage] : []),
      ...(repository ? [EXTENSIONS.version] : []),
      ...("virtual-source" in assets ? [EXTENSIONS.virtual] : []),
    ],
  };
}

interface RepositoryParts {
  readonly origin: DatasetOrigin;
  readonly repository: NonNullable<DescribedDataset["repository"]>;
  readonly origins: Origins;
  refsOf(bucket: OriginBucket | undefined): Fields;
}

/** Fields of the repository and the keys of assets as cloudify writes them; xpystac tries `version` as branch, tag, snapshot. */
function icechunkAssets({ origin, repository, origins, refsOf }: RepositoryParts): Record<string, Fields> {
  const { snapshot, branch, tag, chunkPlaces } = repository;
  const places = chunkPlaces.flatMap(({ prefix, region }) => {
    const place = origins.at(prefix);
    if (place === undefined) return [];
    return [{ prefix, bucket: place.bucket && { ...place.bucket, ...(region !== undefined && { region }) } }];
  });
  const sources = places.map(({ prefix, bucket }, position): [string, Fields] => [
    position === 0 ? "virtual-source" : `virtual-source-${position + 1}`,
    {
      href: prefix,
      title: "Files that chunks of the repository lie in",
      roles: ["virtual-source", "source"],
      ...refsOf(bucket),
    },
  ]);
  const isVirtual = sources.length > 0;
  return {
    icechunk: {
      href: origin.href.endsWith("/") ? origin.href : `${origin.href}/`,
      type: ICECHUNK_TYPE,
      title: "Icechunk repository",
      description: "The source itself, at the snapshot that this item describes",
      roles: [
        "data",
        "source",
        "references",
        ...(isVirtual ? ["virtual"] : []),
        ...(branch === undefined ? [] : ["latest-version"]),
      ],
      version: snapshot,
      "icechunk:snapshot_id": snapshot,
      ...(branch !== undefined && { "icechunk:branch": branch }),
      ...(tag !== undefined && { "icechunk:tag": tag }),
      "zarr:consolidated": false,
      "zarr:node_type": "group",
      "zarr:zarr_format": 3,
      ...refsOf(origin.bucket),
      ...(isVirtual && { "vrt:hrefs": sources.map(([key]) => ({ key, href: `#/assets/${key}` })) }),
    },
    ...Object.fromEntries(sources),
  };
}

function fileAssets(
  { format = "" }: DescribedDataset,
  origins: readonly DatasetOrigin[],
  refsOf: RepositoryParts["refsOf"],
): Record<string, Fields> {
  const isReferences = format === "kerchunk";
  const type = mediaTypeOf(format);
  return Object.fromEntries(
    origins.map(({ href, bucket }, position): [string, Fields] => [
      position === 0 ? "source" : `source-${position + 1}`,
      {
        href,
        ...(type !== undefined && { type }),
        title: origins.length === 1 ? "Source" : `Source, part ${position + 1} of ${origins.length}`,
        description: "What the gateway reads, before anything that its configuration changes",
        roles: ["source", ...(isReferences ? ["references", "virtual"] : ["data"])],
        ...refsOf(bucket),
      },
    ]),
  );
}

function mediaTypeOf(format: string): string | undefined {
  if (format === "zarr v3") return "application/vnd.zarr; version=3";
  if (format === "zarr v2") return "application/vnd.zarr; version=2";
  if (format === "icechunk") return ICECHUNK_TYPE;
  if (format === "kerchunk") return "application/vnd.zarr+kerchunk";
  if (format.startsWith("netcdf")) return "application/netcdf";
  return format === "hdf5" ? "application/x-hdf5" : undefined;
}

/** Of the storage extension 2.0, and what xpystac reads beside it: `bucket`, `region` and `anonymous`. */
function schemeOf({ service, name, region, endpoint, account, anonymous }: OriginBucket): [string, Fields] {
  const common = { bucket: name, ...(region !== undefined && { region }), anonymous };
  switch (service) {
    case "s3": {
      const isAws = endpoint === undefined && AWS_BUCKET.test(name);
      const type = isAws ? "aws-s3" : "custom-s3";
      const platform = isAws
        ? "https://{bucket}.s3.{region}.amazonaws.com"
        : (endpoint ?? "https://s3.amazonaws.com");
      return [`${type}-${name}`, { type, platform, ...common }];
    }
    case "azure": {
      if (endpoint === undefined && account !== undefined) {
        const platform = "https://{account}.blob.core.windows.net";
        return [
          `ms-azure-${account}-${name}`,
          { type: "ms-azure", platform, account, container: name, anonymous },
        ];
      }
      const platform = endpoint ?? "https://blob.core.windows.net";
      return [`custom-azure-${name}`, { type: "custom-azure", platform, container: name, anonymous }];
    }
    case "google":
      return [
        `google-cloud-storage-${name}`,
        {
          type: "google-cloud-storage",
          platform: endpoint ?? "https://storage.googleapis.com/{bucket}",
          ...common,
        },
      ];
    default:
      return service satisfies never;
  }
}
