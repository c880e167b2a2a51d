import { datasetRoutes, definePlugin, described, GatewayError, z } from "zarr-gateway/plugin";

/** Adds GET /datasets/{id}/summary/{variable}: what the variable is, in a sentence. */
export default definePlugin({
  name: "summary",
  prefix: "summary",
  options: z.strictObject({ greeting: z.string().default("This is") }),
  setup(host, options) {
    const routes = datasetRoutes();
    const operation = { summary: "A variable in a sentence", answers: { "text/plain": { type: "string" } } };
    routes.get(
      "/:variable",
      described(operation, (c) => {
        const { dataset, datasetId } = c.var;
        const name = c.req.param("variable") ?? "";
        const variable = dataset.variables.get(name);
        if (variable === undefined) {
          const known = [...dataset.variables.keys()].join(", ");
          throw new GatewayError("not_found", `${datasetId} has no variable "${name}", it has ${known}`);
        }
        const { attrs, source } = variable;
        const long = attrs["long_name"] ?? attrs["standard_name"] ?? name;
        const link = `${host.baseUrl(c.req.raw)}/datasets/${datasetId}/`;
        return c.text(
          `${options.greeting} ${String(long)}, ${source.grid.shape.join(" × ")} values (${link})\n`,
        );
      }),
    );
    return { datasetRoutes: routes };
  },
});
