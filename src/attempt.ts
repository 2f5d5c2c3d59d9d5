/** What `make` returns; undefined if it throws, whatever the reason. */
export function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
