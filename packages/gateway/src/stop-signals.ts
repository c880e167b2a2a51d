/**
 * Resolves at the first SIGTERM or SIGINT. A second one means that the person does not want to wait: `onSecond` runs,
 * and the process ends with exit code 1.
 */
export function untilStopSignal(onSecond: () => void = () => undefined): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let signals = 0;
    const receive = (signal: NodeJS.Signals): void => {
      signals += 1;
      if (signals > 1) {
        onSecond();
        process.exit(1);
      }
      resolve(signal);
    };
    process.on("SIGTERM", receive);
    process.on("SIGINT", receive);
  });
}
