import * as assert from 'uvu/assert';
import { createSigningRequest } from '../kit/certificates.ts';
import { account, binding, role, roleBinding, rule, user } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import type { Result } from '../kit/tool.ts';
import { adminApi, rbacPath } from './admin-api.ts';
import { currentCluster } from './current.ts';
import { toolOf } from './world.ts';

const cluster = await currentCluster();
const { send, call } = adminApi(cluster);
const tool = toolOf(cluster);

/** What the program lists, and what each exits with on this cluster. */
const lines = [
  'status',
  'check prometheus',
  'status --subject serviceaccount:large:agent --profile stats',
  'audit',
  'top nodes',
  'top pods -A',
  'get pods -A',
  'certificates',
  'who-can',
  'who-can indirect',
  'who-can --subject user:none',
  'narrow --subject serviceaccount:large:agent',
  'policy',
  'grants',
  'grant --subject user:new --profile stats --dry-run=server --permanent',
  'revoke --all-profiles --dry-run=server',
  'logs -n large -l app=large',
] as const;

const fields = (count: number, value = '') =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, value]));
const times = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Twice the labels of the first objects that stopped lists. With several times more, the API server takes a minute to write one. */
const labelCount = 20_000;

/**
 * Writes the largest object that the API server takes, by less than a fifth: begins with more parts than it reads (3 MiB) or stores
 * (1.5 MiB).
 */
async function writeLargest(path: string, make: (count: number) => unknown): Promise<void> {
  let words = '';
  for (let count = 200_000; count > 1000; count = Math.floor(count * 0.82)) {
    const body = make(count);
    if (JSON.stringify(body).length > 3 * 1024 * 1024) continue;
    const { status, text } = await send('POST', path, body);
    if (status < 300) return;
    words = `${status} ${text.slice(0, 300)}`;
  }
  throw new Error(`POST ${path}: ${words}`);
}

const inNamespace = '/api/v1/namespaces/large';
const bindings = `${rbacPath}/namespaces/large/rolebindings`;
const labeled = <T extends { readonly metadata: object }>(object: T) => ({
  ...object,
  metadata: { ...object.metadata, labels: { ...fields(labelCount), app: 'large' } },
});
const subjects = (count: number) => [...times(count, (index) => user(`someone-${index}`))];
const podOf = (name: string, node?: string) => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name } },
  spec: {
    ...(node === undefined ? { schedulerName: 'none' } : { nodeName: node }),
    containers: [{ name: 'c', image: 'none.invalid/none' }],
  },
});

/** Returns a field that managers are said to own, nested deeper than any object. */
function nested(levels: number): object {
  let inner = {};
  for (let level = 0; level < levels; level += 1) inner = { 'f:a': inner };
  return inner;
}

/** Writes what each person who may write one kind of object can write. */
async function writeLarge(): Promise<void> {
  const roles = `${rbacPath}/namespaces/large/roles`;
  const pem = await createSigningRequest({
    ...{ commonName: 'system:node:node-1', organizations: ['system:nodes'], dnsNames: ['node-1'] },
  });
  const request = {
    ...{ apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest' },
    metadata: { name: 'large' },
    spec: {
      request: Buffer.from(pem).toString('base64'),
      signerName: 'kubernetes.io/kubelet-serving',
      usages: ['digital signature', 'server auth'],
    },
  };
  for (const [path, object] of [
    [bindings, roleBinding('large', 'labels', { name: 'view' }, [user('x')])],
    [`${rbacPath}/clusterroles`, role('large-labels', [])],
    [`${rbacPath}/clusterrolebindings`, binding('large-labels', 'view', [user('x')])],
    [`${inNamespace}/pods`, podOf('pending')],
    [`${inNamespace}/pods`, podOf('labels', 'node-1')],
    ['/apis/certificates.k8s.io/v1/certificatesigningrequests', request],
  ] as const)
    await call('POST', path, labeled(object));
  const deep = roleBinding('large', 'deep', { name: 'view' }, [user('x')]);
  const owned = {
    manager: 'x',
    operation: 'Apply',
    fieldsType: 'FieldsV1',
    fieldsV1: nested(1000),
  };
  const managedFields = [{ ...owned, apiVersion: 'rbac.authorization.k8s.io/v1' }];
  await call('POST', bindings, { ...deep, metadata: { ...deep.metadata, managedFields } });
  await writeLargest(bindings, (count) =>
    roleBinding('large', 'subjects', { name: 'view' }, subjects(count)),
  );
  await writeLargest(`${rbacPath}/clusterrolebindings`, (count) =>
    binding('large-subjects', 'large-labels', subjects(count)),
  );
  await writeLargest(roles, (count) => ({
    ...role('rules', [...times(count, () => rule('', ''))]),
    kind: 'Role',
  }));
  await writeLargest(`${rbacPath}/clusterroles`, (count) =>
    role('large-rules', [
      rule('nodes/stats', 'get', { resourceNames: [...times(count, (index) => `n${index}`)] }),
    ]),
  );
  await writeLargest(`${inNamespace}/configmaps`, (count) => ({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'text' } },
    data: { ['__proto__']: 'x', text: '<'.repeat(count * 15) },
  }));
  const patch = { 'content-type': 'application/merge-patch+json' };
  for (const [path, change] of [
    ['/api/v1/nodes/node-1', { metadata: { labels: fields(labelCount) } }],
    [
      '/api/v1/nodes/node-2/status',
      {
        status: { images: times(10_000, (index) => ({ names: [`image-${index}`], sizeBytes: 1 })) },
      },
    ],
  ] as const) {
    const { status, text } = await send('PATCH', path, change, patch);
    assert.is(status, 200, text);
  }
}

const unread = /cannot be read|more than|too many|too deeply|unreadable/;

suite(`${cluster.version}: the largest objects that the API server takes`, (test) => {
  test('stop no command, and those that no list has room for are noted', async () => {
    const results = async () => {
      const found = new Map<string, Result>();
      for (const line of lines) found.set(line, await tool(line));
      return found;
    };
    await call('POST', '/api/v1/namespaces', {
      ...{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'large' } },
    });
    for (const name of ['default', 'agent'])
      await send('POST', `${inNamespace}/serviceaccounts`, {
        ...{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } },
      });
    await call('POST', `${inNamespace}/pods`, {
      ...podOf('usual', 'node-1'),
      metadata: { name: 'usual', labels: { app: 'large' } },
    });
    await call(
      'POST',
      `${rbacPath}/clusterrolebindings`,
      binding('large-agent', 'view', [account('agent', 'large')]),
    );
    const before = await results();
    await writeLarge();
    const failed: string[] = [];
    const compare = async (allowed: (line: string) => boolean) => {
      for (const [line, { code, stderr }] of await results()) {
        const was = before.get(line);
        if (allowed(line)) continue;
        if (code !== was?.code || unread.test(stderr))
          failed.push(`${line}: ${was?.code} -> ${code}\n${stderr.slice(0, 1500)}`);
      }
      assert.is(failed.join('\n\n'), '');
    };
    await compare(() => false);
    // Together more than a response, and more than the memory that a list may take.
    for (let index = 0; index < 20; index += 1)
      await call(
        'POST',
        bindings,
        roleBinding('large', `many-${index}`, { name: 'view' }, subjects(12_000)),
      );
    const keepsAll = ['who-can indirect', 'status', 'grant '];
    await compare((line) => keepsAll.some((each) => line.startsWith(each)));
    const { code, stdout, stderr } = await tool('who-can indirect');
    assert.is(code, 4, stderr);
    assert.match(
      stderr,
      /^note: the API server listed \d+ RoleBindings? that cannot be read: large\/\S+ \(the list takes more than 64 MB/m,
    );
    assert.match(stdout, 'system:kube-controller-manager');
  });
});
