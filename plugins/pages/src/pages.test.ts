import type { Dataset, DatasetDescription, TemporalExtent } from "@zarr-gateway/dataset";
import { describeDataset } from "@zarr-gateway/dataset";
import type { DatasetSummary, DescribedDataset, Pictures } from "@zarr-gateway/plugin";
import { describe, expect, it } from "vitest";
import { datasetPage } from "./dataset-page.ts";
import { linked } from "./folded.ts";
import { html, shortened } from "./html.ts";
import { parseQuery, search } from "./listing-query.ts";
import { rootPage } from "./root-page.ts";
import type { Site } from "./site.ts";

const source = {
  dtype: "float32",
  fill: null,
  grid: { shape: [720, 1440], chunkShape: [360, 720] },
  read: () => Promise.resolve(undefined),
} as const;
const dataset: Dataset = {
  attrs: { title: "<script>alert(1)</script>", version: 1n },
  variables: new Map([
    ["tas", { name: "tas", dims: ["lat", "lon"], attrs: { units: "K", long_name: "temperature" }, source }],
  ]),
  groups: new Map(),
  warnings: [{ path: "/odd", message: "compound types cannot be published" }],
};
const site: Site = { title: "Climate", plugins: new Set(["zarr", "info"]) };

/** As the plugin `plot` tells it. */
const pictures: Pictures = {
  thumbnail: () => "thumbnail.png",
  mainVariable: () => "tas",
  pictureOf: (_, variable) => `plot/${variable}.png`,
  pageOf: (_, variable) => `plot/${variable}`,
  colours: () => undefined,
};

async function pageOf(shown: Dataset, by: Partial<Site> = {}): Promise<string> {
  const description: DatasetDescription = await describeDataset(shown);
  const described: DescribedDataset = {
    id: "x",
    immutable: false,
    hasStoredChunks: false,
    hasHistory: false,
    attrs: shown.attrs,
    description,
  };
  return datasetPage({
    described,
    dataset: shown,
    baseUrl: "http://h",
    isFolder: true,
    site: { ...site, ...by },
  });
}

function listOf(summaries: readonly DatasetSummary[], query = ""): string {
  return rootPage({
    site,
    baseUrl: "http://h",
    found: search(summaries, parseQuery(new URLSearchParams(query))),
    count: summaries.length,
    unknown: 0,
    links: [],
  });
}

describe("pages", () => {
  it("escape what comes from data", async () => {
    expect(html`<b>${'<i a="1">&'}</b>`.text).toBe("<b>&lt;i a=&quot;1&quot;&gt;&amp;</b>");
    expect(await pageOf(dataset)).not.toContain("<script>alert");
  });
  it("show structure, sizes, warnings and lines that open the dataset", async () => {
    const text = await pageOf(dataset);
    expect(text).toContain("<code>lat: 720</code> <code>lon: 1440</code>");
    expect(text).toContain("4.0 MiB");
    expect(text).toContain("compound types cannot be published");
    expect(text).toContain("xr.open_dataset(&quot;http://h/datasets/x.zarr&quot;)");
  });
  it("have links that hold with and without a slash at the end", async () => {
    const described = { id: "x", immutable: false, hasStoredChunks: false, hasHistory: false, attrs: {} };
    const description = await describeDataset(dataset);
    const options = { described: { ...described, description }, dataset, baseUrl: "http://h", site };
    expect(datasetPage({ ...options, isFolder: false })).toContain('href="x/zarr/"');
    expect(datasetPage({ ...options, isFolder: true })).toContain('href="zarr/"');
  });
  it("say of forecasts how many there are and how far they reach", async () => {
    const description = await describeDataset(dataset);
    const reference = {
      variable: "init",
      first: "2000-01-01T00:00:00Z",
      last: "2000-01-05T00:00:00Z",
      count: 5,
      step: "P1D",
    };
    const lead = { variable: "lead", first: "PT0S", last: "P10D", span: "P10D", step: "PT1H" };
    const pageFor = (forecast: NonNullable<TemporalExtent["forecast"]>): string => {
      const time = {
        start: reference.first,
        end: "2000-01-15T00:00:00Z",
        calendar: "standard",
        isApproximate: false,
        variable: "init",
        forecast,
      };
      const described = { id: "x", immutable: false, hasStoredChunks: false, hasHistory: false, attrs: {} };
      const all = { ...described, description: { ...description, time } };
      return datasetPage({ described: all, dataset, baseUrl: "http://h", site, isFolder: true });
    };
    const text = pageFor({ reference, lead });
    expect(text).toContain("2000-01-01 to 2000-01-15");
    expect(text).toContain("5 forecasts, one every day; up to 10 days, every hour");
    const { step: _step, ...start } = reference;
    const single = pageFor({ reference: { ...start, count: 1 }, lead: { ...lead, first: "P10D" } });
    expect(single).toContain("one forecast, from 2000-01-01; after 10 days");
  });
  it("let no model run for a picture that nobody asked for", async () => {
    const made = (isAtHand: boolean): Dataset => ({
      ...dataset,
      readsMayWait: true,
      variables: new Map(
        [...dataset.variables].map(([name, variable]) => {
          const by = { explain: () => ({}), isAtHand: () => isAtHand };
          return [name, { ...variable, source: { ...source, made: { by, variable: name } } }];
        }),
      ),
    });
    const pages = [dataset, made(true), made(false), { ...dataset, readsMayWait: true as const }].map(
      (shown) => pageOf(shown),
    );
    expect((await Promise.all(pages)).map((page) => page.includes("mayRun"))).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });
  it("list every dataset and say which cannot be opened", () => {
    const text = listOf([{ id: "broken", failure: "truncated" }, { id: "good" }]);
    expect(text).toContain("cannot be opened: truncated");
    expect(text).toContain("http://h/datasets/good.zarr");
  });
  it("run no inline script and need no other origin", async () => {
    for (const text of [listOf([]), await pageOf(dataset)]) {
      expect(text.replace(/<script type="application\/ld\+json">/g, "")).not.toMatch(
        /<script(?![^>]*\bsrc=)/,
      );
      expect(text).not.toMatch(/(?:src|href)="https?:\/\/(?!h\/)/);
      expect(text).not.toMatch(/ on[a-z]+=| style=/);
    }
  });
});

describe("long texts", () => {
  it("are folded, whole, and their web addresses are links", async () => {
    const license = `CC-BY, see https://creativecommons.org/licenses. ${"word ".repeat(100)}end javascript:alert(1)`;
    const text = await pageOf({ ...dataset, attrs: { license } });
    expect(text).toContain('<details class="text"><summary>CC-BY, see');
    expect(text).toContain("end javascript:alert(1)</details>");
    expect(linked("at https://a.org/b. Or http://c").text).toBe(
      'at <a href="https://a.org/b" rel="external nofollow">https://a.org/b</a>. Or <a href="http://c" rel="external nofollow">http://c</a>',
    );
    for (const address of [
      "https://doi.org/10.1175/1520-0493(1992)120<",
      "https://doi.org/10.1016/S0021-9991(05)80016-6",
      "https://a.org/b,c;d!e?x=(1)",
    ]) {
      const whole = address.replace("<", "");
      expect(linked(`see ${address}`).text).toContain(`see <a href="${whole}"`);
      expect(linked(`(see ${whole}), or`).text).toContain(`>${whole}</a>), or`);
      expect(linked(`one ${whole},https://b.org.`).text).toContain(`>${whole}</a>,<a href="https://b.org"`);
    }
    expect(linked("(https://a.org/b)").text).toContain(">https://a.org/b</a>)");
    expect(linked("https://a.org/b(c").text).toContain(">https://a.org/b</a>(c");
    expect(linked('https://a.org/"><script>').text).not.toContain("<script>");
  });
});

describe("pictures of the server", () => {
  it("stand on the page and lead to the picture of each variable, where it draws any", async () => {
    const text = await pageOf(dataset, { pictures });
    expect(text).toContain('<img class="thumbnail" src="thumbnail.png" alt="Picture of temperature"');
    expect(text).toContain('<a href="plot/tas">Picture of tas</a>');
    expect(await pageOf(dataset)).not.toContain("thumbnail");
  });

  it("stand on the cards of datasets that are known, and are loaded when they are seen", async () => {
    const description = await describeDataset(dataset);
    const known = { id: "x", immutable: false, hasStoredChunks: false, hasHistory: false, attrs: {} };
    const text = rootPage({
      site: { ...site, pictures },
      baseUrl: "http://h",
      found: search([{ id: "x" }, { id: "y" }], parseQuery(new URLSearchParams())),
      count: 2,
      unknown: 0,
      links: [],
      described: ({ id }) => (id === "x" ? { ...known, description } : undefined),
    });
    expect(text.match(/<img class="thumbnail"[^>]*>/g)).toEqual([
      '<img class="thumbnail" src="datasets/x/thumbnail.png" alt="Picture of temperature" width="320" height="160" loading="lazy" decoding="async">',
    ]);
  });
});

describe("hostile texts", () => {
  const hostile = `</script><script>alert(1)</script>\u202Egnp.exe\u0000\n"'{{ 7*7 }}<!--`;
  const attrs = { title: hostile, summary: hostile, [hostile]: hostile, long: "x".repeat(1_000_000) };
  const shown: Dataset = {
    attrs,
    variables: new Map([
      [
        hostile,
        { name: hostile, dims: [hostile, null], attrs: { units: hostile, long_name: hostile }, source },
      ],
    ]),
    groups: new Map([[hostile, { attrs, variables: new Map(), groups: new Map() }]]),
    warnings: [{ path: hostile, message: hostile }],
  };
  it("end no element, turn no direction and stay short", async () => {
    const text = await pageOf(shown);
    expect(text.match(/<script/g)).toHaveLength(2);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(text).not.toMatch(/[\u202e\u0000]/);
    expect(text.length).toBeLessThan(60_000);
    const data = /ld\+json">(.*?)<\/script>/s.exec(text)?.[1] ?? "";
    expect(JSON.parse(data)).toMatchObject({ "@type": "Dataset", alternateName: "x" });
  });
  it("are inert in the list too", () => {
    const text = listOf([
      { id: "x", title: hostile, variables: [hostile], keywords: [hostile], format: hostile },
    ]);
    expect(text.match(/<script/g)).toHaveLength(1);
    expect(text).not.toContain("\u202e");
    expect(listOf([], `q=${encodeURIComponent(hostile)}`)).not.toContain("<script>alert");
  });
  it("are cut where they are long, and say so", () => {
    expect(shortened("abcdef", 3)).toBe("abc… (6 characters)");
    expect(shortened("a\u{1f600}", 2)).not.toMatch(/[\ud800-\udfff]/);
  });
});

describe("searching", () => {
  const summaries: DatasetSummary[] = [
    {
      id: "a",
      variables: ["tas", "pr"],
      format: "netcdf-4",
      start: "1990-01-01T00:00:00Z",
      end: "1999-12-31T00:00:00Z",
    },
    {
      id: "b",
      title: "Sea ice",
      variables: ["siconc"],
      format: "zarr v3",
      grid: "curvilinear",
      keywords: ["ocean"],
    },
    { id: "c", failure: "truncated" },
  ];
  const ids = (query: string): string[] =>
    search(summaries, parseQuery(new URLSearchParams(query))).shown.map(({ id }) => id);
  it("finds words in names, titles, variables, keywords and failures", () => {
    expect(ids("q=sea+ICE")).toEqual(["b"]);
    expect(ids("q=tas")).toEqual(["a"]);
    expect(ids("q=truncated")).toEqual(["c"]);
  });
  it("narrows by facets and by time", () => {
    expect(ids("variable=pr&format=netcdf-4")).toEqual(["a"]);
    expect(ids("since=1999&until=2005")).toEqual(["a"]);
    expect(ids("since=2000")).toEqual([]);
    expect(ids("until=1990")).toEqual(["a"]);
    expect(ids("grid=curvilinear&keyword=ocean")).toEqual(["b"]);
  });
  it("takes what it does not understand as not asked, and pages that do not exist as the last", () => {
    expect(ids("since=yesterday&page=-3&nothing=1")).toEqual(["a", "b", "c"]);
    expect(search(summaries, parseQuery(new URLSearchParams("page=99"))).query.page).toBe(1);
  });
  it("counts what a facet would leave", () => {
    expect(search(summaries, parseQuery(new URLSearchParams())).facets.format).toEqual([
      ["netcdf-4", 1],
      ["zarr v3", 1],
    ]);
  });
  it("looks through ten thousand datasets in a few milliseconds", () => {
    const many = Array.from({ length: 10_000 }, (_, at) => ({ ...summaries[at % 2], id: `d${at}` }));
    search(many, parseQuery(new URLSearchParams("q=d1")));
    const started = performance.now();
    search(many, parseQuery(new URLSearchParams("q=d1+tas")));
    expect(performance.now() - started).toBeLessThan(500);
  });
});
