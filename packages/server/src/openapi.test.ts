import { Validator } from "@seriousme/openapi-schema-validator";
import { respond, textResource } from "@zarr-gateway/http";
import { datasetRoutes, definePlugin, described } from "@zarr-gateway/plugin";
import { expect, it } from "vitest";
import { airPlugin, startGateway } from "./test-gateway.ts";

const plot = definePlugin({
  name: "plot",
  prefix: "plot",
  options: { parse: (input) => input },
  setup: () => {
    const routes = datasetRoutes();
    const operation = {
      summary: "One picture",
      tags: ["plot"],
      parameters: [
        { name: "variable", in: "path", description: "Name of the variable" },
        { name: "width", in: "query", description: "In pixels", schema: { type: "integer", maximum: 4000 } },
        { name: "selection", in: "path", description: "Everything behind" },
      ],
      answers: { "image/png": {} },
    } as const;
    routes.get(
      "/:variable/:kind?/*",
      described(operation, (c) => respond(c, textResource("x"))),
    );
    routes.post("/:variable", (c) => c.text("posted"));
    return { datasetRoutes: routes };
  },
});

it("describes every route in a valid OpenAPI 3.1 document", async () => {
  const gateway = await startGateway([airPlugin(), plot], { publicUrl: "https://data.example.org/" });
  const document = gateway.openapi();
  const { valid, errors } = await new Validator().validate(
    JSON.parse(JSON.stringify(document)) as Record<string, unknown>,
  );
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      "/datasets",
      "/openapi.json",
      "/metrics",
      "/datasets/{dataset_id}",
      "/datasets/{dataset_id}/keys",
      "/datasets/{dataset_id}/zarr/{key}",
      "/datasets/{dataset_id}.zarr/{key}",
      "/datasets/{dataset_id}/plot/{variable}/{kind}/{path}",
    ]),
  );
  const picture = document.paths["/datasets/{dataset_id}/plot/{variable}/{kind}/{path}"]?.["get"];
  expect(picture?.summary).toBe("One picture");
  expect(picture?.parameters).toMatchObject([
    { name: "dataset_id", in: "path", required: true },
    { name: "variable", in: "path", description: "Name of the variable" },
    { name: "kind", in: "path" },
    { name: "path", in: "path", description: "Everything behind" },
    { name: "width", in: "query", schema: { maximum: 4000 } },
  ]);
  const ids = Object.values(document.paths).flatMap((item) =>
    Object.values(item).map((one) => one.operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
});

it("is served, with the server as the client sees it, and as a page without scripts", async () => {
  const gateway = await startGateway([airPlugin(), plot]);
  const served = (await (await gateway.request("/openapi.json")).json()) as { servers: unknown };
  expect(served.servers).toEqual([{ url: "http://localhost" }]);
  const page = await gateway.request("/docs");
  const html = await page.text();
  expect(html).toContain("/datasets/{dataset_id}/keys");
  expect(html).not.toContain("<script");
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
});
