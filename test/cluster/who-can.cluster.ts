import pMap from 'p-map';
import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import { runTool } from '../kit/tool.ts';
import { adminApi } from './admin-api.ts';
import { currentCluster } from './current.ts';

const cluster = await currentCluster();
const api = adminApi(cluster);
const tool = (args: readonly string[]) =>
  runTool(args, { env: { KUBECONFIG: cluster.kubeconfigs.admin } });

/** What stands for an action. Logs are for GET alone. */
const actions = {
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

const group = '/apis/rbac.authorization.k8s.io/v1';
const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' };

suite(`${cluster.version}: who-can`, (test) => {
  test('agrees with a kubelet and with the node proxy, for every permission and path', async () => {
    await pMap(
      cases,
      async ({ verb, resource }, index) => {
        const name = `who-can-${index}`;
        const user = `system:serviceaccount:default:${name}`;
        await api.call('POST', '/api/v1/namespaces/default/serviceaccounts', {
          ...{ apiVersion: 'v1', kind: 'ServiceAccount' },
          metadata: { name },
        });
        await api.call('POST', `${group}/clusterroles`, {
          ...{ ...rbac, kind: 'ClusterRole', metadata: { name } },
          rules: [
            { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list'] },
            { apiGroups: [''], resources: [`nodes/${resource}`], verbs: [verb] },
          ],
        });
        await api.call('POST', `${group}/clusterrolebindings`, {
          ...{ ...rbac, kind: 'ClusterRoleBinding', metadata: { name } },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
          subjects: [{ kind: 'ServiceAccount', name, namespace: 'default' }],
        });
        const by = {
          direct: ['--as-serviceaccount', `default/${name}`],
          apiserver: ['--via', 'apiserver', '--as', user],
        };
        const opens = async (path: keyof typeof by, action: keyof typeof actions) => {
          const asked = actions[action].map(async ([method, each]) => {
            const words = ['curl', each, '-X', method, '--allow-unsafe', '--node', 'node-1'];
            const { stderr } = await tool([...words, ...by[path]]);
            // Whether a kubelet allows kube-apiserver what the proxy lets through is another matter.
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
          for (const path of [`${group}/clusterrolebindings`, `${group}/clusterroles`])
            await api.call('DELETE', `${path}/${name}`);
          await api.call('DELETE', `/api/v1/namespaces/default/serviceaccounts/${name}`);
        }
      },
      { concurrency: 3 },
    );
  });
});
