import * as assert from 'uvu/assert';
import { podOwner } from '../../../src/kubelet/bodies/pods.ts';
import { suite } from '../../kit/suite.ts';

const ownerOf = (kind: string, name: string, hash?: string, controller = true) =>
  podOwner({
    metadata: {
      name: 'p',
      namespace: 's',
      ownerReferences: [
        { kind: 'Other', name: 'other' },
        { kind, name, controller },
      ],
      ...(hash === undefined ? {} : { labels: { 'pod-template-hash': hash } }),
    },
    spec: {},
  });

suite('the owner of a pod', (test) => {
  test('is the Deployment of its ReplicaSet, found by the hash of the template', () => {
    assert.is(ownerOf('ReplicaSet', 'web-app-66b6c48dd5', '66b6c48dd5'), 'Deployment/web-app');
  });

  test('is the ReplicaSet if the ReplicaSet belongs to no Deployment', () => {
    assert.is(ownerOf('ReplicaSet', 'web'), 'ReplicaSet/web');
    assert.is(ownerOf('ReplicaSet', 'web', 'abc'), 'ReplicaSet/web');
    assert.is(ownerOf('ReplicaSet', 'abc', 'abc'), 'ReplicaSet/abc');
  });

  test('is a controller of any other kind', () => {
    assert.is(ownerOf('StatefulSet', 'db-abc', 'abc'), 'StatefulSet/db-abc');
    assert.is(ownerOf('Node', 'node-1'), 'Node/node-1');
  });

  test('is the pod itself if the pod has no controller', () => {
    assert.is(ownerOf('ReplicaSet', 'web', undefined, false), 'Pod/p');
    assert.is(podOwner({ metadata: { name: 'p', namespace: 's' }, spec: {} }), 'Pod/p');
  });
});
