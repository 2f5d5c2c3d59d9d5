import { rule } from '../../../kit/rbac.ts';
import { allow, askNodeProxy, devMay, devMayAllBut, pair, user } from '../given.ts';
import { bothNodes, type ExpectedFinding, type Scenario } from '../scenario.ts';

const ok = ['ok', 'ok'] as const;

/** The finding that status reports if the caller lacks a permission for a check. */
function unchecked(what: string, lacking: string): ExpectedFinding {
  return {
    cause: 'not-checked',
    severity: 'warning',
    message: `cannot check ${what}: you lack permission to ${lacking}`,
  };
}

/** The finding that status reports if kubelets deny direct requests of `dev`. */
const deniedDirectly: ExpectedFinding = {
  cause: 'caller-forbidden-by-kubelets',
  severity: 'note',
  message: 'kubelets deny you (user "dev"); this affects what goes to kubelets directly',
  commands: [/--user=dev$/, /./],
};

const kubeApiserverDenied: ExpectedFinding = {
  cause: 'access-missing',
  message: 'kubelets deny kube-apiserver (user "Kubernetes")',
  commands: ['kubectl kubeletaccess grant'],
};
const nodeProxyDenied: ExpectedFinding = {
  cause: 'caller-forbidden',
  message:
    'the API server denies you (user "dev") its node proxy; this is about your permissions, not kube-apiserver\'s',
  commands: askNodeProxy,
};

const uncheckedNodes = unchecked('nodes and their addresses', 'list nodes');
const uncheckedPair = unchecked(
  'the ClusterRole and its binding',
  'get clusterroles, clusterrolebindings',
);
const uncheckedReviews = unchecked('the permissions of others', 'create subjectaccessreviews');
const uncheckedNearMisses = unchecked(
  'similar RBAC objects',
  'list clusterroles, clusterrolebindings, rolebindings',
);

const ofCallers: readonly Scenario[] = [
  {
    title: 'the caller has no permissions',
    expected: {
      verdict: 'unknown',
      nodes: [],
      findings: [uncheckedNodes, uncheckedPair],
      pair: ['unknown', 'unknown'],
      saysNot: [/kubelets +\S+ +ok/],
    },
  },
  {
    title: 'the caller may read everything that status reads, and nothing else',
    given: [...pair(), ...devMayAllBut()],
    minors: [37],
    expected: { pair: ['present', 'present'] },
  },
  {
    title:
      'the caller has nodes/healthz, but a feature gate makes one kubelet check only nodes/proxy',
    cluster: { nodes: ['none', 'no-finer-permissions'] },
    given: [...pair(), ...devMay('list nodes', 'get nodes/healthz')],
    minors: [34],
    expected: {
      verdict: 'unknown',
      nodes: [
        ['ok', 'forbidden'],
        ['forbidden', 'forbidden'],
      ],
      findings: [
        nodeProxyDenied,
        uncheckedPair,
        { ...deniedDirectly, nodes: ['node-2'], commands: [] },
        {
          cause: 'finer-permissions-off',
          severity: 'note',
          nodes: ['node-2'],
          message:
            'feature gate KubeletFineGrainedAuthz is off: the kubelet asks for nodes/proxy alone, as up to 1.32',
        },
      ],
      says: ['remedy: set feature gate KubeletFineGrainedAuthz of the kubelet to true'],
    },
  },
  {
    title: 'the caller may not list nodes',
    given: [...pair(), ...devMayAllBut('list nodes')],
    expected: {
      verdict: 'unknown',
      nodes: [],
      findings: [uncheckedNodes],
      saysNot: [/kubelets +\S+ +ok/],
    },
  },
  {
    title: 'the caller may not list nodes, and names a node',
    given: [...pair(), ...devMayAllBut('list nodes')],
    args: ['--node', 'node-2'],
    minors: [37],
    expected: { nodes: [ok], says: [/node-2 +v1\.37\.2/] },
  },
  {
    title: 'the caller may only get nodes/proxy, and names a node',
    given: [...pair(), ...devMay('get nodes/proxy')],
    args: ['--node', 'node-2'],
    expected: {
      nodes: [['not-asked', 'ok']],
      findings: [
        unchecked('nodes and their addresses', 'get nodes'),
        uncheckedPair,
        uncheckedReviews,
      ],
      pair: ['unknown', 'unknown'],
      says: [/caller -> kubelets +dev +not asked: its address is unknown/],
    },
  },
  {
    title: 'the caller may only get nodes/proxy, names a node, and kube-apiserver has no access',
    given: devMay('get nodes/proxy'),
    args: ['--node', 'node-2'],
    expected: {
      verdict: 'access-missing',
      nodes: [['not-asked', 'forbidden']],
      findings: [
        kubeApiserverDenied,
        unchecked('nodes and their addresses', 'get nodes'),
        uncheckedPair,
        uncheckedReviews,
        uncheckedNearMisses,
      ],
    },
  },
  ...(
    [
      ['create subjectaccessreviews', uncheckedReviews],
      ['list rolebindings', uncheckedNearMisses],
    ] as const
  ).map(
    ([missing, finding]): Scenario => ({
      title: `the caller may not ${missing}, and kube-apiserver has no access`,
      given: devMayAllBut(missing),
      minors: [37],
      expected: {
        verdict: 'access-missing',
        nodes: bothNodes('ok', 'forbidden'),
        findings: [kubeApiserverDenied, finding],
      },
    }),
  ),
  ...(
    [
      ['create subjectaccessreviews', uncheckedReviews],
      ['get clusterroles', uncheckedPair, ['unknown', 'unknown']],
      ['get clusterrolebindings', uncheckedPair, ['unknown', 'unknown']],
    ] as const
  ).map(
    ([missing, finding, pairStates = ['present', 'present']]): Scenario => ({
      title: `the caller may not ${missing}, and kubelets answer kube-apiserver`,
      given: [...pair(), ...devMayAllBut(missing)],
      minors: [37],
      expected: { findings: [finding], pair: pairStates },
    }),
  ),
  {
    title: 'the caller may not create subjectaccessreviews, and checks another subject',
    given: [...pair(), ...devMayAllBut('create subjectaccessreviews')],
    args: ['--subject', 'user:jane', '--profile', 'stats'],
    minors: [37],
    expected: { verdict: 'unknown', findings: [uncheckedReviews], saysNot: ['user:jane has'] },
  },
  {
    title: 'the caller may not get nodes/proxy, while kube-apiserver has access',
    given: [...pair(), ...devMayAllBut('get nodes/proxy')],
    minors: [37],
    expected: {
      verdict: 'unknown',
      nodes: bothNodes('ok', 'forbidden'),
      findings: [
        {
          ...nodeProxyDenied,
          evidence: [
            /User "dev" cannot get resource "nodes\/proxy"/,
            /asks for a node named "proxy"/,
          ],
        },
      ],
      says: [/caller -> apiserver +dev +forbidden: get nodes\/proxy/],
      saysNot: ['kubeletaccess grant\n'],
    },
  },
  {
    title: 'the caller may get nodes/proxy of one node only',
    given: [
      ...pair(),
      ...devMayAllBut('get nodes/proxy'),
      ...allow('proxies', user('dev'), [rule('nodes/proxy', 'get', { resourceNames: ['node-1'] })]),
    ],
    minors: [37],
    expected: {
      verdict: 'unknown',
      nodes: [ok, ['ok', 'forbidden']],
      findings: [
        {
          ...nodeProxyDenied,
          nodes: ['node-2'],
          evidence: [/^nodes "node-2" is forbidden: User "dev"/],
        },
      ],
      hop: ['Kubernetes', 'ok'],
      says: [/caller -> apiserver +dev +forbidden: get nodes\/proxy on 1 of 2 nodes\n/],
    },
  },
  {
    title:
      'the caller may not list certificatesigningrequests, and a kubelet waits for its certificate',
    cluster: { nodes: ['none', 'no-certificate'] },
    given: [...pair(), ...devMayAllBut('list certificatesigningrequests')],
    minors: [37],
    expected: {
      verdict: 'some-nodes-fail',
      nodes: [ok, ['no-serving-certificate-yet', 'no-serving-certificate-yet']],
      findings: [
        {
          cause: 'no-serving-certificate-yet',
          nodes: ['node-2'],
          message: 'waits for its CSR (signer kubernetes.io/kubelet-serving) to be approved',
          commands: [/^kubectl get csr/, 'kubectl kubeletaccess certificates'],
        },
        unchecked('certificate signing requests', 'list certificatesigningrequests'),
      ],
    },
  },
  {
    title:
      'kubelets deny direct requests of the caller, and the API server denies the caller the node proxy',
    given: devMay('list nodes', 'get nodes/healthz'),
    minors: [31],
    expected: {
      verdict: 'unknown',
      nodes: bothNodes('forbidden', 'forbidden'),
      findings: [nodeProxyDenied, uncheckedPair, { ...deniedDirectly, commands: [/--user=dev$/] }],
    },
  },
  {
    title: 'kubelets get a token with --show-token',
    caller: 'token',
    args: ['--show-token'],
    expected: {},
  },
  {
    title: 'no kubelet gets a token without --show-token',
    caller: 'token',
    expected: {
      nodes: bothNodes('not-asked', 'ok'),
      says: [/caller -> kubelets +token-admin +not asked: your token is not shown to kubelets/],
    },
  },
  {
    title: 'no kubelet gets a token with --show-token and -k',
    caller: 'token',
    args: ['-k', '--show-token'],
    expected: {
      nodes: bothNodes('not-asked', 'ok'),
      says: [/caller -> kubelets +token-admin +not asked: a token is never sent/],
    },
  },
];

export const callerScenarios = ofCallers.map((each): Scenario => ({ caller: 'dev', ...each }));
