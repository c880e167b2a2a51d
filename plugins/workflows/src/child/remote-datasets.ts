import { setTimeout as wait } from "node:timers/promises";
import { deserialize } from "node:v8";
import {
  type Attributes,
  type Chunk,
  type ChunkIndex,
  type ChunkSource,
  clippedShape,
  type Dataset,
  type ModelInterface,
  type Variable,
  valuesOverBytes,
} from "@zarr-gateway/dataset";
import type { WorkflowDatasets } from "@zarr-gateway/plugin";
import { type CallOptions, type ErrorCode, GatewayError } from "@zarr-gateway/primitives";
import type { DatasetAddress } from "./messages.ts";

/** A group as it comes over the wire: structured clone, so that integers, NaN and bytes arrive as they were. */
export interface WireGroup {
  readonly attrs: Attributes;
  readonly variables: readonly WireVariable[];
  readonly groups: readonly (readonly [name: string, group: WireGroup])[];
}

export interface WireVariable extends Pick<Variable, "name" | "dims" | "attrs"> {
  readonly source: Pick<ChunkSource, "dtype" | "grid" | "fill">;
}

export interface WireDataset {
  /** Holds it open until it is closed. */
  readonly lease: number;
  readonly root: WireGroup;
  readonly version?: string;
}

export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

const MAX_PAUSE_S = 30;

/** Datasets of the server, over a private connection: what they compute is computed there, once for all who read. */
export function remoteDatasets({ url, token }: DatasetAddress): WorkflowDatasets {
  const ask = async (path: string, body: object, { signal }: CallOptions): Promise<Response> => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    for (;;) {
      const answer = await fetch(`${url}/${path}`, {
        ...{ method: "POST", headers, body: JSON.stringify(body) },
        ...(signal && { signal }),
      });
      if (answer.ok) return answer;
      const { code, message, details } = (await answer.json()) as WireError; // our own server's
      // a model with much to do is waited for: the run has a time limit of its own
      if (code !== "overloaded") throw new GatewayError(code, message, details);
      const seconds = Number(details["retryAfterSeconds"] ?? 2);
      await wait(1000 * Math.min(MAX_PAUSE_S, Math.max(0.1, seconds)), undefined, { signal });
    }
  };
  return {
    async picture(id, picture, options = {}) {
      const answer = await ask("picture", { ...picture, id }, options);
      return new Uint8Array(await answer.arrayBuffer());
    },
    async model(id, options = {}) {
      const answer = await ask("model", { model: id }, options);
      return answer.status === 204 ? undefined : ((await answer.json()) as ModelInterface); // our own server's
    },
    async open(id, { noise, ...options } = {}) {
      const answer = await ask("open", { id, ...(noise && { noise }) }, options);
      const wire = deserialize(Buffer.from(await answer.arrayBuffer())) as WireDataset; // our own server's
      const read = (path: readonly string[], index: ChunkIndex, call: CallOptions): Promise<Response> =>
        ask("chunk", { lease: wire.lease, path, index }, call);
      return {
        ...datasetOf(wire.root, [], read),
        ...(wire.version !== undefined && { version: wire.version }),
        close: async () => void (await ask("close", { lease: wire.lease }, {})),
      };
    },
  };
}

type ReadChunk = (path: readonly string[], index: ChunkIndex, call: CallOptions) => Promise<Response>;

function datasetOf(group: WireGroup, path: readonly string[], read: ReadChunk): Dataset {
  const variables = group.variables.map((variable) => {
    const source = sourceOf(variable, [...path, variable.name], read);
    return [variable.name, { ...variable, source }] as const;
  });
  const groups = group.groups.map(
    ([name, child]) => [name, datasetOf(child, [...path, name], read)] as const,
  );
  return { attrs: group.attrs, variables: new Map(variables), groups: new Map(groups) };
}

function sourceOf({ source }: WireVariable, path: readonly string[], read: ReadChunk): ChunkSource {
  return {
    ...source,
    async read(index, options = {}): Promise<Chunk | undefined> {
      const answer = await read(path, index, options);
      if (answer.status === 204) return undefined;
      const shape = clippedShape(source.grid, index);
      if (source.dtype === "string") return { shape, values: (await answer.json()) as string[] }; // our own server's
      const bytes = new Uint8Array(await answer.arrayBuffer());
      return { shape, values: valuesOverBytes(source.dtype, bytes), isExclusive: true };
    },
  };
}
