import * as assert from 'uvu/assert';
import type { RequestOptions } from '../../../src/commands/curl/request.ts';
import * as request from '../../../src/commands/curl/request.ts';
import { UsageFailure } from '../../../src/errors.ts';
import { endpointList } from '../../../src/kubelet/endpoints.ts';
import { fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { suite } from '../../kit/suite.ts';

const given = (options: Partial<RequestOptions>): RequestOptions => ({
  path: '/healthz',
  method: 'GET',
  headers: [],
  allowUnsafe: false,
  allNodesUnsafe: false,
  isFleet: false,
  ...options,
});

const parseRequest = (options: RequestOptions) =>
  request.parseRequest({ ...options, path: request.parsePath(options.path) });

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
    test(`PATH ${text} is ${path}`, () =>
      assert.is(parseRequest(given({ path: text, allowUnsafe: true })).path, path));

  test('a mistyped short name names the right one, and is sent only as a path', () => {
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
            () => request.parsePath(typed + query),
            /^unknown short name "[a-z]+"; did you mean [a-z]+\?$/i,
          );
          const path = `/${typed}${query}`;
          assert.is(parseRequest(given({ path, allowUnsafe: true })).path, path);
        },
      ),
      runs(1000),
    );
  });

  test('the method is GET, POST with a body, or as given in upper case', () => {
    const method = (options: Partial<Parameters<typeof request.methodOf>[0]>) =>
      request.methodOf({ head: false, method: '', data: [], ...options });
    assert.is(method({}), 'GET');
    assert.is(method({ data: ['x'] }), 'POST');
    assert.is(method({ method: 'head', data: ['x'] }), 'head');
    assert.is(parseRequest(given({ method: 'head' })).method, 'HEAD');
    assert.is(method({ head: true }), 'HEAD');
  });

  test('headers have names in lower case, and all values of one that is repeated', () =>
    assert.equal(parseRequest(given({ headers: ['Accept: a', 'X-B:1', 'accept:  b '] })).headers, {
      accept: ['a', 'b'],
      'x-b': ['1'],
    }));

  test('Host is one value', () => {
    assert.equal(parseRequest(given({ headers: ['Host: a'] })).headers, { host: 'a' });
    assert.throws(
      () => parseRequest(given({ headers: ['Host: a', 'host: b'] })),
      (error: unknown) =>
        error instanceof UsageFailure &&
        error.message === 'a request can have only one Host header',
    );
  });

  for (const [title, options, message] of [
    ['a URL', { path: 'https://u:secret@host/' }, 'PATH must be a path, not a URL'],
    [
      'a header without a colon',
      { headers: ['Authorization secret'] },
      'invalid --header value: must be "Name: value"',
    ],
    [
      'a header with a line end',
      { headers: ['X: secret\nY: b'] },
      'invalid --header value: must be "Name: value"',
    ],
    [
      'a path that runs code',
      { path: 'exec/a/b/c' },
      'GET /exec/a/b/c runs code or changes something on the node (stream: use kubectl kubeletaccess exec)',
    ],
    [
      'a short name that sets something',
      { path: 'loglevel', method: 'put' },
      'PUT /debug/flags/v runs code or changes something on the node (sets the log level to the body)',
    ],
    [
      'to send to several nodes what runs code',
      { path: '/run/a/b/c', method: 'POST', allowUnsafe: true, isFleet: true },
      'POST /run/a/b/c runs code or changes something on the node (runs ?cmd= and prints its output), and is not sent to several nodes',
    ],
    [
      '--all-nodes-unsafe alone',
      { allNodesUnsafe: true },
      '--all-nodes-unsafe requires --allow-unsafe',
    ],
  ] as const)
    test(`rejects ${title}, and repeats no secret`, () =>
      assert.throws(
        () => parseRequest(given(options)),
        (error: unknown) => error instanceof UsageFailure && error.message === message,
      ));

  test('sends to several nodes what runs code with --all-nodes-unsafe', () =>
    assert.is(
      parseRequest(
        given({
          ...{ path: '/run/a/b/c', method: 'POST', isFleet: true },
          ...{ allowUnsafe: true, allNodesUnsafe: true },
        }),
      ).path,
      '/run/a/b/c',
    ));

  test('refuses a path with a part that nothing fills in, but not such a query', () => {
    assert.throws(
      () => parseRequest(given({ path: '/containerLogs/{namespace}/web/c' })),
      (error: unknown) =>
        error instanceof UsageFailure &&
        error.message === 'PATH contains {namespace}: write what it stands for',
    );
    assert.is(parseRequest(given({ path: '/x?a={pod}' })).path, '/x?a={pod}');
  });

  test('sends what runs code with --allow-unsafe', () =>
    assert.equal(parseRequest(given({ path: '/run/a/b/c', method: 'POST', allowUnsafe: true })), {
      method: 'POST',
      path: '/run/a/b/c',
      headers: {},
    }));
});
