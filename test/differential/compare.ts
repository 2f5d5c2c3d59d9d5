import type { Case } from './case.ts';
import type { Observation, RecordedProxying, RecordedRequest, RecordedRun } from './recording.ts';

/** The observation expected of our program, given kubectl's. */
export function expectedOfUs(testCase: Case, kubectl: Observation): unknown {
  return testCase.differs ? testCase.differs.ours : comparable(testCase, kubectl);
}

/** Whether stderr has an error message, and not a crash, which sends no request either. */
export function refusesInWords(stderr: readonly string[]): boolean {
  const text = stderr.join('\n');
  return /^error: |^Error /im.test(text) && !text.includes('bug in kubectl-kubeletaccess');
}

/** An observation without irrelevant differences. The number of plugin runs counts only in cases with `countsRuns`. */
export function comparable(testCase: Case, seen: Observation): Observation {
  const { outcome, requests, proxies, plugins } = seen;
  return {
    outcome,
    ...(requests ? { requests: requests.map(comparableRequest) } : {}),
    ...(proxies ? { proxies: proxies.map(comparableProxying) } : {}),
    ...(plugins ? { plugins: testCase.countsRuns ? plugins : onceEach(plugins) } : {}),
  };
}

function comparableRequest(request: RecordedRequest): RecordedRequest {
  const { host, serverName } = request;
  return {
    ...request,
    host: canonicalHost(host),
    ...(serverName === undefined ? {} : { serverName: serverName.toLowerCase() }),
  };
}

function comparableProxying(proxying: RecordedProxying): RecordedProxying {
  const { target, serverName } = proxying;
  return {
    ...proxying,
    target: canonicalHost(target),
    ...(serverName === undefined ? {} : { serverName: serverName.toLowerCase() }),
  };
}

/** A host in lower case, with IPv6 addresses in one notation. */
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
