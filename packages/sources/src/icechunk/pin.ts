import { GatewayError } from "@zarr-gateway/primitives";
import type { IcechunkPin } from "./repository.ts";

/** At most one of branch, tag and snapshot; the branch `main` without any. */
export interface IcechunkPinOptions {
  readonly branch?: string | undefined;
  readonly tag?: string | undefined;
  readonly snapshot?: string | undefined;
}

/** @throws GatewayError invalid_request when more than one is given */
export function pinOf({ branch, tag, snapshot }: IcechunkPinOptions): IcechunkPin {
  const given: IcechunkPin[] = [
    ...(branch === undefined ? [] : [{ branch }]),
    ...(tag === undefined ? [] : [{ tag }]),
    ...(snapshot === undefined ? [] : [{ snapshot }]),
  ];
  const [first, second] = given;
  if (second)
    throw new GatewayError("invalid_request", "at most one of branch, tag and snapshot can be read");
  return first ?? { branch: "main" };
}
