import * as assert from 'uvu/assert';
import { podRows } from '../../../src/commands/get/pods.ts';
import { suite } from '../../kit/suite.ts';
import { podListOf, reported } from '../../kubelet/bodies/read-bodies.ts';

suite('pods of a node', (test) => {
  const states = podRows('node-1', podListOf('pods-states'));
  const rowOf = (name: string) => {
    const row = states.find(({ pod }) => String(pod).startsWith(name));
    return row && reported(row);
  };

  test('have state, owner and resources if they belong to a Deployment', () =>
    assert.equal(rowOf('web'), {
      namespace: 'default',
      pod: 'web-7c5b8d9f4-abcde',
      node: 'node-1',
      ready: '1/2',
      status: 'CrashLoopBackOff',
      restarts: 9,
      lastEnd: 'main: OOMKilled (137)',
      lastEndTime: '2026-01-01T00:00:00Z',
      lastEndReason: 'OOMKilled',
      lastEndExitCode: 137,
      lastEndContainer: 'main',
      source: 'api',
      owner: 'Deployment/web',
      qosClass: 'Burstable',
      ip: '10.244.0.7',
      hostNetwork: false,
      priority: 0,
      containers: 2,
      readyContainers: 1,
      cpuRequestedCores: 1.6,
      cpuLimitCores: 2,
      memoryRequestedBytes: 1088 * 2 ** 20,
      memoryLimitBytes: 2 * 2 ** 30,
      ephemeralRequestedBytes: 2 * 2 ** 30,
      ephemeralLimitBytes: 4 * 2 ** 30,
    }));

  test('have no 0 for unknown fields if they have no status', () =>
    assert.equal(rowOf('new'), {
      namespace: 'default',
      pod: 'new',
      node: 'node-1',
      owner: 'Pod/new',
      hostNetwork: false,
    }));

  test('have the source from which the kubelet got them', () => {
    const sources = (annotations: Record<string, string>) =>
      podRows('n', [{ metadata: { name: 'p', namespace: 's', annotations }, spec: {} }])[0]?.[
        'source'
      ];
    assert.equal(
      ['kube-apiserver', 'web', 'debug', 'new'].map(
        (name) => states.find(({ pod }) => String(pod).startsWith(name))?.['source'],
      ),
      ['file', 'api', 'http', undefined],
    );
    const mirror = { 'kubernetes.io/config.mirror': 'a', 'kubernetes.io/config.source': 'api' };
    assert.is(sources(mirror), 'mirror');
  });
});
