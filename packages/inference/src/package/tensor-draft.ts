import type { Channel, TensorPlan } from "../model-package.ts";
import type { Place } from "./written.ts";

/** A channel before it is known where in its variable's list a level is. */
export type ChannelDraft =
  | Exclude<Channel, { readonly kind: "field" }>
  | {
      readonly kind: "field";
      readonly role: "state" | "diagnostic";
      readonly variable: string;
      readonly level?: number;
      /** Number of the piece in its tensor. */
      readonly piece: number;
      /** Where the variable is named. */
      readonly at: Place;
    };
export type FieldDraft = Extract<ChannelDraft, { readonly kind: "field" }>;

export interface TensorDraft extends Omit<TensorPlan, "channels"> {
  readonly at: Place;
  readonly channels: readonly ChannelDraft[];
  /** Levels of each piece that has fields, in the order of the pieces; undefined on the surface. */
  readonly levels: readonly (readonly number[] | undefined)[];
}

export function fieldsOf({ channels }: Pick<TensorDraft, "channels">): FieldDraft[] {
  return channels.filter((channel) => channel.kind === "field");
}
