import type { Case } from './case.ts';
import type { Observation, RecordedRun } from './recording.ts';

/** What is expected of our program where kubectl was seen to do this. */
export function expectedOfUs(testCase: Case, kubectl: Observation): unknown {
  return testCase.differs ? testCase.differs.ours : comparable(testCase, kubectl);
}

/**
 * An observation without what need not be the same. kubectl adds its --request-timeout to the query, for API servers that
 * time out for it; a node proxy never does, and would pass it to the kubelet. How often plugins run matters in few cases.
 */
export function comparable(testCase: Case, seen: Observation): Observation {
  return {
    ...seen,
    ...(seen.requests
      ? { requests: seen.requests.map((r) => ({ ...r, path: withoutTimeout(r.path) })) }
      : {}),
    ...(seen.proxies
      ? { proxies: seen.proxies.map((p) => ({ ...p, target: withoutTimeout(p.target) })) }
      : {}),
    ...(seen.plugins && !testCase.countsRuns ? { plugins: onceEach(seen.plugins) } : {}),
  };
}

function withoutTimeout(path: string): string {
  return path.replace(/\?timeout=[^&]*$/, '');
}

function onceEach(runs: readonly RecordedRun[]): RecordedRun[] {
  const seen = new Set<string>();
  return runs.filter((run) => {
    const text = JSON.stringify(run);
    return !seen.has(text) && seen.add(text);
  });
}
