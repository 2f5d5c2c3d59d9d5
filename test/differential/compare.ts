import type { Case } from './case.ts';
import type { Observation, RecordedProxying, RecordedRequest, RecordedRun } from './recording.ts';

/** What is expected of our program where kubectl was seen to do this. */
export function expectedOfUs(testCase: Case, kubectl: Observation): unknown {
  return testCase.differs ? testCase.differs.ours : comparable(testCase, kubectl);
}

/** A crash sends nothing, either. */
export function refusesInWords(stderr: readonly string[]): boolean {
  const text = stderr.join('\n');
  return /^error: |^Error /im.test(text) && !text.includes('bug in kubectl-kubeletaccess');
}

/** An observation without what need not be the same. How often plugins run matters in few cases. */
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

/** Names are the same in upper and lower case, and IPv6 addresses however they are written. */
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
