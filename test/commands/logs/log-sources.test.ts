import * as assert from 'uvu/assert';
import { sourcesOf } from '../../../src/commands/logs/log-sources.ts';
import { suite } from '../../kit/suite.ts';

suite('a container whose log is followed', (test) => {
  for (const [isOver, kind, exitCode, pod, own] of [
    [false, 'containers', 0, 'Always', undefined],
    [false, 'containers', 0, undefined, undefined],
    [true, 'containers', 0, 'OnFailure', undefined],
    [false, 'containers', 1, 'OnFailure', undefined],
    [true, 'containers', 1, 'Never', undefined],
    [false, 'containers', 1, 'Never', 'Always'],
    [true, 'initContainers', 0, 'Always', undefined],
    [false, 'initContainers', 1, 'Always', undefined],
    [false, 'initContainers', 0, 'Always', 'Always'],
    [true, 'ephemeralContainers', 1, 'Always', undefined],
  ] as const)
    test(`${isOver ? 'has ended for good' : 'starts again'}: ${kind}, exit code ${exitCode}, ${pod}, ${own}`, () => {
      const container = { name: 'x', ...(own && { restartPolicy: own }) };
      const status = { name: 'x', restartCount: 2, state: { terminated: { exitCode } } };
      const statuses = kind === 'containers' ? 'containerStatuses' : `${kind.slice(0, -1)}Statuses`;
      const [source] = sourcesOf(
        [
          {
            metadata: { name: 'web', namespace: 'default' },
            spec: { ...(pod && { restartPolicy: pod }), [kind]: [container] },
            status: { phase: 'Running', [statuses]: [status] },
          },
        ],
        { container: 'x', allContainers: false, isOne: false },
      );
      assert.equal([source?.instance, source?.isOver], [2, isOver]);
    });
});
