import * as assert from 'uvu/assert';
import { lastEnd, podState } from '../../../src/kubelet/bodies/pod-state.ts';
import type { ContainerStatus, PodStatus } from '../../../src/kubelet/bodies/pods.ts';
import { suite } from '../../kit/suite.ts';

const running = { ready: true, restartCount: 1, state: { running: {} } };
const unready = { ...running, ready: false };
const completed = { restartCount: 1, state: { terminated: { exitCode: 0, reason: 'Completed' } } };
const failed = { restartCount: 1, state: { terminated: { exitCode: 1, reason: 'Error' } } };
const waiting = (reason?: string): ContainerStatus => ({ state: { waiting: { reason } } });
const isReady = { conditions: [{ type: 'Ready', status: 'True' }] };
const isInitialized = { conditions: [{ type: 'Initialized', status: 'True' }] };

/** Returns the text of kubectl get pods for a pod with `containers` containers, a sidecar and an init container. */
function shown(status: PodStatus, metadata: object = {}, containers = 2): string | undefined {
  const state = podState({
    metadata: { name: 'p', namespace: 's', ...metadata },
    spec: {
      containers: Array.from({ length: containers }, (_, index) => ({ name: `c${index}` })),
      initContainers: [{ name: 'proxy', restartPolicy: 'Always' }, { name: 'init' }],
    },
    status,
  });
  return state && `${state.readyContainers}/${state.containers} ${state.status} ${state.restarts}`;
}

const main = (...containerStatuses: readonly ContainerStatus[]): PodStatus => ({
  phase: 'Running',
  containerStatuses: [...containerStatuses],
});
const init = (...initContainerStatuses: readonly ContainerStatus[]): PodStatus => ({
  phase: 'Pending',
  initContainerStatuses: [...initContainerStatuses],
});
const proxy = { name: 'proxy', started: true };
const deleted = { deletionTimestamp: '2026-01-01T00:00:00Z' };

suite('the state of a pod', (test) => {
  // The expected states come from printPod of Kubernetes and from its tests.
  const states: readonly (readonly [
    title: string,
    shown: string | undefined,
    status: PodStatus,
  ])[] = [
    ['is its phase', '0/3 Pending 0', { phase: 'Pending' }],
    ['is its reason', '0/3 Evicted 0', { phase: 'Failed', reason: 'Evicted' }],
    ['is undefined without a status', undefined, {}],
    ['has counts without a phase', '1/3 undefined 1', { containerStatuses: [running] }],
    ['is Running if its containers run', '2/3 Running 2', main(running, running)],
    ['counts only the ready containers', '1/3 Running 2', main(running, unready)],
    [
      'is the reason for which a container waits',
      '1/3 CrashLoopBackOff 1',
      main(running, waiting('CrashLoopBackOff')),
    ],
    ['is Running if a container waits without a reason', '1/3 Running 1', main(running, waiting())],
    [
      'is the reason of the first container that waits',
      '0/3 A 0',
      main(waiting('A'), waiting('B')),
    ],
    [
      'is Completed if all its containers have completed',
      '0/3 Completed 2',
      main(completed, completed),
    ],
    ['is Error if a container has failed', '0/3 Error 2', main(completed, failed)],
    [
      'is Running if a container has completed and the pod is ready',
      '1/3 Running 2',
      { ...main(completed, running), ...isReady },
    ],
    [
      'is NotReady if a container has completed and the pod is not ready',
      '1/3 NotReady 2',
      main(completed, running),
    ],
    [
      'is Error if a container has failed, even if another container runs',
      '1/3 Error 3',
      main(completed, failed, running),
    ],
    [
      'has the signal that ended a container',
      '0/3 Signal:9 0',
      main({ state: { terminated: { exitCode: 137, signal: 9 } } }),
    ],
    [
      'has the exit code of a container that ended without a reason',
      '0/3 ExitCode:2 0',
      main({ state: { terminated: { exitCode: 2 } } }),
    ],
    [
      'counts the init containers before they start',
      '0/3 Init:0/2 0',
      init(waiting('PodInitializing')),
    ],
    [
      'has the reason for which an init container waits',
      '0/3 Init:ErrImagePull 0',
      init(waiting('ErrImagePull')),
    ],
    ['is Init:Error if an init container has failed', '0/3 Init:Error 1', init(failed)],
    [
      'has the signal that ended an init container',
      '0/3 Init:Signal:9 0',
      init({ state: { terminated: { exitCode: 137, signal: 9 } } }),
    ],
    [
      'has the exit code of an init container that ended without a reason',
      '0/3 Init:ExitCode:7 0',
      init({ state: { terminated: { exitCode: 7 } } }),
    ],
    [
      'counts a started sidecar as initialized',
      '1/3 Init:1/2 3',
      init({ ...running, ...proxy }, { restartCount: 2, state: { running: {} } }),
    ],
    [
      'does not count a sidecar that has not started',
      '0/3 Init:0/2 1',
      init({ ...running, ...proxy, started: false }),
    ],
    [
      'counts restarts of sidecars and containers after initialization',
      '3/3 Running 3',
      { ...main(running, running), ...init({ ...running, ...proxy }, completed), phase: 'Running' },
    ],
    [
      'includes its containers while the pod is initialized again',
      '1/3 CrashLoopBackOff 1',
      { ...init(waiting()), ...main(running, waiting('CrashLoopBackOff')), ...isInitialized },
    ],
  ];
  for (const [title, expected, status] of states)
    test(title, () => assert.is(shown(status), expected));

  test('is Terminating during deletion, unless the pod has ended or its node is lost', () => {
    assert.is(shown(main(running, running), deleted), '2/3 Terminating 2');
    assert.is(shown({ phase: 'Succeeded' }, deleted), '0/3 Succeeded 0');
    assert.is(shown({ phase: 'Running', reason: 'NodeLost' }, deleted), '0/3 Unknown 0');
  });
});

suite('the last end of containers', (test) => {
  const at = (exitCode: number, finishedAt: string) => ({
    terminated: { exitCode, reason: 'Error', finishedAt },
  });
  const [old, recent] = ['2026-01-01T00:00:00+01:00', '2026-01-01T00:00:00Z'];
  const endOf = (...statuses: readonly ContainerStatus[]) => lastEnd(statuses)?.exitCode;
  test('is the newest of all, also of a container that has just failed', () => {
    assert.is(endOf({ lastState: at(1, old) }, { lastState: at(2, recent) }), 2);
    assert.is(endOf({ state: at(1, recent), lastState: at(2, old) }), 1);
    assert.is(endOf({ lastState: at(0, recent) }), 0);
  });
  test('is not that of a container that has done its work', () =>
    assert.is(endOf({ state: at(0, recent) }, { lastState: at(2, old) }), 2));
  test('has no time if the runtime has lost it', () =>
    assert.equal(lastEnd([{ name: 'a', lastState: at(137, '0001-01-01T00:00:00Z') }]), {
      ...{ container: 'a', reason: 'Error', exitCode: 137, time: undefined },
    }));
});
