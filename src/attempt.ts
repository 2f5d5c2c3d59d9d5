/** Returns the result of `make`, or undefined if it throws anything. */
export function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
