import type { Case } from './case.ts';
import type { Observation, RecordedRun } from './recording.ts';

/** Returns the observation that our program must give if kubectl gave the observation `kubectl`. */
export function expectedOfUs(testCase: Case, kubectl: Observation): unknown {
  return testCase.differs ? testCase.differs.ours : comparable(testCase, kubectl);
}

/** Whether stderr has an error message. A crash is not enough, although a program that crashes sends no request either. */
export function refusesInWords(stderr: string): boolean {
  return /^error: |^Error /im.test(stderr) && !stderr.includes('bug in kubectl-kubeletaccess');
}

/** Removes irrelevant differences from an observation. Repeated plugin runs count only in cases with `countsRuns`. */
export function comparable(testCase: Case, seen: Observation): Observation {
  const { outcome, requests, proxies, plugins } = seen;
  return {
    outcome,
    ...(requests && {
      requests: requests.map((each) => ({
        ...each,
        host: canonicalHost(each.host),
        ...lowerName(each),
      })),
    }),
    ...(proxies && {
      proxies: proxies.map((each) => ({
        ...each,
        target: canonicalHost(each.target),
        ...lowerName(each),
      })),
    }),
    ...(plugins ? { plugins: testCase.countsRuns ? plugins : onceEach(plugins) } : {}),
  };
}

const lowerName = ({ serverName }: { readonly serverName?: string }) =>
  serverName === undefined ? {} : { serverName: serverName.toLowerCase() };

/** Writes a host in lower case, and IPv6 addresses in one notation. */
function canonicalHost(text: string): string {
  const placeholders = /(\{\{[^}]*\}\})/;
  return text
    .split(placeholders)
    .map((part) => (placeholders.test(part) ? part : canonicalPart(part)))
    .join('');
}

function canonicalPart(text: string): string {
  return text
    .replace(/^(?:[a-z]+:\/\/)?[^/]*/i, (origin) => origin.toLowerCase())
    .replace(/\[[0-9a-f:.]+\]/g, (address) => new URL(`http://${address}`).hostname);
}

function onceEach(runs: readonly RecordedRun[]): RecordedRun[] {
  const seen = new Set<string>();
  return runs.filter((run) => {
    const text = JSON.stringify(run);
    return !seen.has(text) && seen.add(text);
  });
}
