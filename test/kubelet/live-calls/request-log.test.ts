import * as assert from 'uvu/assert';
import { parseLoggedRequest } from '../../../src/kubelet/live-calls/request-log.ts';
import { suite } from '../../kit/suite.ts';

const journal = 'Dec 01 09:21:39.603000 node-1 kubelet[12]: ';
const text = (fields: string) =>
  `${journal}I1201 09:21:39.601655   25277 httplog.go:135] "HTTP" ${fields}`;

suite('requests in the log of a kubelet', (test) => {
  test('are read from lines of kubelets 1.37 and 1.31', () => {
    const later =
      'verb="GET" URI="/pods?a=b" latency="4.84ms" userAgent="Prometheus/3.5.0" contentType="" audit-ID="" srcIP="10.113.0.1:55806" resp=200';
    const expected = {
      ...{ method: 'GET', uri: '/pods?a=b', userAgent: 'Prometheus/3.5.0' },
      ...{ host: '10.113.0.1', status: 200 },
    };
    assert.equal(parseLoggedRequest(text(later)), expected);
    assert.equal(parseLoggedRequest(text(later.replace(' contentType=""', ''))), expected);
  });

  test('may have an IPv6 address, and have no status if the connection is upgraded', () => {
    const line = text(
      'verb="POST" URI="/exec/a/b/c" latency="1s" userAgent="" audit-ID="" srcIP="[fd00::7]:4321" hijacked=true\n',
    );
    assert.equal(parseLoggedRequest(line), {
      ...{ method: 'POST', uri: '/exec/a/b/c', userAgent: '', host: 'fd00::7' },
      status: undefined,
    });
  });

  test('are read from JSON', () => {
    const entry = {
      ...{ ts: 1764580899601.5, caller: 'httplog/httplog.go:135', msg: 'HTTP', v: 3 },
      ...{ verb: 'GET', URI: '/metrics', latency: '4ms', userAgent: 'vm"agent' },
      ...{ 'audit-ID': '', srcIP: '10.0.0.9:1', resp: 403 },
    };
    assert.equal(parseLoggedRequest(journal + JSON.stringify(entry)), {
      ...{ method: 'GET', uri: '/metrics', userAgent: 'vm"agent', host: '10.0.0.9', status: 403 },
    });
    const { verb: _, ...without } = entry;
    for (const other of [without, { ...entry, msg: 'other' }, { ...entry, srcIP: 7 }])
      assert.is(parseLoggedRequest(journal + JSON.stringify(other)), undefined);
    assert.is(parseLoggedRequest(`${journal}{"ts":1,"msg":"HTTP"`), undefined);
  });

  test('cannot be forged by a user agent or by text of an answer', () => {
    const forged = String.raw`x\" srcIP=\"10.9.9.9:1\" resp=200`;
    const line = text(
      `verb="GET" URI="/pods" latency="1ms" userAgent="${forged}" audit-ID="" srcIP="10.0.0.9:1" resp=403 addedInfo="srcIP=\\"10.9.9.9:1\\"" srcIP="10.8.8.8:1"`,
    );
    const found = parseLoggedRequest(line);
    assert.equal([found?.host, found?.status], ['10.0.0.9', 403]);
    assert.is(found?.userAgent, 'x" srcIP="10.9.9.9:1" resp=200');
  });

  for (const line of [
    '',
    `${journal}I1201 09:21:39.6 1 kubelet.go:7] "HTTP" verb="GET"`,
    text('verb="GET" URI="/pods" userAgent="x"'),
    text('verb="GET'),
    text('verb="GET" URI="/pods" userAgent="x" srcIP="10.0.0.9,status.phase=Failed:1" resp=200'),
    `${journal}"HTTP" verb="GET" URI="/" userAgent="" srcIP="10.0.0.9:1" resp=200`,
  ])
    test(`are absent in ${JSON.stringify(line.slice(-50))}`, () => {
      assert.is(parseLoggedRequest(line), undefined);
    });
});
