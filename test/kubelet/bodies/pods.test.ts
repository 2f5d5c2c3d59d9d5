import * as assert from 'uvu/assert';
import { parsePods } from '../../../src/kubelet/bodies/pods.ts';
import { suite } from '../../kit/suite.ts';
import { bodyText } from './read-bodies.ts';

suite('a body of /pods', (test) => {
  test('gives pods by their uid', () => {
    const names = [...(parsePods(bodyText('pods')).decoded?.value ?? [])].map(
      ([uid, { metadata }]) => [uid.length, metadata.name] as const,
    );
    assert.equal(names.sort(), [
      [36, 'busy'],
      [36, 'writer-66b6c48dd5-x2v8q'],
    ]);
  });

  test('is read even if the node has no pods', () => {
    assert.is(parsePods('{"kind":"PodList","items":null}').decoded?.value.size, 0);
  });

  const others: readonly (readonly [body: string, problem: string])[] = [
    ['<html>', 'not JSON'],
    ['{}', 'kind is missing'],
    ['[]', 'it: expected object, got array'],
    ['{"kind":"Status","status":"Failure"}', 'kind: expected "PodList", got string'],
    ['{"kind":"PodList","items":[{}]}', 'items[0].metadata is missing'],
  ];
  for (const [body, problem] of others)
    test(`is invalid: ${body}`, () =>
      assert.equal(parsePods(body), { problem: `no list of pods: ${problem}` }));
});
