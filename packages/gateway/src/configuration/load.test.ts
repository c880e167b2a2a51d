// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the configuration's own syntax

import { parseSize } from "@zarr-gateway/primitives";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { locationProblem, parseConfiguration } from "./load.ts";
import { ConfigurationError } from "./problem.ts";

function load(text: string, environment: Record<string, string> = {}) {
  return parseConfiguration(text, "/etc/gateway.yaml", environment).configuration;
}
function problems(text: string, environment: Record<string, string> = {}): string[] {
  try {
    load(text, environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split("\n");
    throw error;
  }
  throw new Error("expected a ConfigurationError");
}

describe("a configuration", () => {
  it("has defaults for everything", () => {
    expect(load("")).toMatchObject({
      server: { host: "127.0.0.1", port: 9000, processes: 1, cors: { origins: ["*"] } },
      cache: { memory: 512 * 2 ** 20 },
      sources: { checkEvery: 2000 },
      datasets: {},
    });
  });
  it("makes paths absolute beside the file, and leaves URLs alone", () => {
    const { datasets, folders, plugins } = load(`
datasets:
  a: { location: data/a.nc }
  b: { location: https://example.org/b.zarr }
folders: [{ path: ./more }]
plugins: { ./mine.ts: {}, pages: false }
`);
    expect(datasets["a"]?.location).toBe("/etc/data/a.nc");
    expect(datasets["b"]?.location).toBe("https://example.org/b.zarr");
    expect(folders[0]).toMatchObject({ path: "/etc/more", id: "{path}" });
    expect(plugins).toEqual({ "/etc/mine.ts": {}, pages: false });
  });
  it("keeps integers and floats of attributes apart", () => {
    const { datasets } = load(
      "datasets: { a: { location: x.nc, attributes: { i: 1, f: 1.0, list: [2, 2.5] } } }",
    );
    expect(datasets["a"]?.attributes).toEqual({ i: 1n, f: 1, list: [2n, 2.5] });
  });
  it("reads JSON too", () => {
    expect(load('{"server": {"port": 80}}').server.port).toBe(80);
  });
});

describe("a wrong configuration names the place, the key and what is allowed", () => {
  it("for an unknown key, with the one that was meant", () => {
    expect(problems("server:\n  prot: 80\n")).toEqual([
      '/etc/gateway.yaml:2:3: server.prot: unknown key; did you mean "port"?; allowed here: host, port, publicUrl, trustedProxies, processes, cors, logLevel, tls',
    ]);
  });
  it("for a wrong type and a wrong value", () => {
    expect(problems('server:\n  port: "x"\n  processes: 0\ncache: { memory: 5 }\n')).toEqual([
      '/etc/gateway.yaml:2:3: server.port: expected a port from 0 to 65535; 0 takes a free one; got "x"',
      '/etc/gateway.yaml:3:3: server.processes: expected a number of processes from 1 to 256, or "auto" for one a core; got 0',
      "/etc/gateway.yaml:4:10: cache.memory: expected a size such as 512MiB; 0MiB keeps nothing; got 5",
    ]);
  });
  it("for a duplicate key, which duplicate dataset ids are", () => {
    expect(problems("datasets:\n  a: { location: x.nc }\n  a: { location: y.nc }\n")).toEqual([
      '/etc/gateway.yaml:3:3: the key "a" is there twice; keep one',
    ]);
  });
  it("for a dataset id that cannot stand in a URL", () => {
    expect(problems("datasets:\n  a/b: { location: x.nc }\n")[0]).toMatch(
      /^\/etc\/gateway\.yaml:2:3: datasets\.a\/b: expected a dataset id: letters, digits/,
    );
    expect(problems("datasets:\n  a.zarr: { location: x.nc }\n")).toHaveLength(1);
  });
  it("for a missing location", () => {
    expect(problems("datasets:\n  a: { format: zarr }\n")[0]).toBe(
      "/etc/gateway.yaml:2:3: datasets.a.location: missing; expected a file, a folder that is a store, or an http(s) URL; a glob or a list of them is combined",
    );
  });
  it("for a mistake inside one of two allowed forms", () => {
    expect(problems("datasets:\n  a:\n    location: x.nc\n    variables: { dorp: [t] }\n")[0]).toMatch(
      /:4:18: datasets\.a\.variables\.dorp: unknown key; did you mean "drop"\?/,
    );
  });
  it("for buckets that no store would open", () => {
    const problem = (location: string): string =>
      problems(`datasets: { a: { location: "${location}" } }`)[0] ?? "none";
    expect(problem("gs://x/")).toContain('datasets.a.location: "x" cannot be a bucket');
    expect(problem("s3://data:9000/a.zarr")).toContain("without query, port or password");
    expect(problem("s3://data/100%.nc")).toContain('a "%" in a location is written %25');
    expect(problem("s3:///a.zarr")).toContain("expected a bucket and a path");
    for (const fine of ["gs://my-bucket", "s3://data/{a,b}*.nc", "abfss://c1@account.dfs.core.windows.net/x"])
      expect(locationProblem(fine)).toBeUndefined();
  });
  it("for formats and locations of later versions", () => {
    const [line] = problems("datasets:\n  a: { location: x.grib, format: grib }\n");
    expect(line).toContain("datasets.a.format: the format grib is not available in this version");
    expect(problems("datasets: { a: { location: ftp://b/c } }")[0]).toContain(
      "ftp locations are not available",
    );
  });
  it("for places of results that are none", () => {
    const key = "jobs: { objectStorage: { allow: [";
    expect(problems(`${key}https://account.blob.core.windows.net.evil.org/x] } }`)[0]).toContain(
      "a place such as",
    );
    expect(problems("jobs: { objectStorage: { default: ./folder } }")[0]).toContain("a place such as");
    expect(problems("jobs: { catalogs: { allow: [ftp://x/] } }")[0]).toContain("an address such as");
  });
  it("for text that is not YAML", () => {
    expect(problems("server: [1\n")[0]).toMatch(/^\/etc\/gateway\.yaml:\d+:\d+: not valid YAML/);
  });
  it("for a bomb of aliases, without making it", () => {
    const levels = ["a: &a [1,1,1,1,1,1,1,1,1,1]"];
    for (let i = 1; i < 12; i++) {
      const [name, before] = ["abcdefghijkl"[i], "abcdefghijkl"[i - 1]];
      levels.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(",")}]`);
    }
    expect(problems(levels.join("\n")).join("\n")).toContain("more than 200000 values");
  });
});

describe("environment variables", () => {
  it("are filled in, with defaults, as the type that stands there", () => {
    const { server } = load("server: { port: ${PORT:-8000}, host: '${HOST}' }", { HOST: "::" });
    expect(server).toMatchObject({ port: 8000, host: "::" });
    expect(load("server: { port: ${PORT:-8000} }", { PORT: "81" }).server.port).toBe(81);
  });
  it("that are missing are named with their place", () => {
    expect(problems("server:\n  host: ${HOST}\n")).toEqual([
      "/etc/gateway.yaml:2:3: server.host: the environment variable HOST is not set",
    ]);
  });
  it("never show their value in a message", () => {
    const lines = problems("server: { port: ${SECRET} }", { SECRET: "hunter2" });
    expect(lines.join()).not.toContain("hunter2");
    expect(lines[0]).toContain("got a value from the environment");
  });
  it("can be written literally", () => {
    expect(load("server: { host: 'a$${B}' }").server.host).toBe("a${B}");
  });
});

describe("sizes", () => {
  it("are read with binary and decimal units", () => {
    expect([parseSize("512MiB"), parseSize("1.5 GB"), parseSize("0MiB"), parseSize("5")]).toEqual([
      536870912,
      1500000000,
      0,
      undefined,
    ]);
  });
});

it("any text is parsed or refused with a ConfigurationError", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        load(text);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigurationError);
      }
    }),
  );
});

describe("Earth2Studio's environment variables", () => {
  const environment = { MAX_QUEUE_SIZE: "7", OUTPUT_FORMAT: "grib", EXPOSED_WORKFLOWS: "a,b" };
  it("change nothing unless the file asks for them", () => {
    expect(load("jobs: {}", environment).jobs?.queue.maxSize).toBe(20);
  });
  it("go over what the file says, and are checked as it is, without being printed", () => {
    const file = "jobs: { queue: { maxSize: 3 } }\nplugins: { earth2studio: { environment: true } }";
    const { jobs, workflows } = load(file, { ...environment, OUTPUT_FORMAT: "" });
    expect([jobs?.queue.maxSize, workflows?.expose]).toEqual([7, ["a", "b"]]);
    expect(problems(file, environment)).toEqual([
      expect.stringMatching(
        /workflows\.outputFormat.*expected zarr or netcdf4.*got a value from the environment$/,
      ),
    ]);
    expect(problems(file, { MAX_QUEUE_SIZE: "many" })).toEqual([
      expect.stringMatching(
        /:2:.*MAX_QUEUE_SIZE.*expected a number in the environment variable MAX_QUEUE_SIZE$/,
      ),
    ]);
  });
});

describe("owners of jobs", () => {
  it("are known by a header of proxies that are trusted, and of nobody else", () => {
    const file = "jobs: { owners: { header: X-Forwarded-User, maxRunning: 2 } }";
    expect(problems(file)).toEqual([
      "/etc/gateway.yaml:1:19: jobs.owners.header: needs server.trustedProxies: the header is believed of those proxies alone",
    ]);
    expect(load(`${file}\nserver: { trustedProxies: [10.0.0.0/8] }`).jobs?.owners).toEqual({
      header: "X-Forwarded-User",
      maxRunning: 2,
    });
    expect(problems("jobs: { owners: { maxRunning: 2 } }")[0]).toContain("jobs.owners.header: missing");
  });
});
