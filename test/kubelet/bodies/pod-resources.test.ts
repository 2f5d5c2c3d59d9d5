import * as assert from 'uvu/assert';
import {
  containerResources,
  containerResourcesInForce,
  podResource,
  podsResource,
  runningResources,
} from '../../../src/kubelet/bodies/pod-resources.ts';
import type { KubeletPod } from '../../../src/kubelet/bodies/pods.ts';
import { suite } from '../../kit/suite.ts';

/** Returns a container with this request and limit. */
const of = (amount?: string | number, more: object = {}) => ({
  name: 'c',
  ...more,
  ...(amount === undefined
    ? {}
    : { resources: { requests: { disk: amount }, limits: { disk: amount } } }),
});
const sidecar = (amount: string) => of(amount, { restartPolicy: 'Always' });

const podOf = (spec: KubeletPod['spec'], status?: KubeletPod['status']): KubeletPod => ({
  metadata: { name: 'p', namespace: 's' },
  spec,
  status,
});
/** Returns the request and the limit of a pod. */
const both = (pod: KubeletPod, resource: string) =>
  (['requests', 'limits'] as const).map((kind) => podResource(pod, kind, resource));
const amounts = (spec: KubeletPod['spec']) => both(podOf(spec), 'disk');

suite('resources of a pod', (test) => {
  test('are the sum over containers and sidecars', () => {
    const spec = { containers: [of('1Gi'), of(), of(5)], initContainers: [sidecar('2Ki')] };
    assert.equal(amounts(spec), [1_073_743_877, 1_073_743_877]);
  });

  test('are the resources of the largest init container if that container needs more than the sum', () => {
    assert.equal(amounts({ containers: [of('3')], initContainers: [of('7'), of('5')] }), [7, 7]);
    assert.equal(amounts({ containers: [of('9')], initContainers: [of('7')] }), [9, 9]);
  });

  test('add a sidecar to an init container only if the sidecar starts first', () => {
    assert.equal(
      amounts({ containers: [of('1')], initContainers: [sidecar('4'), of('10')] }),
      [14, 14],
    );
    assert.equal(
      amounts({ containers: [of('1')], initContainers: [of('10'), sidecar('4')] }),
      [10, 10],
    );
  });

  test('include the overhead, but have no limit if only the overhead is set', () => {
    assert.equal(amounts({ containers: [of('1')], overhead: { disk: '2' } }), [3, 3]);
    assert.equal(amounts({ containers: [of()], overhead: { disk: '2' } }), [2, undefined]);
    assert.equal(amounts({ containers: [of('0')], overhead: { disk: '2' } }), [2, 0]);
  });

  test('are undefined if no container has requests or limits', () => {
    assert.equal(amounts({ containers: [of()] }), [undefined, undefined]);
    assert.equal(amounts({}), [undefined, undefined]);
  });

  test('are the resources of the whole pod if its spec has them, except for disk', () => {
    const pod = podOf({
      containers: [{ name: 'c', resources: { requests: { cpu: '250m', disk: '5' } } }],
      resources: { requests: { cpu: '1', disk: '9' }, limits: { memory: '8' } },
      overhead: { cpu: '50m', memory: '1' },
    });
    assert.equal(both(pod, 'cpu'), [1050, undefined]);
    assert.is(podResource(pod, 'requests', 'disk'), 5);
    assert.is(podResource(pod, 'limits', 'memory'), 9);
  });

  test('are thousandths of a core for CPU', () => {
    const containers = [250, 100].map((milli) => ({
      name: `${milli}`,
      resources: { requests: { cpu: `${milli}m` } },
    }));
    assert.is(podResource(podOf({ containers }), 'requests', 'cpu'), 350);
  });

  const resized = (reason: string | undefined) => {
    const containers = [
      { name: 'a', resources: { requests: { cpu: '5' }, limits: { cpu: '6' } } },
      { name: 'b', resources: { requests: { cpu: '1' }, limits: { cpu: '2' } } },
    ];
    const resources = { requests: { cpu: '2' }, limits: { cpu: '4' } };
    const status = {
      conditions: reason === undefined ? [] : [{ type: 'PodResizePending', reason }],
      containerStatuses: [
        { name: 'a', allocatedResources: { cpu: '3' }, resources },
        { name: 'b' },
      ],
    };
    return both(podOf({ containers }, status), 'cpu');
  };

  test('are the largest of spec, allocated and actual amounts while a container is resized', () => {
    assert.equal(resized(undefined), [6000, 8000]);
    assert.equal(resized('Deferred'), [6000, 8000]);
  });

  // As in helpers.go of Kubernetes, a container that has no resources in its status does not count if the resize is infeasible.
  test('do not depend on the spec if the node can never do the resize', () =>
    assert.equal(resized('Infeasible'), [3000, 4000]));

  test('are the largest of spec, allocated and actual amounts while a whole pod is resized', () => {
    const spec = { resources: { requests: { memory: '5' }, limits: { memory: '6' } } };
    const resized = (reason: string) =>
      podOf(spec, {
        conditions: [{ type: 'PodResizePending', reason }],
        allocatedResources: { memory: '3' },
        resources: { requests: { memory: '2' }, limits: { memory: '9' } },
      });
    assert.equal(both(resized('Deferred'), 'memory'), [5, 9]);
    assert.equal(both(resized('Infeasible'), 'memory'), [3, 9]);
  });

  test('runningResources() leaves out init containers that have ended', () => {
    const of = (memory: string) => ({ resources: { limits: { memory }, requests: { memory } } });
    const spec = {
      containers: [{ name: 'a', ...of('10') }],
      initContainers: [
        { name: 'i', ...of('40') },
        { name: 's', restartPolicy: 'Always', ...of('5') },
      ],
      overhead: { memory: '1' },
    };
    const pod = podOf(spec);
    for (const kind of ['requests', 'limits'] as const)
      assert.equal(
        [podResource(pod, kind, 'memory'), runningResources(pod)(kind, 'memory')],
        [41, 16],
      );
    const resized = {
      ...pod,
      status: { containerStatuses: [{ name: 'a', resources: { limits: { memory: '20' } } }] },
    };
    assert.is(runningResources(resized)('limits', 'memory'), 26);
  });

  test('runningResources() has a limit only if each container and each sidecar has a limit', () => {
    const limited = (spec: KubeletPod['spec']) => runningResources(podOf(spec))('limits', 'memory');
    const limit = { resources: { limits: { memory: '1' } } };
    assert.ok(limited({ containers: [{ name: 'a', ...limit }], initContainers: [{ name: 'i' }] }));
    assert.ok(limited({ containers: [{ name: 'a' }], ...limit }));
    for (const spec of [
      { containers: [{ name: 'a', ...limit }, { name: 'b' }] },
      {
        containers: [{ name: 'a', ...limit }],
        initContainers: [{ name: 's', restartPolicy: 'Always' }],
      },
      { containers: [{ name: 'a', resources: { limits: { memory: '0' } } }] },
    ])
      assert.not.ok(limited(spec));
  });

  test('runningResources() has the init container that runs, with the sidecars before it, in place of the containers that wait', () => {
    const of = (name: string, limit: string, more: object = {}) => ({
      ...{ name, ...more },
      resources: { limits: { memory: limit } },
    });
    const always = { restartPolicy: 'Always' };
    const spec = {
      containers: [of('a', '10')],
      initContainers: [of('i', '40'), of('s', '5', always), of('j', '20'), of('t', '1', always)],
    };
    const running = { state: { running: {} } };
    const done = { state: { terminated: { exitCode: 0 } } };
    const limitOf = (initialized: string | undefined, ...states: readonly object[]) =>
      runningResources(
        podOf(spec, {
          conditions:
            initialized === undefined ? [] : [{ type: 'Initialized', status: initialized }],
          containerStatuses: [{ name: 'a', state: { waiting: {} } }],
          initContainerStatuses: states.map((state, index) => ({
            name: ['i', 's', 'j', 't'][index],
            ...state,
          })),
        }),
      )('limits', 'memory');
    assert.is(limitOf('False', running, {}, {}, {}), 40);
    assert.is(limitOf('False', done, running, running, {}), 25);
    assert.is(limitOf(undefined, done, running, running, {}), 25);
    assert.is(limitOf('False', done, running, { state: { terminated: { exitCode: 1 } } }, {}), 25);
    assert.is(limitOf('False', done, running, done, running), 16);
    assert.is(limitOf('True', running, running, running, running), 16);
  });

  test('runningResources() has the overhead as a request, but not as the only limit', () => {
    const pod = podOf({ containers: [{ name: 'a' }], overhead: { memory: '7' } });
    const amountOf = runningResources(pod);
    assert.equal([amountOf('requests', 'memory'), amountOf('limits', 'memory')], [7, undefined]);
  });

  test('are rounded once', () => {
    const container = { resources: { requests: { memory: '1500m' } } };
    const containers = [
      { name: 'a', ...container },
      { name: 'b', ...container },
    ];
    const pod = podOf({ containers });
    assert.is(podResource(pod, 'requests', 'memory'), 3);
    assert.is(runningResources(pod)('requests', 'memory'), 3);
    const one = podOf({ containers: containers.slice(1) });
    assert.is(podsResource([one, one], 'requests', 'memory'), 3);
    const huge = { name: 'c', resources: { requests: { memory: '8Ei' } } };
    assert.is(podResource(podOf({ containers: [huge] }), 'requests', 'memory'), 2n ** 63n - 1n);
  });

  test('of containers add up to those of the pod, also while a resize is deferred', () => {
    const of = (memory: string) => ({ limits: { memory }, requests: { memory } });
    const [a, b] = [
      { name: 'a', resources: of('9') },
      { name: 'b', resources: of('1') },
    ];
    const pod = podOf(
      { containers: [a, b] },
      {
        conditions: [{ type: 'PodResizePending', reason: 'Deferred' }],
        containerStatuses: [{ name: 'a', resources: of('4') }, { name: 'b' }],
      },
    );
    const [counted, inForce] = [containerResources(pod), containerResourcesInForce(pod)];
    for (const kind of ['requests', 'limits'] as const) {
      assert.is(podResource(pod, kind, 'memory'), 10);
      assert.equal(
        [a, b].map((each) => counted(each, kind, 'memory')),
        [9, 1],
      );
      assert.equal(
        [a, b].map((each) => inForce(each, kind, 'memory')),
        [4, 1],
      );
      assert.is(runningResources(pod)(kind, 'memory'), 5);
    }
  });

  test('do not count ephemeral containers', () => {
    const spec = { containers: [of('1')], ephemeralContainers: [of('5')] };
    assert.equal(amounts(spec), [1, 1]);
  });
});
