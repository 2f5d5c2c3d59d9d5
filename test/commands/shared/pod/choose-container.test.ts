import * as assert from 'uvu/assert';
import { chooseContainer } from '../../../../src/commands/shared/pod/choose-container.ts';
import { Failure } from '../../../../src/errors.ts';
import type { Pod } from '../../../../src/objects.ts';
import { suite } from '../../../kit/suite.ts';

const pod = (
  containers: readonly string[],
  more: Partial<Pod['spec']> = {},
  chosen?: string,
): Pod => ({
  metadata: {
    ...{ name: 'web', namespace: 'ns' },
    ...(chosen !== undefined && {
      annotations: { 'kubectl.kubernetes.io/default-container': chosen },
    }),
  },
  spec: { containers: containers.map((name) => ({ name })), ...more },
});

suite('the container of a pod', (test) => {
  const init = { initContainers: [{ name: 'init' }], ephemeralContainers: [{ name: 'debug' }] };
  for (const [title, given, wanted, expected, all] of [
    ['the only container', pod(['a'], init), '', 'a'],
    ['the default container', pod(['a', 'b'], init, 'b'), '', 'b'],
    [
      'the first of several, as kubectl chooses',
      pod(['a', 'b'], init),
      '',
      'a',
      'a, b, init, debug',
    ],
    [
      'the first if the default container does not exist',
      pod(['a', 'b'], {}, 'c'),
      '',
      'a',
      'a, b',
    ],
    ['the named one of several containers', pod(['a', 'b']), 'b', 'b'],
    ['the named init container', pod(['a'], init), 'init', 'init'],
    ['the named ephemeral container', pod(['a'], init), 'debug', 'debug'],
  ] as const)
    test(`is ${title}`, () => {
      const notes: string[] = [];
      assert.is(
        chooseContainer(given, wanted, (text) => notes.push(text)),
        expected,
      );
      const told = all === undefined ? [] : [`defaulted container "${expected}" out of: ${all}`];
      assert.equal(notes, told);
    });

  for (const [given, wanted, message, hint] of [
    [pod([]), '', 'pod ns/web has no container', undefined],
    [
      pod(['app'], init),
      'apq',
      'pod ns/web has no container apq, only app, init, debug',
      'did you mean: --container app?',
    ],
  ] as const)
    test(`cannot be chosen: ${message}`, () =>
      assert.throws(
        () => chooseContainer(given, wanted, () => {}),
        (error: unknown) =>
          error instanceof Failure && error.message === message && error.hints[0] === hint,
      ));
});
