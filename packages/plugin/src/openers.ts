import type { Opener } from "@zarr-gateway/dataset";
import type { Service } from "./plugin.ts";

/** What the server itself offers to every plugin that requires it: the openers of all plugins, complete after start. */
export const OpenersService: Service<() => readonly Opener[]> = { id: "server.openers" };
