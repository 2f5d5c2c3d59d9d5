import * as assert from 'uvu/assert';
import { unsafeEndpoint } from '../../src/kubelet/unsafe-request.ts';
import { suite } from '../kit/suite.ts';

suite('unsafe requests', (test) => {
  for (const [method, path] of [
    ['POST', '/run/a/b/c?cmd=id'],
    ['GET', '/exec/a/b/c'],
    ['GET', '//exec/a/b/c'],
    ['GET', '/%65xec/a/b/c'],
    ['GET', '/%2565xec/a/b/c'],
    ['GET', '/%2Fexec/a/b/c'],
    ['GET', '/x/../exec/a/b/c'],
    ['GET', '/./exec/a'],
    ['GET', '/attach/a/b/c'],
    ['GET', '/portForward/a/b'],
    ['POST', '/checkpoint/a/b/c'],
    ['PUT', '/debug/flags/v'],
    ['PUT', '/debug//flags/v'],
  ] as const)
    test(`${method} ${path} is unsafe`, () => assert.ok(unsafeEndpoint(method, path)));

  for (const [method, path] of [
    ['GET', '/stats/summary'],
    ['GET', '/runningpods/'],
    ['GET', '/debug/flags/v'],
    ['GET', '/logs/exec'],
    ['GET', '/executor'],
    ['GET', '/logs/%zz'],
  ] as const)
    test(`${method} ${path} is harmless`, () => assert.not(unsafeEndpoint(method, path)));
});
