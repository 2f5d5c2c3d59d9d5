import {
  bothNodes,
  type Cell,
  type ExpectedFinding,
  failsDirectly,
  type Scenario,
} from '../scenario.ts';

/** A scenario with this result and this finding on both nodes for every request through the API server. */
function throughApiServer(
  title: string,
  cluster: NonNullable<Scenario['cluster']>,
  cell: Cell,
  finding: Partial<ExpectedFinding> & Pick<ExpectedFinding, 'message'>,
  saysNot: readonly string[],
  verdict: Scenario['expected']['verdict'] = 'all-nodes-fail',
): Scenario {
  return {
    title,
    cluster,
    expected: {
      verdict,
      nodes: bothNodes('ok', cell),
      findings: [
        { cause: cell as ExpectedFinding['cause'], nodes: ['node-1', 'node-2'], ...finding },
      ],
      saysNot: ['kubeletaccess grant', ...saysNot],
    },
  };
}

function directly(args: readonly string[], cause: 'proxy-failed' | 'connection-refused'): Scenario {
  return {
    title: `${args.join(' ')}, where nothing listens`,
    args,
    expected: {
      nodes: bothNodes(cause, 'ok'),
      findings: [{ ...failsDirectly(cause, ['node-1', 'node-2']), evidence: ['127.0.0.1:1'] }],
      saysNot: ['forbidden'],
    },
  };
}

const notKubelet = 'something other than the kubelet answered (such as a proxy or load balancer)';

export const betweenScenarios: readonly Scenario[] = [
  throughApiServer(
    'a web proxy answers 403 with an error page',
    { inBetween: 'html-403' },
    'not-a-kubelet',
    {
      message: notKubelet,
      evidence: [
        /^something other than the kubelet of node-1 through the API server answered 403: <html>/,
      ],
    },
    ['you lack'],
  ),
  throughApiServer(
    'an admission webhook denies the request',
    { inBetween: 'admission' },
    'forbidden',
    {
      cause: 'not-a-kubelet',
      nodes: [],
      message: 'an admission plugin, a webhook or a proxy',
      evidence: ['admission webhook "nodes.policy.example.com" denied the request'],
    },
    ['you lack', 'about your permissions'],
    'unknown',
  ),
  throughApiServer(
    'an authorizer other than RBAC denies the caller',
    { inBetween: 'authorizer' },
    'forbidden',
    {
      cause: 'caller-forbidden',
      message:
        'the API server denies you (user "admin") its node proxy; this is about your permissions, not kube-apiserver\'s',
      evidence: ['policy "no-kubelets" denies it'],
      commands: ['kubectl auth can-i get nodes --subresource=proxy'],
    },
    [],
    'unknown',
  ),
  throughApiServer(
    'the API server answers 429 for too many requests',
    { inBetween: 'overload' },
    'server-error',
    {
      message: 'too many requests (429)',
      evidence: ['the API server answered 429: Too many requests, please try again later.'],
    },
    ['forbidden', 'something other'],
  ),
  throughApiServer(
    'konnectivity has no agent on the nodes',
    { tunnelFailure: 'no-agent' },
    'apiserver-cannot-reach-node',
    { message: /konnectivity/, evidence: ['No agent available'], commands: [/konnectivity/] },
    ['forbidden'],
  ),
  throughApiServer(
    'the proxy between the API server and the nodes cannot connect',
    { tunnelFailure: 'proxy-error' },
    'apiserver-cannot-reach-node',
    {
      message: 'proxy',
      evidence: ['proxy error from 127.0.0.1:8131'],
      commands: ['kubectl get nodes -o wide'],
    },
    ['forbidden'],
  ),
  directly(['--kubelet-proxy-url', 'http://127.0.0.1:1'], 'proxy-failed'),
  directly(['--kubelet-port', '1'], 'connection-refused'),
];
