import type { Json } from "@zarr-gateway/jobs";
import { GatewayError } from "@zarr-gateway/primitives";

const PLACE = /\{([a-z][A-Za-z0-9_]*)\}/g;
const WHOLE = /^\{([a-z][A-Za-z0-9_]*)\}$/;

/**
 * A template with its places filled in. A text that is one place alone becomes the value itself, whatever its type.
 * @throws GatewayError invalid_request naming a place that has no value
 */
export function fillTemplate(template: Json, values: Readonly<Record<string, Json>>): Json {
  if (typeof template === "string") return filledText(template, values);
  if (template === null || typeof template !== "object") return template;
  if (Array.isArray(template)) return template.map((item: Json) => fillTemplate(item, values));
  return Object.fromEntries(Object.entries(template).map(([key, item]) => [key, fillTemplate(item, values)]));
}

function filledText(text: string, values: Readonly<Record<string, Json>>): Json {
  const whole = WHOLE.exec(text)?.[1];
  if (whole !== undefined) return valueNamed(whole, values);
  return text.replaceAll(PLACE, (_place, name: string) => {
    const value = valueNamed(name, values);
    return typeof value === "string" ? value : JSON.stringify(value);
  });
}

function valueNamed(name: string, values: Readonly<Record<string, Json>>): Json {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value !== undefined) return value;
  const known = Object.keys(values).sort().join(", ");
  throw new GatewayError("invalid_request", `the catalog template uses {${name}}; there are ${known}`);
}

/** Objects are joined member by member, everything else is replaced; null takes a member away. */
export function laidOver(base: Json, over: Json): Json {
  if (!isObject(base) || !isObject(over)) return over;
  const joined: Record<string, Json> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === null) delete joined[key];
    else joined[key] = laidOver(joined[key] ?? null, value);
  }
  return joined;
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
