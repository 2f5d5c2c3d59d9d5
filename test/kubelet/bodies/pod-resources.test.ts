import * as assert from 'uvu/assert';
import { podResource } from '../../../src/kubelet/bodies/pod-resources.ts';
import type { KubeletPod } from '../../../src/kubelet/bodies/pods.ts';
import { suite } from '../../kit/suite.ts';

/** A container with this request and limit. */
const of = (amount?: string | number, more: object = {}) => ({
  name: 'c',
  ...more,
  ...(amount === undefined
    ? {}
    : { resources: { requests: { disk: amount }, limits: { disk: amount } } }),
});
const sidecar = (amount: string) => of(amount, { restartPolicy: 'Always' });

/** What a pod with this spec requests, and may use. */
const amounts = (spec: KubeletPod['spec']) => {
  const pod: KubeletPod = { metadata: { name: 'p', namespace: 's' }, spec };
  return [podResource(pod, 'requests', 'disk'), podResource(pod, 'limits', 'disk')];
};

suite('resources of a pod', (test) => {
  test('are the sum over containers and sidecars', () => {
    const spec = { containers: [of('1Gi'), of(), of(5)], initContainers: [sidecar('2Ki')] };
    assert.equal(amounts(spec), [1_073_743_877, 1_073_743_877]);
  });

  test('are those of the largest init container if that is more', () => {
    assert.equal(amounts({ containers: [of('3')], initContainers: [of('7'), of('5')] }), [7, 7]);
    assert.equal(amounts({ containers: [of('9')], initContainers: [of('7')] }), [9, 9]);
  });

  test('count sidecars that start before an init container, not those after it', () => {
    assert.equal(
      amounts({ containers: [of('1')], initContainers: [sidecar('4'), of('10')] }),
      [14, 14],
    );
    assert.equal(
      amounts({ containers: [of('1')], initContainers: [of('10'), sidecar('4')] }),
      [10, 10],
    );
  });

  test('have the overhead; a limit does not begin with it', () => {
    assert.equal(amounts({ containers: [of('1')], overhead: { disk: '2' } }), [3, 3]);
    assert.equal(amounts({ containers: [of()], overhead: { disk: '2' } }), [2, undefined]);
    assert.equal(amounts({ containers: [of('0')], overhead: { disk: '2' } }), [2, 0]);
  });

  test('are not reported if no container says', () => {
    assert.equal(amounts({ containers: [of()] }), [undefined, undefined]);
    assert.equal(amounts({}), [undefined, undefined]);
  });

  test('are those of the pod as a whole if it has them, but for disk', () => {
    const pod = (kind: 'requests' | 'limits', resource: string) =>
      podResource(
        {
          metadata: { name: 'p', namespace: 's' },
          spec: {
            containers: [{ name: 'c', resources: { requests: { cpu: '250m', disk: '5' } } }],
            resources: { requests: { cpu: '1', disk: '9' }, limits: { memory: '8' } },
            overhead: { cpu: '50m', memory: '1' },
          },
        },
        kind,
        resource,
      );
    assert.equal(
      [
        pod('requests', 'cpu'),
        pod('requests', 'disk'),
        pod('limits', 'cpu'),
        pod('limits', 'memory'),
      ],
      [1050, 5, undefined, 9],
    );
  });

  test('of cpu are thousandths of a core', () => {
    const containers = [250, 100].map((milli) => ({
      name: `${milli}`,
      resources: { requests: { cpu: `${milli}m` } },
    }));
    const pod: KubeletPod = { metadata: { name: 'p', namespace: 's' }, spec: { containers } };
    assert.is(podResource(pod, 'requests', 'cpu'), 350);
  });

  test('do not count ephemeral containers', () => {
    const spec = { containers: [of('1')], ephemeralContainers: [of('5')] };
    assert.equal(amounts(spec), [1, 1]);
  });
});
