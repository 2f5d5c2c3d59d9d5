import * as assert from 'uvu/assert';
import { sourcesOf } from '../../../src/commands/logs/log-sources.ts';
import { pod } from '../../../src/objects.ts';
import { checkType } from '../../../src/schema.ts';
import { suite } from '../../kit/suite.ts';

suite('a container whose log is followed', (test) => {
  for (const [isOver, kind, exitCode, ofPod, own] of [
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
    test(`${isOver ? 'has ended for good' : 'starts again'}: ${kind}, exit code ${exitCode}, ${ofPod}, ${own}`, () => {
      const container = { name: 'x', ...(own && { restartPolicy: own }) };
      const status = { name: 'x', restartCount: 2, state: { terminated: { exitCode } } };
      const statuses = kind === 'containers' ? 'containerStatuses' : `${kind.slice(0, -1)}Statuses`;
      const [source] = sourcesOf(
        [
          {
            metadata: { name: 'web', namespace: 'default' },
            spec: { ...(ofPod && { restartPolicy: ofPod }), [kind]: [container] },
            status: { phase: 'Running', [statuses]: [status] },
          },
        ],
        { container: 'x', allContainers: false, isOne: false },
      );
      assert.equal([source?.instance, source?.isOver], [2, isOver]);
    });

  const rule = (operator: string, action = 'Restart') => ({
    restartPolicyRules: [{ action, exitCodes: { operator, values: [42, 43] } }],
  });
  for (const [isOver, title, exitCode, own, other] of [
    [false, 'a rule that lists its exit code', 42, rule('In'), {}],
    [true, 'a rule that lists other exit codes', 1, rule('In'), {}],
    [false, 'a rule that does not except its exit code', 1, rule('NotIn'), {}],
    [true, 'a rule that excepts its exit code', 43, rule('NotIn'), {}],
    [true, 'a rule of an operator that no version has', 42, rule('Near'), {}],
    [true, 'a rule of another container', 42, {}, rule('In')],
    [false, 'another container that may restart all', 0, {}, rule('In', 'RestartAllContainers')],
  ] as const)
    test(`${isOver ? 'has ended for good' : 'starts again'}: Never, exit code ${exitCode}, ${title}`, () => {
      const policy = { restartPolicy: 'Never' };
      const { decoded } = checkType(pod, {
        metadata: { name: 'web', namespace: 'default' },
        spec: {
          containers: [
            { name: 'x', ...policy, ...own },
            { name: 'y', ...policy, ...other },
          ],
        },
        status: {
          phase: 'Running',
          containerStatuses: [{ name: 'x', state: { terminated: { exitCode } } }],
        },
      });
      const choice = { container: 'x', allContainers: false, isOne: false };
      assert.is(sourcesOf([decoded?.value ?? []].flat(), choice)[0]?.isOver, isOver);
    });
});
