export { type Netcdf4Context, openNetcdf4 } from "./open-netcdf4.ts";
