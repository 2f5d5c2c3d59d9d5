import * as assert from 'uvu/assert';
import { originOfFile } from '../../../src/kubelet/agents/mounted-file.ts';
import type { Workload } from '../../../src/objects.ts';
import { suite } from '../../kit/suite.ts';

type Spec = NonNullable<Workload['spec']>;
type Volume = Omit<NonNullable<Spec['volumes']>[number], 'name'>;

const account = '/var/run/secrets/kubernetes.io/serviceaccount';

function pod(path: string, volumes: Readonly<Record<string, Volume>>, subPath = ''): Workload {
  return {
    metadata: { name: 'p', namespace: 'ns' },
    spec: {
      containers: [
        // Another container mounts another volume at the same path. This volume must be ignored.
        { args: ['--other'], volumeMounts: [{ name: 'none', mountPath: path }] },
        {
          args: [`--ca=${path}`],
          volumeMounts: Object.keys(volumes).map((mountPath) => ({
            ...{ name: mountPath, mountPath },
            ...(subPath !== '' && { subPath }),
          })),
        },
      ],
      volumes: [
        ...Object.entries(volumes).map(([name, volume]) => ({ name, ...volume })),
        { name: 'none', secret: { secretName: 'wrong' } },
      ],
    },
  };
}

const configMap = { name: 'kubelet-ca' };

suite('the origin of a file in a container', (test) => {
  const cases: Readonly<Record<string, readonly [Workload, string, unknown]>> = {
    'a file of the service account, whose mount is not in the manifest': [
      pod(`${account}/ca.crt`, {}),
      `${account}/ca.crt`,
      { kind: 'cluster CA' },
    ],
    'a file of the service account with the mount that the API server adds': [
      pod(`${account}/ca.crt`, {
        [account]: {
          projected: {
            sources: [
              {},
              {
                configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] },
              },
            ],
          },
        },
      }),
      `${account}/ca.crt`,
      { kind: 'cluster CA' },
    ],
    'a Secret at the path of the service account': [
      pod(`${account}/ca.crt`, { [account]: { secret: { secretName: 's' } } }),
      `${account}/ca.crt`,
      { kind: 'other', from: 'Secret s' },
    ],
    'a key of a ConfigMap': [
      pod('/ca/ca.crt', { '/ca': { configMap } }),
      '/ca/ca.crt',
      { kind: 'ConfigMap', name: 'kubelet-ca', key: 'ca.crt' },
    ],
    'a key with another file name, in the innermost of several mounts': [
      pod('/etc/ca/in/x.pem', {
        '/etc': { secret: { secretName: 's' } },
        '/etc/ca/': { configMap: { ...configMap, items: [{ key: 'bundle', path: 'in/x.pem' }] } },
      }),
      '/etc/ca/in/x.pem',
      { kind: 'ConfigMap', name: 'kubelet-ca', key: 'bundle' },
    ],
    'a mounted file': [
      pod('/etc/ca.pem', { '/etc/ca.pem': { configMap } }, 'bundle.pem'),
      '/etc/ca.pem',
      { kind: 'ConfigMap', name: 'kubelet-ca', key: 'bundle.pem' },
    ],
    'a file that a ConfigMap does not have': [
      pod('/ca/ca.crt', {
        '/ca': { configMap: { ...configMap, items: [{ key: 'a', path: 'a' }] } },
      }),
      '/ca/ca.crt',
      { kind: 'other', from: 'volume /ca' },
    ],
    'a Secret in a projected volume': [
      pod('/ca/ca.crt', { '/ca': { projected: { sources: [{ secret: { name: 's' } }] } } }),
      '/ca/ca.crt',
      { kind: 'other', from: 'Secret s' },
    ],
    'a folder of the node': [
      pod('/pki/ca.crt', { '/pki': { hostPath: { path: '/etc/kubernetes/pki' } } }),
      '/pki/ca.crt',
      { kind: 'other', from: '/etc/kubernetes/pki of its node' },
    ],
    'a file that is not mounted': [
      pod('/cafe/ca.crt', { '/ca': { configMap } }),
      '/cafe/ca.crt',
      { kind: 'other', from: 'its image' },
    ],
  };
  for (const [title, [workload, path, expected]] of Object.entries(cases))
    test(`is found for ${title}`, () => assert.equal(originOfFile(workload, path), expected));

  test('is found if an environment variable of the container has the path of the file', () => {
    const spec = {
      containers: [
        {
          env: [{ name: 'CA', value: '/ca/ca.crt' }],
          volumeMounts: [{ name: 'v', mountPath: '/ca' }],
        },
      ],
      volumes: [{ name: 'v', configMap }],
    };
    assert.equal(originOfFile({ metadata: {}, spec }, '/ca/ca.crt'), {
      ...{ kind: 'ConfigMap', name: 'kubelet-ca', key: 'ca.crt' },
    });
  });
});
