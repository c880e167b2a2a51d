import { expect, it } from "vitest";
import { docsPage } from "./docs-page.ts";

it("the page shows what stands in backticks as code, and nothing as markup", () => {
  const page = docsPage(
    {
      openapi: "3.1.0",
      info: { title: "gateway", version: "1" },
      tags: [{ name: "zarr" }],
      paths: {
        "/x": {
          get: {
            summary: "A `zarr.json` of <all>",
            description: "without `a<b` or one `",
            tags: ["zarr"],
            responses: {},
          },
        },
      },
    } as unknown as Parameters<typeof docsPage>[0], // as much as the page shows
    "http://localhost",
  );
  expect(page).toContain(
    "A <code>zarr.json</code> of &#60;all&#62;<br>without <code>a&#60;b</code> or one `",
  );
});
