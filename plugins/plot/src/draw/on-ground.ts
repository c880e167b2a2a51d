import type { Geometry } from "../field/geometry.ts";

/** What maps show. */
export type OnGround = Exclude<Geometry, { kind: "plane" | "line" }>;
