import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { type Commands, createCommandLine } from "./command-line.ts";
import { parseConfiguration } from "./configuration/load.ts";

const root = join(import.meta.dirname, "../../..");
const folder = join(root, "configs/deploy/forecast-service");
const read = (name: string): string => readFileSync(join(folder, name), "utf8");
const configuration = read("gateway.yaml");
/** Variables that have no default. */
const WANTED = [...configuration.matchAll(/\$\{(\w+)\}/g)].map(([, name = ""]) => name);

interface Named {
  readonly name: string;
}
interface Container extends Named {
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly (Named & {
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef: Named & { readonly key: string } };
  })[];
  readonly ports?: readonly (Named & { readonly containerPort: number })[];
  readonly volumeMounts?: readonly (Named & { readonly mountPath: string })[];
  readonly readinessProbe?: { readonly httpGet: { readonly path: string; readonly port: string } };
  readonly livenessProbe?: { readonly httpGet: { readonly path: string; readonly port: string } };
}
interface Volume extends Named {
  readonly configMap?: Named;
  readonly persistentVolumeClaim?: { readonly claimName: string };
}
interface Manifest {
  readonly kind: string;
  readonly metadata: Named;
  readonly spec: {
    readonly template?: {
      readonly spec: { readonly containers: readonly Container[]; readonly volumes?: readonly Volume[] };
    };
    readonly volumeClaimTemplates?: readonly { readonly metadata: Named }[];
    readonly ports?: readonly { readonly targetPort: string }[];
    readonly selector?: { readonly app?: string };
    readonly scaleTargetRef?: Named;
    readonly triggers?: readonly { readonly metadata: { readonly query: string } }[];
  };
}
interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly configs: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** The command and the configuration file that a command line names. @throws what the command line refuses */
async function askedBy(words: readonly string[]): Promise<{ command: string; config: string | undefined }> {
  const asked: { command: string; config: string | undefined }[] = [];
  const note =
    (command: string) =>
    async (...values: readonly { readonly config?: string }[]): Promise<void> => {
      asked.push({ command, config: values.at(-1)?.config });
    };
  // whatever commands there are: each has its options last
  const commands = new Proxy({}, { get: (_target, name) => note(String(name)) }) as Commands;
  await createCommandLine(commands, "0").parseAsync([...words], { from: "user" });
  const [only] = asked;
  if (only === undefined) throw new Error("the command line names no command");
  return only;
}

function assertConfiguration(environment: Readonly<Record<string, string>>): void {
  for (const name of WANTED) expect(Object.keys(environment)).toContain(name);
  const { configuration: parsed } = parseConfiguration(
    configuration,
    join(folder, "gateway.yaml"),
    environment,
  );
  expect(parsed.server.port).toBe(9000);
  expect(parsed.jobs?.workers).toBe(0);
  expect(parsed.jobs?.database).toMatch(/^postgresql:\/\//);
}

describe("the manifests for Kubernetes", () => {
  const { resources, configMapGenerator, images } = parse(read("kustomization.yaml")) as {
    readonly resources: readonly string[];
    readonly images: readonly Named[];
    readonly configMapGenerator: readonly (Named & { readonly files: readonly string[] })[];
  }; // of this repository
  const manifests = resources.flatMap((name) =>
    parseAllDocuments(read(name)).map((one) => one.toJS() as Manifest),
  ); // the same
  const named = (kind: string, name: string): Manifest | undefined =>
    manifests.find((one) => one.kind === kind && one.metadata.name === name);

  it("are all in the kustomization, which generates the configuration from its file", () => {
    const others = ["kustomization.yaml", "gateway.yaml", "compose.yaml"];
    const files = globSync("*.yaml", { cwd: folder })
      .map((path) => basename(path))
      .filter((name) => !others.includes(name));
    expect([...resources].sort()).toEqual(files.sort());
    expect(configMapGenerator).toEqual([{ name: "forecast-service", files: ["gateway.yaml"] }]);
  });

  it.each([
    ["gateway", "serve"],
    ["worker", "worker"],
  ] as const)("start a %s with a command line and a configuration that it takes", async (name, command) => {
    const pod = named("Deployment", name)?.spec.template?.spec;
    const container = pod?.containers[0];
    const environment = Object.fromEntries(
      (container?.env ?? []).map((one) => [one.name, one.value ?? "secret"]),
    );
    const filled = Object.fromEntries(
      Object.entries(environment).map(([key, value]) => [
        key,
        value.replaceAll(/\$\((\w+)\)/g, (_, other: string) => environment[other] ?? `$(${other})`),
      ]),
    );
    expect(Object.values(filled).join(" ")).not.toContain("$(");
    assertConfiguration(filled);
    const asked = await askedBy(container?.args ?? []);
    const volume = pod?.volumes?.find(({ configMap }) => configMap?.name === "forecast-service");
    const mount = container?.volumeMounts?.find((one) => one.name === volume?.name);
    expect(asked).toEqual({ command, config: `${mount?.mountPath}/gateway.yaml` });
    for (const { persistentVolumeClaim } of pod?.volumes ?? [])
      if (persistentVolumeClaim)
        expect(named("PersistentVolumeClaim", persistentVolumeClaim.claimName)).toBeDefined();
    for (const path of ["/results", "/data"])
      expect(container?.volumeMounts?.map(({ mountPath }) => mountPath)).toContain(path);
    const port = {
      serve: { name: "http", containerPort: 9000 },
      worker: { name: "watch", containerPort: 9001 },
    };
    expect(container?.ports).toEqual([port[command]]);
    if (command === "worker") expect(container?.args?.slice(-2)).toEqual(["--port", "9001"]);
    const { name: target } = port[command];
    expect(container?.readinessProbe?.httpGet).toEqual({ path: "/readiness", port: target });
    expect(container?.livenessProbe?.httpGet).toEqual({ path: "/liveness", port: target });
  });

  const containers = manifests.flatMap(({ spec }) => spec.template?.spec.containers ?? []);

  it("take the image of the gateway from one place, others by version", () => {
    const own = images[0]?.name;
    for (const name of ["gateway", "worker"])
      expect(named("Deployment", name)?.spec.template?.spec.containers[0]?.image).toBe(own);
    for (const { image } of containers) if (image !== own) expect(image).toMatch(/:.*\d/);
  });

  it("take secrets that the kustomization tells how to make", () => {
    const told = [...read("kustomization.yaml").matchAll(/--from-literal=([\w-]+)=/g)].map(([, key]) => key);
    const wanted = containers.flatMap(({ env = [] }) =>
      env.flatMap(({ valueFrom }) => (valueFrom === undefined ? [] : [valueFrom.secretKeyRef])),
    );
    expect(new Set(wanted.map(({ key }) => key))).toEqual(new Set(told));
    expect(new Set(wanted.map(({ name }) => name))).toEqual(new Set(["forecast-service"]));
  });

  it("mount volumes that are there", () => {
    for (const { spec } of manifests) {
      const { volumes = [], containers: own = [] } = spec.template?.spec ?? {};
      const there = [...volumes, ...(spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata)];
      for (const { name } of own.flatMap(({ volumeMounts = [] }) => volumeMounts))
        expect(there.map((one) => one.name)).toContain(name);
    }
  });

  it("have services that lead somewhere", () => {
    for (const { kind, spec, metadata } of manifests) {
      if (kind !== "Service") continue;
      const target =
        named("Deployment", spec.selector?.app ?? "") ?? named("StatefulSet", spec.selector?.app ?? "");
      const ports = target?.spec.template?.spec.containers
        .flatMap(({ ports: own }) => own ?? [])
        .map(({ name }) => name);
      for (const { targetPort } of spec.ports ?? [])
        expect([metadata.name, ports]).toEqual([metadata.name, expect.arrayContaining([targetPort])]);
    }
  });

  it("scale workers by a metric that the server has", () => {
    const scaler = named("ScaledObject", "worker");
    expect(named("Deployment", scaler?.spec.scaleTargetRef?.name ?? "")).toBeDefined();
    const metrics = [
      ...(scaler?.spec.triggers?.[0]?.metadata.query ?? "").matchAll(/zarr_gateway_(\w+)/g),
    ].map(([, metric]) => metric);
    expect(metrics.length).toBeGreaterThan(0);
    const source = globSync("plugins/jobs/src/**/*-metrics.ts", { cwd: root })
      .map((path) => readFileSync(join(root, path), "utf8"))
      .join("\n");
    for (const metric of metrics) expect(source).toContain(`"${metric}"`);
  });
});

describe("the compose file", () => {
  const compose = parse(read("compose.yaml"), { merge: true }) as Compose; // of this repository

  it.each([
    ["gateway", "serve"],
    ["worker", "worker"],
  ] as const)("starts a %s with a command line and a configuration that it takes", async (name, command) => {
    const service = compose.services[name];
    const environment = Object.fromEntries(
      Object.entries(service?.environment ?? {}).map(([key, value]) => [
        key,
        value.replaceAll(
          /\$\{\w+:-([^}]*)\}|\$\{\w+:\?[^}]*\}/g,
          (_, fallback?: string) => fallback ?? "secret",
        ),
      ]),
    );
    assertConfiguration(environment);
    const mounted = service?.configs?.[0];
    expect(await askedBy(service?.command ?? [])).toEqual({ command, config: mounted?.target });
    expect(compose.configs[mounted?.source ?? ""]?.file).toBe("./gateway.yaml");
  });

  it("names only services and volumes that it has", () => {
    for (const { depends_on: needed = {}, volumes = [] } of Object.values(compose.services)) {
      for (const name of Object.keys(needed)) expect(Object.keys(compose.services)).toContain(name);
      for (const volume of volumes) {
        const [source = ""] = volume.split(":");
        if (/^\w+$/.test(source)) expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });
});
