import type { Json } from "@zarr-gateway/jobs";
import type { RunListener } from "./child-calls.ts";
import { type Hide, hiddenIn } from "./hidden-paths.ts";

type Fields = { readonly [field: string]: Json };

/** Tells what it is told without paths of this machine. */
export function hiddenListener(listener: RunListener, hide: Hide): RunListener {
  return {
    progress: (news) => listener.progress(hiddenFields(news, hide)),
    metadata: (update) => listener.metadata(hiddenFields(update, hide)),
    log: (text) => listener.log(hide(text)),
  };
}

export function hiddenFields(fields: Fields, hide: Hide): Fields {
  return hiddenIn(fields, hide) as Fields; // an object stays one
}
