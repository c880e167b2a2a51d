declare module "d3-geo-projection" {
  import type { GeoRawProjection } from "d3-geo";
  export const geoMollweideRaw: GeoRawProjection;
  export const geoRobinsonRaw: GeoRawProjection;
}
