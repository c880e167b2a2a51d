/** What the tests use of two packages without types of their own. */
declare module "stac-js" {
  interface Reference {
    readonly href: string;
    getAbsoluteUrl(): string;
    isType(types: string | readonly string[]): boolean;
  }
  interface Asset extends Reference {
    getKey(): string;
  }
  export interface StacDocument {
    getObjectType(): string;
    getItemLinks(): readonly Reference[];
    getSearchLink(method?: string): Reference | null;
    getAsset(key: string): Asset | null;
    getAssetsWithRoles(roles: readonly string[]): readonly Asset[];
    getTemporalExtent(): readonly (Date | null)[];
    getThumbnails(): readonly Asset[];
    toGeoJSON(fixAntimeridian?: boolean): { readonly geometry: { readonly type: string } } | null;
  }
  export default function create(document: object): StacDocument;
}

declare module "stac-node-validator" {
  interface Report {
    readonly id: string | null;
    readonly messages: readonly string[];
    readonly results: {
      readonly core: readonly unknown[];
      readonly extensions: Readonly<Record<string, readonly unknown[]>>;
    };
  }
  export default function validate(
    documents: readonly object[],
    options: { readonly loader: (address: string) => Promise<object>; readonly strict: boolean },
  ): Promise<{ readonly children: readonly Report[] }>;
}
