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
    ['of running containers', '2/3 Running 2', main(running, running)],
    ['with a container that is not ready', '1/3 Running 2', main(running, unready)],
    [
      'with a container that waits',
      '1/3 CrashLoopBackOff 1',
      main(running, waiting('CrashLoopBackOff')),
    ],
    ['with a container that waits without a reason', '1/3 Running 1', main(running, waiting())],
    ['has the reason of the first container', '0/3 A 0', main(waiting('A'), waiting('B'))],
    ['of completed containers', '0/3 Completed 2', main(completed, completed)],
    ['with a failed container', '0/3 Error 2', main(completed, failed)],
    ['with a completed container', '1/3 Running 2', { ...main(completed, running), ...isReady }],
    ['with a completed container, and not ready', '1/3 NotReady 2', main(completed, running)],
    ['with a failed and a running container', '1/3 Error 3', main(completed, failed, running)],
    [
      'of a container ended by a signal',
      '0/3 Signal:9 0',
      main({ state: { terminated: { exitCode: 137, signal: 9 } } }),
    ],
    ['with an exit code', '0/3 ExitCode:2 0', main({ state: { terminated: { exitCode: 2 } } })],
    ['before its init containers', '0/3 Init:0/2 0', init(waiting('PodInitializing'))],
    ['with an init container that waits', '0/3 Init:ErrImagePull 0', init(waiting('ErrImagePull'))],
    ['with a failed init container', '0/3 Init:Error 1', init(failed)],
    [
      'with a killed init container',
      '0/3 Init:Signal:9 0',
      init({ state: { terminated: { exitCode: 137, signal: 9 } } }),
    ],
    [
      'with an init container that exited',
      '0/3 Init:ExitCode:7 0',
      init({ state: { terminated: { exitCode: 7 } } }),
    ],
    [
      'with a started sidecar',
      '1/3 Init:1/2 3',
      init({ ...running, ...proxy }, { restartCount: 2, state: { running: {} } }),
    ],
    [
      'with a sidecar that does not start',
      '0/3 Init:0/2 1',
      init({ ...running, ...proxy, started: false }),
    ],
    [
      'after initialization has restarts of sidecars and containers',
      '3/3 Running 3',
      { ...main(running, running), ...init({ ...running, ...proxy }, completed), phase: 'Running' },
    ],
    [
      'in another initialization includes its containers',
      '1/3 CrashLoopBackOff 1',
      { ...init(waiting()), ...main(running, waiting('CrashLoopBackOff')), ...isInitialized },
    ],
  ];
  for (const [title, expected, status] of states)
    test(title, () => assert.is(shown(status), expected));

  test('during deletion', () => {
    assert.is(shown(main(running, running), deleted), '2/3 Terminating 2');
    assert.is(shown({ phase: 'Succeeded' }, deleted), '0/3 Succeeded 0');
    assert.is(shown({ phase: 'Running', reason: 'NodeLost' }, deleted), '0/3 Unknown 0');
  });
});
