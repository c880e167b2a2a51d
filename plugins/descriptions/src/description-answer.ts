import { callOptionsOf, jsonResource, respond } from "@zarr-gateway/http";
import type { DatasetEnv, Descriptions } from "@zarr-gateway/plugin";
import { formatJson } from "@zarr-gateway/primitives";
import type { Context } from "hono";

/** `P` as JSON: all that is known of the dataset. */
export async function descriptionAnswer(
  c: Context<DatasetEnv>,
  descriptions: Descriptions,
): Promise<Response> {
  const { datasetId, dataset } = c.var;
  const { attrs, ...described } = await descriptions.of(datasetId, dataset, callOptionsOf(c.req.raw));
  const attributes = formatJson(attrs);
  const text = JSON.stringify(described, (_, value: unknown) =>
    typeof value === "bigint" ? Number(value) : value,
  );
  return respond(c, jsonResource(`${text.slice(0, -1)},"attrs":${attributes}}`));
}
