import { rule } from '../../../kit/rbac.ts';
import { allow, pair, user } from '../given.ts';
import { bothNodes, byAnotherWay, failsDirectly, type Scenario } from '../scenario.ts';

const ok = ['ok', 'ok'] as const;

export const optionScenarios: readonly Scenario[] = [
  {
    title: '--node checks only this node, although another kubelet is stopped',
    cluster: { nodes: ['none', 'stopped'] },
    args: ['--node', 'node-1'],
    expected: { nodes: [ok], saysNot: ['node-2'] },
  },
  {
    title: '-l checks only nodes with the label',
    cluster: { nodes: ['none', 'windows', 'stopped'] },
    args: ['-l', 'kubernetes.io/os=windows'],
    expected: { nodes: [ok], says: ['node-2'], saysNot: ['node-1'] },
  },
  {
    title: '-l names a label that no node has',
    args: ['-l', 'kubernetes.io/os=plan9'],
    expected: {
      verdict: 'unknown',
      nodes: [],
      findings: [
        { cause: 'no-node', message: 'no node matches selector "kubernetes.io/os=plan9"' },
      ],
    },
  },
  {
    title: 'the cluster has no nodes',
    cluster: { nodes: [] },
    expected: {
      verdict: 'unknown',
      nodes: [],
      findings: [{ cause: 'no-node', message: 'the cluster has no nodes' }],
      saysNot: [/kubelets +\S+ +ok/],
    },
  },
  {
    title: '--profile is apiserver-full, while kube-apiserver has only profile apiserver',
    args: ['--profile', 'apiserver-full'],
    minors: [37],
    expected: {
      verdict: 'access-missing',
      findings: [
        {
          cause: 'access-missing',
          message:
            /^kube-apiserver \(user:Kubernetes\) lacks get nodes\/healthz, get nodes\/pods, get nodes\/configz, create nodes\/checkpoint$/,
          commands: ['kubectl kubeletaccess grant --profile apiserver-full'],
        },
      ],
      pair: ['drifted', 'present'],
    },
  },
  {
    title: 'certificates expire within the time of --expires-within',
    args: ['--expires-within', '400d'],
    expected: {
      findings: [
        {
          cause: 'certificate-expires-soon',
          severity: 'warning',
          nodes: ['node-1', 'node-2'],
          message: /^node-1 and node-2: the serving certificate expires in 36[45] days/,
          evidence: [/^node-1: expires \d{4}-/],
          commands: [/^kubectl get csr /],
        },
      ],
    },
  },
  {
    title: '--kubelet-preferred-address-types selects names that do not resolve',
    args: ['--kubelet-preferred-address-types', 'Hostname'],
    expected: {
      nodes: bothNodes('name-does-not-resolve', 'ok'),
      findings: [failsDirectly('name-does-not-resolve', ['node-1', 'node-2'])],
    },
  },
  {
    title: '--subject lacks nodes/proxy, which no advised command grants',
    args: ['--subject', 'user:kubernetes'],
    expected: {
      verdict: 'access-missing',
      findings: [
        {
          cause: 'access-missing',
          message: /^user:kubernetes lacks get nodes\/proxy, create nodes\/proxy, get nodes\/stats/,
          commands: [],
        },
      ],
    },
  },
  {
    title: '--subject is a group with another binding',
    given: [...pair(), ...allow('ops', { kind: 'Group', name: 'ops' }, [rule('nodes/stats')])],
    args: ['--subject', 'group:ops', '--profile', 'stats'],
    expected: {
      findings: [byAnotherWay('group:ops has it through ClusterRoleBinding ops')],
      pair: ['absent', 'absent'],
    },
  },
  {
    title: '--subject is the caller, so that answers of kubelets count',
    args: ['--subject', 'user:dev', '--profile', 'stats'],
    caller: 'dev',
    given: [
      ...pair(),
      ...allow('devs', user('dev'), [
        rule('nodes', 'get,list'),
        rule('nodes/proxy,nodes/stats'),
        rule('clusterroles,clusterrolebindings', 'get', { apiGroups: ['*'] }),
        rule('subjectaccessreviews', 'create', { apiGroups: ['*'] }),
      ]),
    ],
    expected: {
      findings: [byAnotherWay('user:dev has it through ClusterRoleBinding devs')],
    },
  },
];
