import * as assert from 'uvu/assert';
import {
  checkSafety,
  parseHeaders,
  parsePath,
  requestMethod,
} from '../../../src/commands/curl/request.ts';
import { endpointList } from '../../../src/kubelet/endpoints.ts';
import { fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { suite } from '../../kit/suite.ts';

suite('the request of curl', (test) => {
  for (const [text, path] of [
    ['/healthz', '/healthz'],
    ['healthz', '/healthz'],
    ['summary', '/stats/summary'],
    ['summary?only_cpu_and_memory=true', '/stats/summary?only_cpu_and_memory=true'],
    ['cadvisor', '/metrics/cadvisor'],
    ['runningpods', '/runningpods/'],
    ['metrics/slis', '/metrics/slis'],
    ['/summary', '/summary'],
    ['summary/x', '/summary/x'],
    ['/summaryx', '/summaryx'],
    ['nothing-like-it', '/nothing-like-it'],
    ['logs', '/logs/'],
    ['logs?query=kubelet&tailLines=5', '/logs/?query=kubelet&tailLines=5'],
    ['logs/syslog', '/logs/syslog'],
    ['containerLogs', '/containerLogs'],
    ['containerLogs/ns/pod/c?tail=1', '/containerLogs/ns/pod/c?tail=1'],
    ['pprof', '/pprof'],
    ['stats', '/stats'],
    ['exec', '/exec'],
    ['healthz?verbose#x', '/healthz?verbose'],
    ['/logs/a b/é%20', '/logs/a%20b/%C3%A9%20'],
    ['//logs//x', '//logs//x'],
  ] as const)
    test(`PATH ${text} is ${path}`, () => assert.is(parsePath(text), path));

  test('a mistyped short name is rejected with the right name, but a mistyped path is accepted', () => {
    const names = endpointList.flatMap(({ shortName }) => shortName ?? []);
    const firsts = endpointList.map(({ path }) => path.split('/')[1]);
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.nat(20),
        fc.constantFrom('', 'x', 'q'),
        fc.boolean(),
        fc.constantFrom('', '?a=b'),
        (name, at, letter, isReplaced, query) => {
          const index = at % name.length;
          const typed =
            name.slice(0, index) +
            letter +
            name.slice(index + (isReplaced || letter === '' ? 1 : 0));
          fc.pre(typed.length > 2 && !names.includes(typed) && !firsts.includes(typed));
          assert.throws(
            () => parsePath(typed + query),
            /^unknown short name "[a-z]+"; did you mean [a-z]+\?$/i,
          );
          const path = `/${typed}${query}`;
          assert.is(parsePath(path), path);
        },
      ),
      runs(1000),
    );
  });

  test('the method is GET, POST with a body, or as given in upper case', () => {
    const method = (options: Partial<Parameters<typeof requestMethod>[0]>) =>
      requestMethod({ method: '', data: [], ...options });
    assert.is(method({}), 'GET');
    assert.is(method({ data: ['x'] }), 'POST');
    assert.is(method({ method: 'put', data: ['x'] }), 'PUT');
  });

  test('headers have names in lower case, and a repeated header has all values', () =>
    assert.equal(parseHeaders(['Accept: a', 'X-B:1', 'accept:  b ']), {
      accept: ['a', 'b'],
      'x-b': ['1'],
    }));

  test('the Host header has a single value', () =>
    assert.equal(parseHeaders(['Host: a']), { host: 'a' }));

  test('a header with a line end is rejected, and not printed', () =>
    assert.throws(
      () => parseHeaders(['X: secret\nY: b']),
      /^invalid --header value: must be "Name: value"$/,
    ));

  test('headers that control the connection are rejected', () => {
    for (const name of 'Content-Length Trailer Transfer-Encoding upgrade Connection TE'.split(' '))
      assert.throws(() => parseHeaders([`${name}: x`]), 'it controls the connection');
  });

  test('a request that runs code goes to several nodes only with --allow-unsafe=all-nodes', () => {
    const send = (allowUnsafe: string | boolean) => () =>
      checkSafety('POST', '/run/a/b/c', allowUnsafe, true);
    assert.not.throws(send('all-nodes'));
    for (const one of [true, 'true']) assert.throws(send(one), /is not sent to several nodes/);
    for (const none of [false, 'false'])
      assert.throws(send(none), /runs code or changes something on the node/);
  });

  test('a query may contain braces', () => assert.is(parsePath('/x?a={pod}'), '/x?a={pod}'));
});
