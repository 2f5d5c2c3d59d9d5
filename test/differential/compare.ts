import type { Case } from './case.ts';
import type { Observation, RecordedProxying, RecordedRequest, RecordedRun } from './recording.ts';

/** What is expected of our program where kubectl was seen to do this. */
export function expectedOfUs(testCase: Case, kubectl: Observation): unknown {
  return testCase.differs ? testCase.differs.ours : comparable(testCase, kubectl);
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
  const { path, host, serverName } = request;
  return {
    ...request,
    path: withoutTimeout(path),
    host: canonicalHost(host),
    ...(serverName === undefined ? {} : { serverName: serverName.toLowerCase() }),
  };
}

function comparableProxying(proxying: RecordedProxying): RecordedProxying {
  const { target, serverName } = proxying;
  return {
    ...proxying,
    target: canonicalHost(withoutTimeout(target)),
    ...(serverName === undefined ? {} : { serverName: serverName.toLowerCase() }),
  };
}

/**
 * kubectl adds its --request-timeout to the query, for API servers that time out for it; a node proxy never does, and
 * would pass it to the kubelet.
 */
function withoutTimeout(path: string): string {
  return path.replace(/\?timeout=[^&]*$/, '');
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
