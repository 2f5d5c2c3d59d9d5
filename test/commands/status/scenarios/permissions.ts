import { everything, pairRule, rule } from '../../../kit/rbac.ts';
import {
  allow,
  binding,
  empty,
  pair,
  pairBinding,
  pairRole,
  pairUntil,
  role,
  user,
} from '../given.ts';
import { bothNodes, byAnotherWay, type ExpectedFinding, type Scenario } from '../scenario.ts';

const ok = ['ok', 'ok'] as const;
const refused = ['ok', 'forbidden'] as const;
const grant = 'kubectl kubeletaccess grant';
const kubeadmUser = 'kube-apiserver-kubelet-client';
const kubeadmBinding = 'kubeadm:apiserver-kubelet-client';
const kubeletAdmin = 'system:kubelet-api-admin';

/** The finding that status reports if all kubelets deny kube-apiserver. */
function denial(
  evidence: readonly (string | RegExp)[] = [],
  userName = 'Kubernetes',
): ExpectedFinding {
  return {
    cause: 'access-missing',
    message: `kubelets deny kube-apiserver (user "${userName}"); your own permissions are not involved`,
    evidence: [
      new RegExp(
        `^the kubelet of node-1 through the API server answered 403: Forbidden \\(user=${userName}, verb=get, resource=nodes, subresource(?:=proxy|\\(s\\)=\\[proxy\\])\\)$`,
      ),
      ...evidence,
    ],
    commands: [grant],
  };
}

/** A scenario with RBAC objects that nearly grant access. */
function nearMiss(
  title: string,
  given: Scenario['given'],
  evidence: readonly (string | RegExp)[],
  states: readonly ['present' | 'absent' | 'drifted', 'present' | 'absent' | 'drifted'],
): Scenario {
  return {
    title: `near miss: ${title}`,
    ...(given && { given }),
    expected: {
      verdict: 'access-missing',
      nodes: [refused, refused],
      findings: [denial(evidence)],
      pair: states,
    },
  };
}

const wholePair = pairRule.resources?.join() ?? '';

export const rightScenarios: readonly Scenario[] = [
  {
    title: 'kube-apiserver has no access',
    given: [],
    expected: {
      verdict: 'access-missing',
      nodes: [refused, refused],
      findings: [denial()],
      pair: ['absent', 'absent'],
      hop: ['Kubernetes', 'forbidden: get nodes/proxy'],
      says: [
        /get nodes\/proxy +denied +allowed/,
        'missing rule: {apiGroups: [""], resources: ["nodes/proxy"], verbs: ["get"]}',
      ],
    },
  },
  ...['kube-apiserver', 'kubernetes', 'kube-apiserver-kubelet-client'].map(
    (name): Scenario => ({
      title: `kube-apiserver has the user name "${name}" and no access`,
      given: [],
      cluster: { kubeletClient: name },
      expected: {
        verdict: 'access-missing',
        nodes: [refused, refused],
        findings: [denial([], name)],
        hop: [name, 'forbidden: get nodes/proxy'],
      },
    }),
  ),
  ...['kube-apiserver', 'kubernetes'].map(
    (name): Scenario => ({
      title: `kube-apiserver has the user name "${name}" and access`,
      cluster: { kubeletClient: name },
      given: pair(name),
      expected: { pair: ['present', 'present'], hop: [name, 'ok'] },
    }),
  ),
  ...[
    {
      by: 'kubeadm',
      given: [
        role(kubeletAdmin, [pairRule]),
        binding(kubeadmBinding, kubeletAdmin, [user(kubeadmUser)]),
      ],
    },
    { by: 'a pair of its own', given: pair(kubeadmUser) },
  ].map(
    ({ by, given }): Scenario => ({
      title: `kube-apiserver of kubeadm has access by ${by}`,
      cluster: { kubeletClient: kubeadmUser },
      given,
      expected: { pair: ['present', 'present'], hop: [kubeadmUser, 'ok'] },
    }),
  ),
  {
    title: 'kube-apiserver sends kubelets no credential',
    given: [],
    cluster: { kubeletClient: 'system:anonymous' },
    expected: {
      verdict: 'all-nodes-fail',
      nodes: bothNodes('ok', 'no-credential-accepted'),
      findings: [
        {
          cause: 'no-credential-accepted',
          nodes: ['node-1', 'node-2'],
          message: /^node-1 and node-2: .*--kubelet-client-certificate/,
          evidence: [/Forbidden \(user=system:anonymous,/],
        },
      ],
      saysNot: ['run: kubectl kubeletaccess grant', 'create clusterrole', 'missing rule'],
    },
  },
  {
    title: 'kube-apiserver uses the certificate of a node, which is never granted access',
    given: [],
    cluster: { kubeletClient: 'system:node:node-1' },
    expected: {
      verdict: 'access-missing',
      nodes: [refused, refused],
      findings: [
        {
          cause: 'access-missing',
          message: 'kubelets deny kube-apiserver (user "system:node:node-1")',
          evidence: [
            /Forbidden \(user=system:node:node-1,/,
            /^"system:node:node-1" is never granted access: it is a node identity: .*--kubelet-client-certificate/,
          ],
        },
      ],
      saysNot: ['run: ', 'missing rule'],
    },
  },

  ...(
    [
      [
        'lacks a resource',
        rule('nodes/proxy,nodes/stats,nodes/spec,nodes/metrics', '*'),
        'kube-apiserver (user:Kubernetes) lacks get nodes/log',
        [/drifted: lacks \*? ?(?:on )?nodes\/log/, /get nodes\/log +denied +allowed/],
      ],
      [
        'allows get, but not create',
        rule(wholePair, 'get'),
        'lacks create nodes/proxy',
        [/create nodes\/proxy +denied/],
      ],
    ] as const
  ).map(
    ([what, given, message, says]): Scenario => ({
      title: `the ClusterRole ${what}`,
      given: [role(pairRole, [given]), binding(pairBinding, pairRole, [user('Kubernetes')])],
      expected: {
        verdict: 'access-missing',
        findings: [{ cause: 'access-missing', message, commands: [grant] }],
        pair: ['drifted', 'present'],
        says,
      },
    }),
  ),
  {
    title: 'the ClusterRoleBinding refers to another role',
    given: [
      ...pair('kubernetes-admin'),
      role('view', [rule('pods')]),
      binding(pairBinding, 'view', [user('Kubernetes')]),
    ],
    expected: {
      verdict: 'access-missing',
      nodes: [refused, refused],
      findings: [denial()],
      pair: ['present', 'drifted'],
      says: [`drifted: lacks role ${pairRole} (it refers to ClusterRole view)`],
    },
  },
  {
    title: 'the access has expired, and is not revoked',
    given: pairUntil(-3_600_000),
    expected: {
      verdict: 'access-expired',
      findings: [
        {
          cause: 'access-expired',
          message:
            /^the access granted to user:Kubernetes expired at 20\d\d-\S+Z, and stays in effect until it is revoked/,
          commands: ['kubectl kubeletaccess revoke --expired'],
        },
      ],
      pair: ['present', 'expired'],
      says: [/expired at \d{4}-/],
    },
  },
  {
    title: 'the access expires in an hour',
    given: pairUntil(3_600_000),
    expected: { pair: ['present', 'present'], says: [/present, expires \d{4}-/] },
  },
  {
    title: 'only another binding gives the access',
    given: allow('kubelet-api', user('Kubernetes'), [pairRule]),
    expected: {
      findings: [byAnotherWay('user:Kubernetes has it through ClusterRoleBinding kubelet-api')],
      pair: ['absent', 'absent'],
    },
  },
  {
    title: 'only another binding gives the access, and it also allows everything else',
    given: allow('cluster-admin', user('Kubernetes'), [everything]),
    expected: {
      findings: [byAnotherWay(/something else allows it$/)],
    },
  },
  {
    title: 'the usual binding and another binding give the access',
    given: [...pair(), ...allow('kubelet-api', user('Kubernetes'), [pairRule])],
    expected: {},
  },

  nearMiss(
    'the subject of the binding has kind Group in place of User',
    [...pair('x'), binding(pairBinding, pairRole, [{ kind: 'Group', name: 'Kubernetes' }])],
    ['not to user "Kubernetes": the binding says Group'],
    ['present', 'drifted'],
  ),
  {
    title: 'the resourceNames of a role lack one of the nodes',
    given: allow('kubelets', user('Kubernetes'), [
      rule(wholePair, '*', { resourceNames: ['node-1'] }),
    ]),
    expected: {
      verdict: 'access-missing',
      nodes: [ok, refused],
      findings: [
        {
          cause: 'access-missing',
          nodes: ['node-2'],
          message: 'kubelets deny kube-apiserver (user "Kubernetes")',
          evidence: [
            /the kubelet of node-2 .*403/,
            'ClusterRoleBinding kubelets gives it on node-1 alone',
          ],
          commands: [grant],
        },
      ],
      says: ['RBAC allows it on node-1 alone'],
    },
  },
  {
    title: 'the role of the pair is limited to one of the nodes',
    given: [
      role(pairRole, [rule(wholePair, '*', { resourceNames: ['node-1'] })]),
      binding(pairBinding, pairRole, [user('Kubernetes')]),
    ],
    expected: {
      verdict: 'access-missing',
      nodes: [ok, refused],
      pair: ['drifted', 'present'],
      says: ['lacks nodes other than node-1'],
      findings: [
        {
          cause: 'access-missing',
          nodes: ['node-2'],
          message: 'kubelets deny kube-apiserver (user "Kubernetes")',
          evidence: [/403/, `ClusterRoleBinding ${pairBinding} gives it on node-1 alone`],
          commands: [grant],
        },
      ],
    },
  },

  // Each of these scenarios needs its own sandbox, because its kubelets still cache answers afterwards.
  {
    title: 'access was granted a moment ago, and kubelets still cache the denial',
    cluster: { cacheMs: { denied: 60_000, allowed: 60_001 } },
    given: [],
    afterwards: pair(),
    expected: {
      verdict: 'access-missing',
      nodes: [refused, refused],
      findings: [
        {
          cause: 'access-cached',
          message: 'user "Kubernetes" is allowed now, but kubelets cache denials for up to 30s',
          commands: ['kubectl kubeletaccess status'],
        },
      ],
      pair: ['present', 'present'],
    },
  },
  {
    title: 'access was revoked a moment ago, and kubelets still cache the permission',
    cluster: { cacheMs: { denied: 60_000, allowed: 60_002 } },
    afterwards: [empty],
    expected: {
      verdict: 'unknown',
      findings: [
        {
          cause: 'access-cached',
          message:
            'nothing allows user:Kubernetes that access now, but kubelets still do: they cache permissions',
        },
      ],
      pair: ['absent', 'absent'],
      saysNot: ['something else allows it'],
    },
  },
  {
    title: 'RBAC denies the access, and kubelets with AlwaysAllow allow it',
    given: [],
    cluster: { nodes: ['always-allow', 'always-allow'] },
    expected: {
      findings: [
        {
          cause: 'authorization-off',
          severity: 'warning',
          nodes: ['node-1', 'node-2'],
          message: '(authorization.mode is AlwaysAllow); RBAC is not involved',
          commands: ['kubectl kubeletaccess audit'],
        },
      ],
    },
  },

  {
    title: '--subject lacks the permissions of --profile',
    args: ['--subject', 'user:jane', '--profile', 'stats'],
    expected: {
      verdict: 'access-missing',
      findings: [
        {
          cause: 'access-missing',
          message: /^user:jane lacks get nodes\/stats$/,
          commands: ['kubectl kubeletaccess grant --profile stats --subject user:jane'],
        },
      ],
      pair: ['absent', 'absent'],
    },
  },
  {
    title: '--subject has the permissions of --profile',
    given: [
      ...pair(),
      role('kubeletaccess:stats', [rule('nodes/stats'), rule('nodes', 'get,list')]),
      binding('kubeletaccess:stats:user:jane', 'kubeletaccess:stats', [user('jane')]),
    ],
    args: ['--subject', 'user:jane', '--profile', 'stats'],
    expected: { pair: ['present', 'present'], says: [/user:jane/] },
  },
];
