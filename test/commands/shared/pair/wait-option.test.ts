import * as assert from 'uvu/assert';
import { everything, rbacRule, rule } from '../../../kit/rbac.ts';
import { concurrentSuite } from '../../../kit/suite.ts';
import { fails, mayDo, play, ran } from './scenario.ts';

const cluster = { cacheMs: { denied: 300, allowed: 600 } };
const stats = 'grant --profile stats --subject';
const readStats = 'curl /stats/summary --node node-1';
const readHealthz = 'curl /healthz --node node-1 --via apiserver';

concurrentSuite('--wait', (test) => {
  play(test, [
    {
      title: "waits on the direct path for the caller's own access",
      cluster,
      given: [
        mayDo('dev', rule('*', 'create,escalate,bind,list', { apiGroups: ['*'] }), rbacRule('*')),
      ],
      args: readStats,
      as: 'dev',
      expected: { code: 1 },
      afterwards: [
        {
          args: `${stats} user:dev --wait=10s`,
          as: 'dev',
          expected: {
            stderr: /waiting for kubelets: 2\/2 nodes\n2 of 2 kubelets (?:allow|deny) it\n$/,
          },
        },
        ({ kubelets }) => assert.ok(kubelets[0]?.requests.includes('GET /stats/')),
        { args: readStats, as: 'dev', expected: {} },
      ],
    },
    {
      title: 'does not wait for access that kubelets with the feature gate off never allow',
      cluster: { ...cluster, minor: 34, nodes: ['none', 'no-finer-permissions'] },
      given: [
        mayDo('dev', rule('*', 'create,escalate,bind,list', { apiGroups: ['*'] }), rbacRule('*')),
      ],
      args: 'grant --profile readonly --subject user:dev --wait=10m',
      as: 'dev',
      expected: {
        stderr:
          /2 of 2 kubelets allow it\nnote: KubeletFineGrainedAuthz is off, so that \/healthz, \/pods, \/configz needs nodes\/proxy: node-2\n$/,
      },
    },
    {
      title: 'fails before it grants access if it cannot wait for the access of another user',
      cluster,
      args: `${stats} user:jane --wait`,
      expected: {
        code: 2,
        stderr:
          /^error: --wait can check kubelets only as you or as kube-apiserver, not as user:jane\n/,
        bindings: [],
      },
    },
    {
      title:
        'grant --wait asks kubelets as kube-apiserver if --subject names kube-apiserver, for any profile',
      cluster,
      args: `${stats} user:Kubernetes --wait=10s`,
      expected: {},
      afterwards: [({ kubelets }) => assert.ok(kubelets[0]?.requests.includes('GET /stats/'))],
    },
    {
      title:
        'does not treat a subject as kube-apiserver because kubelets allow kube-apiserver everything',
      cluster,
      given: [mayDo('Kubernetes', everything)],
      args: 'grant --subject user:jane --allow-exec --wait=10s',
      expected: { code: 2, stderr: /, not as user:jane\n/ },
      afterwards: [
        {
          args: 'grant --subject user:jane --allow-exec',
          expected: { stdout: /kubeletaccess:apiserver:user:jane created\n$/ },
        },
      ],
    },
    {
      title: 'grant --wait also waits for access that another binding grants',
      cluster: { cacheMs: { denied: 1500, allowed: 1500 } },
      args: readHealthz,
      expected: { code: 1 },
      afterwards: [
        mayDo('Kubernetes', rule('nodes/proxy,nodes/stats,nodes/log,nodes/metrics', '*')),
        {
          args: 'grant --wait=20s',
          expected: { stderr: /^nothing to do: .*\n.*\nwaiting for kubelets: / },
        },
        { args: readHealthz, expected: {} },
      ],
    },
    {
      title: 'revoke --wait asks kubelets as kube-apiserver if --subject names kube-apiserver',
      cluster,
      given: [ran('grant --wait=10s')],
      args: 'revoke --subject user:Kubernetes --wait=10s',
      expected: {
        stderr: /waiting for kubelets: 2\/2 nodes\n2 of 2 kubelets (?:allow|deny) it\n$/,
      },
    },
    {
      title: 'revoke --wait fails at once if another binding still allows the access',
      cluster,
      given: [ran('grant'), mayDo('Kubernetes', rule('nodes/log', 'get,list'))],
      args: 'revoke --wait=10s',
      expected: {
        code: 1,
        stdout: /deleted\n.* deleted\n/,
        stderr:
          /error: kubelets will still allow this: user:Kubernetes can get nodes\/log through ClusterRoleBinding for-Kubernetes\n/,
      },
    },
    {
      title:
        'revoke --wait revokes nothing if kubelets allow kube-apiserver everything, because the wait would not end',
      cluster,
      given: [
        ran('grant'),
        mayDo('Kubernetes', everything),
        () => new Promise((resolve) => setTimeout(resolve, cluster.cacheMs.denied)),
      ],
      args: 'revoke --wait=10s',
      expected: fails(/^error: nothing to wait for: /),
    },
  ]);
});
