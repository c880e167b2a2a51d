import { earth2studioEnvironment, type Override } from "@zarr-gateway/plugin-earth2studio/environment";
import type { ConfigurationDocument, KeyPath } from "./document.ts";
import type { Environment } from "./environment.ts";
import { ConfigurationError } from "./problem.ts";
import { valueAt } from "./validate.ts";

const SWITCH = ["plugins", "earth2studio", "environment"] as const;

/**
 * The document with Earth2Studio's environment variables over it, where it asks for them
 * (`plugins: { earth2studio: { environment: true } }`); else as it is.
 * @throws ConfigurationError naming each variable that cannot be read
 */
export function withServeEnvironment(
  document: ConfigurationDocument,
  environment: Environment,
): ConfigurationDocument {
  if (valueAt(document.value, SWITCH) !== true) return document;
  const { overrides, problems } = earth2studioEnvironment(environment);
  if (problems.length > 0)
    throw new ConfigurationError(
      problems.map(({ variable, message }) => ({ place: document.placeOf(SWITCH), key: variable, message })),
    );
  const isOverridden = (path: KeyPath): boolean =>
    overrides.some((one) => one.path.length === path.length && one.path.every((key, at) => key === path[at]));
  return {
    ...document,
    value: overrides.reduce(overridden, document.value),
    isSecret: (path) => isOverridden(path) || document.isSecret(path),
  };
}

function overridden(value: unknown, { path, value: wanted }: Pick<Override, "path" | "value">): unknown {
  const [key, ...below] = path;
  if (key === undefined) return wanted;
  const object = typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  const inner: unknown = valueAt(object, [key]);
  return { ...object, [key]: overridden(inner, { path: below, value: wanted }) };
}
