import * as assert from 'uvu/assert';
import { podState } from '../../../src/kubelet/bodies/pod-state.ts';
import type { ContainerStatus, PodStatus } from '../../../src/kubelet/bodies/pods.ts';
import { suite } from '../../kit/suite.ts';

const running = { ready: true, restartCount: 1, state: { running: {} } };
const unready = { ...running, ready: false };
const completed = { restartCount: 1, state: { terminated: { exitCode: 0, reason: 'Completed' } } };
const failed = { restartCount: 1, state: { terminated: { exitCode: 1, reason: 'Error' } } };
const waiting = (reason?: string): ContainerStatus => ({ state: { waiting: { reason } } });
const isReady = { conditions: [{ type: 'Ready', status: 'True' }] };
const isInitialized = { conditions: [{ type: 'Initialized', status: 'True' }] };

/** Of a pod with as many containers, a sidecar and an init container: what kubectl get pods prints. */
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
  // As printPod and its tests have them.
  const states: readonly (readonly [
    title: string,
    shown: string | undefined,
    status: PodStatus,
  ])[] = [
    ['by its phase', '0/3 Pending 0', { phase: 'Pending' }],
    ['by its reason', '0/3 Evicted 0', { phase: 'Failed', reason: 'Evicted' }],
    ['without a status', undefined, {}],
    ['without a phase', '1/3 undefined 1', { containerStatuses: [running] }],
    ['that runs', '2/3 Running 2', main(running, running)],
    ['that is not ready', '1/3 Running 2', main(running, unready)],
    ['of which one waits', '1/3 CrashLoopBackOff 1', main(running, waiting('CrashLoopBackOff'))],
    ['of which one waits without a reason', '1/3 Running 1', main(running, waiting())],
    ['of which the first says why', '0/3 A 0', main(waiting('A'), waiting('B'))],
    ['that ended', '0/3 Completed 2', main(completed, completed)],
    ['of which one failed', '0/3 Error 2', main(completed, failed)],
    ['of which one ended', '1/3 Running 2', { ...main(completed, running), ...isReady }],
    ['that ended and is not ready', '1/3 NotReady 2', main(completed, running)],
    ['of which one failed and one runs', '1/3 Error 3', main(completed, failed, running)],
    [
      'that a signal ended',
      '0/3 Signal:9 0',
      main({ state: { terminated: { exitCode: 137, signal: 9 } } }),
    ],
    ['with an exit code', '0/3 ExitCode:2 0', main({ state: { terminated: { exitCode: 2 } } })],
    ['that starts', '0/3 Init:0/2 0', init(waiting('PodInitializing'))],
    ['of which an init container waits', '0/3 Init:ErrImagePull 0', init(waiting('ErrImagePull'))],
    ['of which an init container failed', '0/3 Init:Error 1', init(failed)],
    [
      'of which an init container was killed',
      '0/3 Init:Signal:9 0',
      init({ state: { terminated: { exitCode: 137, signal: 9 } } }),
    ],
    [
      'of which an init container exited',
      '0/3 Init:ExitCode:7 0',
      init({ state: { terminated: { exitCode: 7 } } }),
    ],
    [
      'of which a sidecar started',
      '1/3 Init:1/2 3',
      init({ ...running, ...proxy }, { restartCount: 2, state: { running: {} } }),
    ],
    [
      'of which a sidecar does not start',
      '0/3 Init:0/2 1',
      init({ ...running, ...proxy, started: false }),
    ],
    [
      'that was initialized: restarts are those of sidecars and containers',
      '3/3 Running 3',
      { ...main(running, running), ...init({ ...running, ...proxy }, completed), phase: 'Running' },
    ],
    [
      'that is initialized again, with its containers',
      '1/3 CrashLoopBackOff 1',
      { ...init(waiting()), ...main(running, waiting('CrashLoopBackOff')), ...isInitialized },
    ],
  ];
  for (const [title, expected, status] of states)
    test(title, () => assert.is(shown(status), expected));

  test('that is deleted', () => {
    assert.is(shown(main(running, running), deleted), '2/3 Terminating 2');
    assert.is(shown({ phase: 'Succeeded' }, deleted), '0/3 Succeeded 0');
    assert.is(shown({ phase: 'Running', reason: 'NodeLost' }, deleted), '0/3 Unknown 0');
  });
});
