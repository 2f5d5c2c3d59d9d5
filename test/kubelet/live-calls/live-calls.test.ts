import * as assert from 'uvu/assert';
import {
  callsBetween,
  newRequests,
  readRequestCounts,
} from '../../../src/kubelet/live-calls/live-calls.ts';
import type { LoggedRequest } from '../../../src/kubelet/live-calls/request-log.ts';
import { suite } from '../../kit/suite.ts';

const mark = '/metrics?live=1';

type Counts = Readonly<Record<string, number>>;

/** Returns a body of /metrics with request counters. Keys are such as `GET metrics` or `GET pods readonly`. */
function body(counts: Counts): string {
  const lines = Object.entries(counts).map(([key, count]) => {
    const [method, path, port = 'readwrite'] = key.split(' ');
    return `kubelet_http_requests_total{long_running="false",method="${method}",path="${path}",server_type="${port}"} ${count}\n`;
  });
  return `# TYPE kubelet_http_requests_total counter\n${lines.join('')}other 1\n`;
}

function countsOf(counts: Counts) {
  const { decoded, problem } = readRequestCounts(body(counts));
  if (!decoded) throw new Error(problem);
  return decoded.value;
}

const between = (earlier: Counts, later: Counts) =>
  newRequests(countsOf(earlier), countsOf({ 'GET metrics': 2, ...later }));

const logged = (uri: string, more: Partial<LoggedRequest> = {}): LoggedRequest => ({
  ...{ method: 'GET', uri, userAgent: 'agent/1', host: '10.0.0.9', status: 200 },
  ...more,
});
const reading = logged(mark, { userAgent: 'us', host: '10.0.0.1' });

const found = (
  counts: ReturnType<typeof between>,
  requests: readonly LoggedRequest[] | undefined,
  isCut = false,
) => {
  const { calls, reach } = callsBetween(counts, requests && { requests, isCut }, mark);
  const lines = calls.map(({ method, path, requests, caller, answers, isReadOnlyPort }) => {
    const statuses = [...(answers ?? [])].map(([status, count]) => `${status}:${count}`);
    const ends = [
      ...(answers ? [statuses.join(',')] : []),
      ...(isReadOnlyPort ? ['read-only'] : []),
    ];
    const who = caller ? [caller.host, caller.userAgent] : ['-'];
    return [requests, method, path, ...who, ...ends].join(' ');
  });
  return { lines, reach };
};

suite("calls between our two requests for a kubelet's metrics", (test) => {
  test('are the requests that the metrics count, without our second request', () => {
    const counts = between(
      { 'GET metrics': 1, 'GET pods': 3 },
      { 'GET pods': 5, 'POST exec': 1, 'GET metrics/cadvisor': 4, 'GET pods readonly': 2 },
    );
    assert.equal(found(counts, undefined), {
      lines: [
        '2 GET /pods -',
        '1 POST /exec -',
        '4 GET /metrics/cadvisor -',
        '2 GET /pods - read-only',
      ],
      reach: 'none',
    });
    assert.equal(found(between({ 'GET metrics': 1 }, {}), undefined).lines, []);
  });

  test('have callers from the log, or no caller if the log lacks the request', () => {
    const counts = between(
      { 'GET metrics': 1 },
      { 'GET pods': 3, 'GET containerLogs': 1, 'GET metrics': 3, 'GET healthz': 1 },
    );
    const log = [
      logged('/pods', { host: '10.0.0.5' }),
      reading,
      logged('/pods'),
      logged('/pods?x=y', { status: 403 }),
      logged('/containerLogs/shop/web/main?follow=true'),
      logged('/metrics', { userAgent: 'Prometheus/3' }),
      reading,
      logged('/pods', { host: '10.0.0.5' }),
    ];
    assert.equal(found(counts, log), {
      lines: [
        '2 GET /pods 10.0.0.9 agent/1 200:1,403:1',
        '1 GET /containerLogs 10.0.0.9 agent/1 200:1',
        '1 GET /metrics 10.0.0.9 Prometheus/3 200:1',
        '1 GET /pods -',
        '1 GET /healthz* -',
      ],
      reach: 'whole',
    });
  });

  test('include calls up to the end of the log if the log does not have our second request yet', () => {
    const counts = between({ 'GET metrics': 1 }, { 'GET pods': 1 });
    assert.equal(found(counts, [reading, logged('/pods')]), {
      lines: ['1 GET /pods 10.0.0.9 agent/1 200:1'],
      reach: 'whole',
    });
  });

  test('begin after our first request if only the last lines of a long log are known', () => {
    const counts = between({ 'GET metrics': 1 }, { 'GET pods': 1 });
    const before = Array.from({ length: 3 }, () => logged('/pods', { host: '10.0.0.5' }));
    assert.equal(found(counts, [...before, reading, logged('/pods')], true), {
      lines: ['1 GET /pods 10.0.0.9 agent/1 200:1'],
      reach: 'whole',
    });
  });

  test('end at our second request if the log begins after our first request', () => {
    const counts = between({ 'GET metrics': 1 }, { 'GET pods': 2 });
    assert.equal(found(counts, [logged('/pods'), reading, logged('/pods')], true), {
      lines: ['1 GET /pods 10.0.0.9 agent/1 200:1', '1 GET /pods -'],
      reach: 'part',
    });
    // The log lacks our own requests of /metrics, so that its lines may be from any time.
    const unknown = { lines: ['2 GET /pods -'], reach: 'part' };
    assert.equal(found(counts, [logged('/pods')], true), unknown);
    assert.equal(found(counts, [logged('/pods')]), { ...unknown, reach: 'none' });
    assert.equal(found(counts, []), { lines: ['2 GET /pods -'], reach: 'none' });
  });

  test('match the `other` counters if the methods or paths of the calls are unusual', () => {
    const counts = between({ 'GET metrics': 1 }, { 'GET other': 1, 'other pods': 1 });
    const log = [reading, logged('/favicon.ico'), logged('/pods', { method: 'BREW' })];
    assert.equal(found(counts, log).lines, [
      '1 GET /favicon.ico 10.0.0.9 agent/1 200:1',
      '1 BREW /pods 10.0.0.9 agent/1 200:1',
    ]);
    assert.equal(found(counts, undefined).lines, ['1 GET other -', '1 other /pods -']);
  });

  test('are counted from 0 after a restart of the kubelet', () => {
    const counts = between({ 'GET metrics': 90, 'GET pods': 50 }, { 'GET pods': 3 });
    assert.equal(found(counts, undefined).lines, ['1 GET /metrics -', '3 GET /pods -']);
  });

  test('are unknown if the metrics lack the counter of requests or are cut off', () => {
    assert.is(
      readRequestCounts('# TYPE up gauge\nup 1\n').problem,
      'metrics without kubelet_http_requests_total',
    );
    assert.match(
      readRequestCounts(body({ 'GET pods': 1 }).slice(0, -3)).problem ?? '',
      /^no metrics: /,
    );
  });
});
