import { join } from "node:path";

/** The one of the tests of clients, which has pydantic and zarr. */
export const PYTHON =
  process.env["ZARR_GATEWAY_PYTHON"] ?? join(import.meta.dirname, "../../../../.venv/bin/python");
