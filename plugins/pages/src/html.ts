export { breakable, Html, html, type PageOptions, page, shortened, visible } from "@zarr-gateway/plugin";
