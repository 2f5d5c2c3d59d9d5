import * as assert from 'uvu/assert';
import { kubeletAttributes } from '../../src/kubelet/authorization.ts';
import { endpointList } from '../../src/kubelet/endpoints.ts';
import { unsafeEndpoint } from '../../src/kubelet/unsafe-request.ts';
import { suite } from '../kit/suite.ts';

const minors = [31, 32, 33, 35, 36, Number.POSITIVE_INFINITY];

suite('kubelet endpoints', (test) => {
  for (const { path, probe, checks, methods, effect } of endpointList) {
    test(`${path} is authorized by the listed checks`, () => {
      const { subresources } = kubeletAttributes('GET', path, 31);
      assert.equal(subresources, Object.values(checks)[0]);
      const newest = kubeletAttributes('GET', path, Number.POSITIVE_INFINITY).subresources;
      assert.equal(newest, Object.values(checks).at(-1));
    });

    if (effect !== 'none')
      test(`${path} needs --allow-unsafe for each of its methods`, () => {
        assert.not.equal(methods, 'any');
        for (const method of methods) assert.ok(unsafeEndpoint(method, path));
      });

    if (probe !== undefined)
      test(`${probe} is authorized by the same checks as ${path}`, () => {
        for (const minor of minors)
          assert.equal(
            kubeletAttributes('GET', probe, minor),
            kubeletAttributes('GET', path, minor),
          );
      });
  }

  test('no path is listed twice', () => {
    const paths = endpointList.map(({ path }) => path);
    assert.equal(paths, [...new Set(paths)]);
  });

  test('a path has a short name if it has no placeholder', () => {
    for (const { path, shortName, shortPath = path } of endpointList)
      assert.is(shortName === undefined, /[{}]/.test(shortPath), path);
  });
});
