import {
  type Cell,
  disagreement,
  type ExpectedFinding,
  failsDirectly,
  type Scenario,
} from '../scenario.ts';

const ok = ['ok', 'ok'] as const;
const on2 = { nodes: ['node-2'] } as const;

/** A scenario with all permissions. node-1 has no fault, and node-2 has `fault`. */
function beside(
  fault: NonNullable<NonNullable<Scenario['cluster']>['nodes']>[number],
  cells: readonly [Cell, Cell],
  findings: readonly ExpectedFinding[],
  more: Partial<Scenario> & Partial<Scenario['expected']> = {},
): Scenario {
  const { title, minors, cluster, args, says, saysNot } = more;
  const bad = cells[1] !== 'ok';
  return {
    title: title ?? `a node with the fault ${[fault].flat().join(' and ')}`,
    ...(minors && { minors }),
    ...(args && { args }),
    cluster: { nodes: ['none', fault], ...cluster },
    expected: {
      verdict: bad ? 'some-nodes-fail' : 'ok',
      nodes: [ok, cells],
      findings,
      pair: ['present', 'present'],
      ...(says && { says }),
      saysNot: ['forbidden', 'kubeletaccess grant', ...(saysNot ?? [])],
    },
  };
}

/** The finding for a fault of node-2 that affects direct requests and requests through the API server. */
function both(
  cause: Cell & ExpectedFinding['cause'],
  message: string | RegExp,
  evidence: readonly (string | RegExp)[],
  commands: readonly (string | RegExp)[] = [],
): ExpectedFinding {
  return { cause, ...on2, message, evidence, commands };
}

/** A scenario with a fault of node-2 that affects direct requests and requests through the API server. */
function onBothPaths(
  fault: Parameters<typeof beside>[0],
  cause: Parameters<typeof both>[0],
  message: string | RegExp,
  evidence: readonly (string | RegExp)[],
  commands: readonly (string | RegExp)[] = [],
  more: Parameters<typeof beside>[3] = {},
): Scenario {
  return beside(fault, [cause, cause], [both(cause, message, evidence, commands)], more);
}

const deniedBy2: ExpectedFinding = {
  ...{ cause: 'access-missing', ...on2 },
  message: 'kubelets deny kube-apiserver (they do not agree which user that is)',
};
const callerDeniedBy2: ExpectedFinding = {
  ...{ cause: 'caller-forbidden-by-kubelets', severity: 'note', ...on2 },
  message: 'as which they identify you; the API server identifies you as "admin"',
};

export const nodeScenarios: readonly Scenario[] = [
  {
    title: 'everything is ok, which takes at most sixteen lines',
    expected: {
      pair: ['present', 'present'],
      hop: ['Kubernetes', 'ok'],
      says: [/^(?:[^\n]*\n){1,16}$/, 'node-1', 'node-2'],
      saysNot: ['*', 'ACCESS', 'run:'],
    },
  },
  beside('none', ok, []),
  beside('windows', ok, []),
  beside('ipv6-only', ok, [], { says: [/node-2 .*\[::1\]:\d+ +ok +ok/] }),
  beside('anonymous', ok, []),
  beside('always-allow', ok, [disagreement], {
    title: 'a kubelet has AlwaysAllow, and RBAC allows the access, too',
  }),

  beside(
    'black-hole',
    ['connection-timed-out', 'no-answer'],
    [
      both(
        'connection-timed-out',
        'a firewall or security group drops the packets',
        [/no connection within \d+ s/, /no answer within \d+ s/],
        ['kubectl get nodes -o wide'],
      ),
    ],
    {
      title: 'a node drops packets, and the API server waits longer than --timeout',
      minors: [37],
      cluster: { dialTimeoutMs: 30_000 },
    },
  ),
  beside(
    'self-signed',
    ['self-signed-certificate', 'ok'],
    [failsDirectly('self-signed-certificate', on2.nodes)],
    {
      title: 'a certificate is self-signed, and the API server does not verify kubelets',
      cluster: { verifyKubelets: false },
    },
  ),
  beside('self-signed', ok, [], {
    title: 'a certificate is self-signed, and -k is given',
    cluster: { verifyKubelets: false },
    args: ['-k'],
  }),
  beside(
    'self-signed',
    ['different-certificate', 'ok'],
    [failsDirectly('different-certificate', on2.nodes)],
    {
      title: 'a self-signed certificate has another fingerprint than --kubelet-fingerprint',
      cluster: { verifyKubelets: false },
      args: ['--kubelet-fingerprint', `node-2=${'00'.repeat(32)}`],
    },
  ),
  onBothPaths(
    ['stopped', 'not-ready'],
    'connection-refused',
    'but the connection was refused: the kubelet is stopped',
    ['connection refused', 'node-2 is not ready: Kubelet stopped posting node status.'],
    ['ssh node-2 journalctl -u kubelet -n 100 --no-pager | kubectl kubeletaccess explain -'],
  ),

  {
    title: 'a kubelet denies requests in the name of the API server, which allows them',
    cluster: { nodes: ['none', 'forger'] },
    expected: {
      verdict: 'some-nodes-fail',
      nodes: [ok, ['not-a-kubelet', 'not-a-kubelet']],
      findings: [
        both('not-a-kubelet', 'something other than the kubelet answered', [
          'something other than the kubelet of node-2 through the API server answered 403: {"kind":"Status"',
        ]),
      ],
      saysNot: ['API server denies', 'missing rule'],
    },
  },
  {
    title: 'two kubelets name different users',
    cluster: { nodes: ['none', 'liar'] },
    expected: {
      verdict: 'access-missing',
      nodes: [ok, ['forbidden', 'forbidden']],
      findings: [
        {
          cause: 'identity-unknown',
          message: 'kubelets name different users',
          evidence: [
            'node-1: denies user "Kubernetes"',
            'node-2: denies user "system:serviceaccount:evil:evil"',
            'A kubelet, broken or hostile, must not choose',
          ],
        },
        deniedBy2,
        callerDeniedBy2,
      ],
      saysNot: [/run: .*evil/, 'missing rule'],
    },
  },
  {
    title: 'one kubelet names a user, and the other kubelet denies nothing',
    minors: [37],
    given: [],
    cluster: { nodes: ['always-allow', 'thief'] },
    expected: {
      verdict: 'access-missing',
      nodes: [ok, ['forbidden', 'forbidden']],
      findings: [
        {
          cause: 'identity-unknown',
          message: 'some kubelets deny user "jane", others deny nothing',
          evidence: ['node-1: denies nothing', 'node-2: denies user "jane"'],
        },
        deniedBy2,
        {
          cause: 'authorization-off',
          severity: 'warning',
          nodes: ['node-1'],
          message: 'authorization.mode is AlwaysAllow',
          commands: ['kubectl kubeletaccess audit'],
        },
        callerDeniedBy2,
      ],
      saysNot: [/kubectl .*jane/, 'missing rule'],
    },
  },
];
