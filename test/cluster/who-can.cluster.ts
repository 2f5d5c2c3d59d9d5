import pMap from 'p-map';
import * as assert from 'uvu/assert';
import { account, binding, role, rule } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import { adminApi, rbacPath } from './admin-api.ts';
import { currentCluster } from './current.ts';
import { isAllowed } from './holders.ts';
import { toolOf } from './world.ts';

const cluster = await currentCluster();
const api = adminApi(cluster);
const tool = toolOf(cluster);

/** The requests of each action, by method and path. Kubelets accept only GET for logs. */
const actions = {
  // A WebSocket begins with GET.
  exec: [
    ['GET', '/exec/default/none/none?command=x'],
    ['POST', '/exec/default/none/none?command=x'],
    ['POST', '/run/default/none/none?cmd=x'],
  ],
  logs: [
    ['GET', '/containerLogs/default/none/none'],
    ['GET', '/logs/'],
  ],
  metrics: [
    ['GET', '/metrics'],
    ['POST', '/metrics'],
    ['GET', '/metrics/cadvisor'],
  ],
  stats: [
    ['GET', '/stats/summary'],
    ['POST', '/stats/summary'],
  ],
  read: [
    ['GET', '/pods'],
    ['GET', '/configz'],
    ['POST', '/configz'],
  ],
} as const;

const cases = ['get', 'create', '*'].flatMap((verb) =>
  ['proxy', 'metrics', 'stats', 'log', 'pods', 'configz'].map((resource) => ({ verb, resource })),
);

const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' };

suite(`${cluster.version}: who-can`, (test) => {
  test('agrees with a kubelet and the node proxy for every permission and path', async () => {
    await pMap(
      cases,
      async ({ verb, resource }, index) => {
        const name = `who-can-${index}`;
        const user = `system:serviceaccount:default:${name}`;
        await api.call('POST', '/api/v1/namespaces/default/serviceaccounts', {
          ...{ apiVersion: 'v1', kind: 'ServiceAccount' },
          metadata: { name },
        });
        await api.create(
          role(name, [rule('nodes', 'get,list'), rule(`nodes/${resource}`, verb)]),
          binding(name, name, [account(name, 'default')]),
        );
        const by = {
          direct: ['--as-serviceaccount', `default/${name}`],
          apiserver: ['--via', 'apiserver', '--as', user],
        };
        const opens = async (path: keyof typeof by, action: keyof typeof actions) => {
          const asked = actions[action].map(async ([method, each]) => {
            const words = ['curl', each, '-X', method, '--allow-unsafe', '--node', 'node-1'];
            const { stderr } = await tool([...words, ...by[path]]);
            // If the kubelet denies kube-apiserver, the API server has allowed the user, so the user counts as allowed.
            return !(stderr.includes('orbidden') && stderr.includes(user));
          });
          return (await Promise.all(asked)).includes(true);
        };
        try {
          for (const action of Object.keys(actions) as (keyof typeof actions)[]) {
            const [direct, apiserver] = [
              await opens('direct', action),
              await opens('apiserver', action),
            ];
            const subject = `serviceaccount:default:${name}`;
            const { stdout } = await tool(['who-can', action, '--subject', subject, '-o', 'json']);
            const { items } = JSON.parse(stdout) as { readonly items: readonly { via: string }[] };
            const one = direct ? 'direct' : apiserver ? 'apiserver' : undefined;
            const expected = direct && apiserver ? 'both' : one;
            assert.is(items[0]?.via, expected, `${verb} nodes/${resource}: ${action}`);
          }
        } finally {
          for (const path of [`${rbacPath}/clusterrolebindings`, `${rbacPath}/clusterroles`])
            await api.call('DELETE', `${path}/${name}`);
          await api.call('DELETE', `/api/v1/namespaces/default/serviceaccounts/${name}`);
        }
      },
      { concurrency: 3 },
    );
  });

  test('`indirect` lists the ways to access that the API server allows', async () => {
    const rbacGroup = 'rbac.authorization.k8s.io';
    const eve = { kind: 'User', name: 'eve', apiGroup: rbacGroup };
    const put = async (kind: string, name: string, fields: object) => {
      const path = `${rbacPath}/${kind.toLowerCase()}s`;
      await api.call('PUT', `${path}/${name}`, { ...rbac, kind, metadata: { name }, ...fields });
    };
    const roleRef = { apiGroup: rbacGroup, kind: 'ClusterRole', name: 'who-can-indirect' };
    const ways = [
      [rbacGroup, 'clusterroles', 'bind'],
      [rbacGroup, 'clusterroles', 'escalate'],
      ['', 'users', 'impersonate'],
      ['', 'serviceaccounts', 'impersonate'],
      ['', 'serviceaccounts/token', 'create'],
      ['', 'pods/exec', 'create'],
      ['', 'pods/ephemeralcontainers', 'patch'],
      ['certificates.k8s.io', 'signers', 'approve'],
    ] as const;
    const rules = [
      ...ways.map(([apiGroup, resource, verb]) => ({
        ...{ apiGroups: [apiGroup], resources: [resource], verbs: [verb] },
      })),
      { apiGroups: ['*'], resources: ['*/token'], verbs: ['*'] },
      rule('pods/*', 'create'),
      rule('pods,pods/log', '*'),
      { apiGroups: ['rbac'], resources: ['*'], verbs: ['*'] },
    ];
    await put('ClusterRoleBinding', 'who-can-indirect', { roleRef, subjects: [eve] });
    try {
      for (const rule of rules) {
        await put('ClusterRole', 'who-can-indirect', { rules: [rule] });
        const allowed = async () => {
          const reviews = ways.map(async ([apiGroup, whole, verb]) => {
            const [resource, subresource] = whole.split('/');
            const resourceAttributes = { group: apiGroup, resource, subresource, verb };
            return (await isAllowed(api, 'eve', { resourceAttributes })) ? [whole] : [];
          });
          return (await Promise.all(reviews)).flat();
        };
        // The authorizer of the API server reads roles from a cache.
        let expected = await allowed();
        for (let turn = 0; turn < 20; turn += 1) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          const next = await allowed();
          if (next.join() === expected.join() && turn > 2) break;
          expected = next;
        }
        const args = ['who-can', 'indirect', '--subject', 'user:eve', '-o', 'json'];
        const { items } = JSON.parse((await tool(args)).stdout) as {
          readonly items: readonly { readonly permissions: readonly string[] }[];
        };
        const listed = items.flatMap(({ permissions }) => permissions);
        const names = listed.map((each) =>
          (each.split(' ')[0] ?? '').replace(/\.[a-z0-9.]*k8s\.io/, ''),
        );
        assert.equal(
          [...new Set(names)].sort(),
          [...new Set(expected)].sort(),
          JSON.stringify(rule),
        );
      }
    } finally {
      await api.call('DELETE', `${rbacPath}/clusterrolebindings/who-can-indirect`);
      await api.call('DELETE', `${rbacPath}/clusterroles/who-can-indirect`);
    }
  });
});
