/** Answers when it is asked for, and stands in no list: scripts warm a server up with it. */
const WARM_UP = "example_user_workflow";

export interface Exposure {
  isExposed(name: string): boolean;
  isListed(name: string): boolean;
}

/** @param patterns names, `*` in them for any letters */
export function exposureOf(patterns: readonly string[]): Exposure {
  const expressions = patterns.map(
    (pattern) =>
      new RegExp(
        `^${pattern
          .split("*")
          .map((part) => part.replaceAll(/[^A-Za-z0-9_-]/g, "\\$&"))
          .join(".*")}$`,
      ),
  );
  const isMatch = (name: string): boolean => expressions.some((expression) => expression.test(name));
  return {
    isExposed: (name) => isMatch(name) || name === WARM_UP,
    isListed: (name) => (name === WARM_UP ? patterns.includes(name) : isMatch(name)),
  };
}
