import * as assert from 'uvu/assert';
import { flagRows, healthCheckRows } from '../../../src/commands/get/health-views.ts';
import { kubeletStatusRow } from '../../../src/commands/get/statusz.ts';
import { parseFlagz } from '../../../src/kubelet/bodies/flagz.ts';
import { parseStatusz } from '../../../src/kubelet/bodies/statusz.ts';
import { suite } from '../../kit/suite.ts';
import { reported, textOf } from '../../kubelet/bodies/read-bodies.ts';

suite('health checks of a kubelet', (test) => {
  for (const [version, names] of [
    ['1.31', ['ping', 'log', 'syncloop']],
    ['1.37', ['ping', 'log', 'syncloop', 'device-plugin']],
  ] as const)
    test(`are read from a recorded body of ${version}`, () =>
      assert.equal(
        healthCheckRows('n', textOf(`healthz-${version}.txt`))?.map(reported),
        names.map((check) => ({ node: 'n', check, result: 'ok', healthy: true })),
      ));

  test('include failed checks and checks that the request excludes', () => {
    const body = `[+]ping excluded: ok
[-]log failed: reason withheld
[+]syncloop ok
warn: some health checks cannot be excluded: no matches for "x"
healthz check failed
`;
    assert.equal(healthCheckRows('n', body)?.map(reported), [
      { node: 'n', check: 'ping', result: 'excluded' },
      { node: 'n', check: 'log', result: 'failed', healthy: false, reason: 'reason withheld' },
      { node: 'n', check: 'syncloop', result: 'ok', healthy: true },
    ]);
  });

  for (const body of ['', 'ok', '<html>', '[+]', '[+] ok', '{"kind":"Status"}', 'x'.repeat(1e6)])
    test(`are not found in ${JSON.stringify(body.slice(0, 20))}`, () => {
      assert.is(healthCheckRows('n', body), undefined);
    });
});

suite('the status of a kubelet', (test) => {
  const row = (body: string) => {
    const { decoded, problem } = parseStatusz(body);
    return decoded ? reported(kubeletStatusRow('n', decoded.value)) : problem;
  };
  const expected = {
    node: 'n',
    version: '1.37.2',
    emulationVersion: '1.37',
    goVersion: 'go1.26.8',
    uptimeSeconds: 27,
    startTime: '2026-11-26T08:24:31Z',
    paths: '/configz /debug /flagz /healthz /metrics',
  };

  test('is read from JSON', () => assert.equal(row(textOf('statusz-1.37.json')), expected));
  test('is read from text', () => assert.equal(row(textOf('statusz-1.37.txt')), expected));

  test('is read from text with any separator after the names', () => {
    for (const sign of [' ', '=', ': ', ':'])
      assert.equal(
        row(textOf('statusz-1.37.txt').replaceAll(/^(\w[\w ]+): /gm, `$1${sign}`)),
        expected,
        sign,
      );
  });

  test('contains only reported fields', () => {
    assert.equal(row('{"kind":"Statusz"}'), { node: 'n' });
    assert.equal(row('Up: 1000 hr 59 min 01 sec'), { node: 'n', uptimeSeconds: 3_603_541 });
    assert.equal(row('{"kind":"Statusz","uptimeSeconds":-1,"startTime":"soon","paths":[]}'), {
      node: 'n',
      startTime: 'soon',
    });
  });

  for (const [body, problem] of [
    ['', 'no statusz'],
    ['<html>', 'no statusz'],
    ['{', 'no statusz: not JSON'],
    ['{"kind":"Status"}', 'no statusz: kind: expected "Statusz", got string'],
    ['{"kind":"Statusz","paths":"x"}', 'no statusz: paths: expected array, got string'],
    [
      '{"kind":"Statusz","uptimeSeconds":"1"}',
      'no statusz: uptimeSeconds: expected number, got string',
    ],
  ] as const)
    test(`cannot be read from ${body}`, () => assert.is(row(body), problem));
});

suite('the flags of a kubelet', (test) => {
  const flags = (body: string) => {
    const { decoded, problem } = parseFlagz(body);
    return decoded ? decoded.value : problem;
  };
  const json = flags(textOf('flagz-1.37.json'));

  test('are read from JSON', () => {
    const rows = flagRows('n', json as Readonly<Record<string, string>>);
    assert.is(rows.length, 11);
    for (const [flag, value] of [
      ['anonymous-auth', 'true'],
      ['bootstrap-kubeconfig', ''],
      ['hostname-override', 'node-1'],
    ])
      assert.equal(rows.find((each) => each.flag === flag)?.value, value);
  });

  test('are read from text with any separator after the names', () => {
    for (const sign of [':', ': ', '=', ' '])
      assert.equal(
        flags(textOf('flagz-1.37.txt').replaceAll(/^([a-z][\w.-]*):(?! )/gm, `$1${sign}`)),
        json,
        sign,
      );
  });

  for (const [body, problem] of [
    ['', 'no flagz'],
    ['a:b\n', 'no flagz'],
    ['<html>', 'no flagz'],
    ['{', 'no flagz: not JSON'],
    ['{"kind":"Flagz","flags":[]}', 'no flagz: flags: expected object, got array'],
    ['{"kind":"Flagz","flags":{"a":1}}', 'no flagz: flags.a: expected string, got number'],
  ] as const)
    test(`cannot be read from ${JSON.stringify(body)}`, () => assert.is(flags(body), problem));

  test('are empty if the kubelet reports no flags', () => {
    assert.equal(flags('{"kind":"Flagz"}'), {});
    assert.equal(flags('\nkubelet flagz\nWarning: words\n'), {});
  });
});
