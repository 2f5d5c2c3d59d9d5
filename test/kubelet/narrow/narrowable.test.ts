import * as assert from 'uvu/assert';
import { agentOfSubject } from '../../../src/kubelet/agents/recognize-agent.ts';
import { narrowableBy } from '../../../src/kubelet/narrow/narrowable.ts';
import type { ClusterRole, PolicyRule, RbacSubject } from '../../../src/objects.ts';
import { account, binding, group, role, rule, user } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';

const metricsServer = account('metrics-server', 'kube-system');
const datadog = account('datadog', 'agents');
const logs = account('dynatrace-logmonitoring', 'dynatrace');

const proxy = rule('nodes/proxy');
const narrow = 'kubectl kubeletaccess narrow --subject serviceaccount:';

interface Case {
  /** The rule of ClusterRole r; nodes/proxy if undefined. */
  readonly rules?: PolicyRule;
  /** The ClusterRoles of the case; by default only ClusterRole r with `rules`. */
  readonly roles?: readonly ClusterRole[];
  /** Subjects to which the ClusterRole is bound. The test checks the first subject. */
  readonly subjects: readonly RbacSubject[];
  readonly expected: readonly [verdict: string, why: string];
}

const cases: Readonly<Record<string, Case>> = {
  'nodes/proxy of an agent that needs less': {
    subjects: [logs],
    expected: ['yes', `${narrow}dynatrace:dynatrace-logmonitoring`],
  },
  'nodes/proxy that options of an agent need': {
    subjects: [datadog],
    expected: [
      'unknown',
      'it needs nodes/proxy get only with options: logs_config.k8s_container_use_kubelet_api; eks_fargate',
    ],
  },
  'nodes/proxy that options of an agent need, beside permissions that the agent never needs': {
    rules: rule('nodes/proxy,nodes/spec', 'get,list'),
    subjects: [datadog],
    expected: [
      'unknown',
      'it needs nodes/proxy get only with options: logs_config.k8s_container_use_kubelet_api; eks_fargate',
    ],
  },
  'permissions that an agent never needs, beside needed nodes/proxy': {
    rules: rule('nodes/proxy,nodes/spec'),
    subjects: [account('a-checkmk', 'mon')],
    expected: ['yes', `${narrow}mon:a-checkmk`],
  },
  'verbs that kubelets never check': {
    rules: rule('nodes/metrics', 'get,list'),
    subjects: [metricsServer],
    expected: ['yes', `${narrow}kube-system:metrics-server`],
  },
  'no more than an agent needs': {
    rules: rule('nodes/metrics'),
    subjects: [metricsServer],
    expected: ['no', 'it has no more than it needs'],
  },
  'requests through the API server': {
    subjects: [account('a-checkmk', 'mon')],
    expected: ['no', 'its requests need nodes/proxy: /api/v1/nodes/NAME/proxy/healthz'],
  },
  'a wildcard': {
    rules: rule('*'),
    subjects: [metricsServer],
    expected: ['no', 'a wildcard is for more than kubelets, and cannot be split'],
  },
  'permissions that an agent grants to others': {
    subjects: [account('a-logging-operator', 'logs')],
    expected: [
      'no',
      'Logging operator grants it to others, and may not grant what it does not have',
    ],
  },
  'an agent with unknown calls': {
    subjects: [account('appdynamics-inframon', 'mon')],
    expected: ['unknown', 'nobody knows what AppDynamics calls'],
  },
  'a service account that is no known agent': {
    subjects: [account('mine', 'agents')],
    expected: [
      'unknown',
      'neither its name nor its pods tell which agent it is: kubectl kubeletaccess narrow --subject serviceaccount:agents:mine',
    ],
  },
  'a group': {
    subjects: [group('ops')],
    expected: ['unknown', 'a group may be anyone'],
  },
  'a role that unknown subjects also have': {
    subjects: [datadog, user('jane'), group('ops')],
    expected: ['unknown', 'others have the role, who are no known agents: user:jane, group:ops'],
  },
  'a role of two agents, by the needs of both': {
    rules: rule('nodes/metrics,nodes/stats'),
    subjects: [metricsServer, datadog],
    expected: ['no', 'it has no more than it needs'],
  },
  "kube-apiserver's role": {
    roles: [role('system:kubelet-api-admin', [rule('nodes/proxy', '*')])],
    subjects: [user('kube-apiserver')],
    expected: ['no', 'kube-apiserver needs nodes/proxy for kubectl logs and exec'],
  },
  'an aggregated role, by the role that its rules come from': {
    roles: [
      {
        ...role('r', [rule('nodes/proxy')]),
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: 'r' } }] },
      },
      role('source', [rule('nodes/proxy')], { labels: { to: 'r' } }),
    ],
    subjects: [logs],
    expected: ['yes', `${narrow}dynatrace:dynatrace-logmonitoring`],
  },
  'an aggregated role without source roles': {
    roles: [
      {
        ...role('r', [rule('nodes/proxy')]),
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: 'r' } }] },
      },
    ],
    subjects: [datadog],
    expected: ['unknown', 'its controller writes its rules, and no role has them'],
  },
};

suite('whether a role can be narrowed', (test) => {
  for (const [title, { rules = proxy, subjects, expected, ...given }] of Object.entries(cases))
    test(`${title}: ${expected[0]}`, () => {
      const { roles = [role('r', [rules])] } = given;
      const [of] = roles;
      const [who] = subjects;
      assert.ok(of && who);
      const { name } = of.metadata;
      const narrowableOf = narrowableBy(roles, [binding('b', name, [...subjects])], agentOfSubject);
      const { verdict, why } = narrowableOf(who, name);
      assert.equal([verdict, why], expected);
    });
});
