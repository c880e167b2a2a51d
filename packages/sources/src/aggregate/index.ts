export { AggregateIndex, type AggregateIndexOptions } from "./aggregate-index.ts";
export type { AggregateOptions } from "./aggregate-options.ts";
export type { AlongDimension, CombineLevel, NewDimension, NewValues } from "./combine-options.ts";
export type { MemberReference } from "./member.ts";
export { prepareToLook } from "./member-looks.ts";
export { openAggregate } from "./open-aggregate.ts";
