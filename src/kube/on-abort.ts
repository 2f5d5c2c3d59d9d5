const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `act` when the signal aborts, unless the returned function is called before. All share one listener: of a fleet, many wait
 * at once, and Node compares each new listener with all that there are.
 */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  const acts = waiting.get(signal) ?? new Set();
  if (!waiting.has(signal)) {
    waiting.set(signal, acts);
    const abort = () => {
      for (const each of acts) each();
    };
    signal.addEventListener('abort', abort, { once: true });
  }
  acts.add(act);
  return () => {
    acts.delete(act);
  };
}
