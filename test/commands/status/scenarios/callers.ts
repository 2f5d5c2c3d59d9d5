import { rule } from '../../../kit/rbac.ts';
import { allow, askNodeProxy, devMay, devMayAllBut, pair, user } from '../given.ts';
import { bothNodes, type ExpectedFinding, type Scenario } from '../scenario.ts';

const ok = ['ok', 'ok'] as const;

/** The finding for a check that could not be completed, with the permission that it needs. */
function unchecked(what: string, lacking: string): ExpectedFinding {
  return {
    cause: 'not checked',
    severity: 'warning',
    message: `cannot check ${what}: you lack permission to ${lacking}`,
  };
}

/** The finding if kubelets deny dev direct requests. */
const selfRefused: ExpectedFinding = {
  cause: 'caller forbidden by kubelets',
  severity: 'note',
  message: 'kubelets deny you (user "dev"); this affects what goes to kubelets directly',
  commands: [/--user=dev$/, /./],
};

const uncheckedNodes = unchecked('nodes and their addresses', 'list nodes');
const uncheckedPair = unchecked(
  'the ClusterRole and its binding',
  'get clusterroles, clusterrolebindings',
);
const uncheckedReviews = unchecked('the permissions of others', 'create subjectaccessreviews');
const uncheckedClose = unchecked(
  'similar RBAC objects',
  'list clusterroles, clusterrolebindings, rolebindings',
);

export const callerScenarios: readonly Scenario[] = [
  {
    title:
      'a caller without permissions gets the missing permission of each check, and an unknown verdict',
    caller: 'dev',
    given: pair(),
    expected: {
      verdict: 'unknown',
      nodes: [],
      findings: [uncheckedNodes, uncheckedPair],
      pair: ['unknown', 'unknown'],
      saysNot: [/kubelets +\S+ +ok/],
    },
  },
  {
    title: 'a caller with all permissions for reading sees the same as an administrator',
    caller: 'dev',
    given: [...pair(), ...devMayAllBut()],
    minors: [37],
    expected: { pair: ['present', 'present'] },
  },
  {
    title: 'with the finer permission, if a feature gate makes a kubelet check only nodes/proxy',
    caller: 'dev',
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
        {
          cause: 'caller forbidden',
          message: 'the API server denies you (user "dev") its node proxy',
          commands: askNodeProxy,
        },
        uncheckedPair,
        { ...selfRefused, nodes: ['node-2'], commands: [] },
        {
          cause: 'finer permissions off',
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
    title: 'without list nodes',
    caller: 'dev',
    given: [...pair(), ...devMayAllBut('list nodes')],
    expected: {
      verdict: 'unknown',
      nodes: [],
      findings: [uncheckedNodes],
      saysNot: [/kubelets +\S+ +ok/],
    },
  },
  {
    title: 'without list nodes, but with the name of a node',
    caller: 'dev',
    given: [...pair(), ...devMayAllBut('list nodes')],
    args: ['--node', 'node-2'],
    minors: [37],
    expected: { nodes: [ok], says: [/node-2 +v1\.37\.2/] },
  },
  {
    title: 'with only get nodes/proxy, and the name of a node',
    caller: 'dev',
    given: [...pair(), ...devMay('get nodes/proxy')],
    args: ['--node', 'node-2'],
    expected: {
      nodes: [['not asked', 'ok']],
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
    title: 'with only get nodes/proxy and the name of a node, if nothing was granted',
    caller: 'dev',
    given: devMay('get nodes/proxy'),
    args: ['--node', 'node-2'],
    expected: {
      verdict: 'access missing',
      nodes: [['not asked', 'forbidden']],
      findings: [
        {
          cause: 'access missing',
          message: 'kubelets deny kube-apiserver (user "Kubernetes")',
          commands: ['kubectl kubeletaccess grant', /--user=Kubernetes$/],
        },
        unchecked('nodes and their addresses', 'get nodes'),
        uncheckedPair,
        uncheckedReviews,
        uncheckedClose,
      ],
    },
  },
  {
    title: 'without create subjectaccessreviews, if nothing was granted',
    caller: 'dev',
    given: devMayAllBut('create subjectaccessreviews'),
    minors: [37],
    expected: {
      verdict: 'access missing',
      nodes: bothNodes('ok', 'forbidden'),
      findings: [
        {
          cause: 'access missing',
          message: 'kubelets deny kube-apiserver (user "Kubernetes")',
          commands: ['kubectl kubeletaccess grant', /./],
        },
        uncheckedReviews,
      ],
    },
  },
  {
    title:
      'without create subjectaccessreviews, if everything is ok: the answers of kubelets are enough',
    caller: 'dev',
    given: [...pair(), ...devMayAllBut('create subjectaccessreviews')],
    minors: [37],
    expected: { findings: [uncheckedReviews] },
  },
  {
    title: 'without create subjectaccessreviews, about another subject: unknown',
    caller: 'dev',
    given: [...pair(), ...devMayAllBut('create subjectaccessreviews')],
    args: ['--subject', 'user:jane', '--profile', 'stats'],
    minors: [37],
    expected: { verdict: 'unknown', findings: [uncheckedReviews], saysNot: ['user:jane has'] },
  },
  {
    title: 'without get clusterroles',
    caller: 'dev',
    given: [...pair(), ...devMayAllBut('get clusterroles')],
    minors: [37],
    expected: { findings: [uncheckedPair], pair: ['unknown', 'unknown'] },
  },
  {
    title: 'without get clusterrolebindings',
    caller: 'dev',
    given: [...pair(), ...devMayAllBut('get clusterrolebindings')],
    minors: [37],
    expected: { findings: [uncheckedPair], pair: ['unknown', 'unknown'] },
  },
  {
    title: 'without list rolebindings, if nothing was granted',
    caller: 'dev',
    given: devMayAllBut('list rolebindings'),
    minors: [37],
    expected: {
      verdict: 'access missing',
      nodes: bothNodes('ok', 'forbidden'),
      findings: [
        {
          cause: 'access missing',
          message: 'kubelets deny kube-apiserver (user "Kubernetes")',
          commands: ['kubectl kubeletaccess grant', /./],
        },
        uncheckedClose,
      ],
    },
  },
  {
    title: 'without get nodes/proxy: reported about the caller, not about kube-apiserver',
    caller: 'dev',
    given: [...pair(), ...devMayAllBut('get nodes/proxy')],
    minors: [37],
    expected: {
      verdict: 'unknown',
      nodes: bothNodes('ok', 'forbidden'),
      findings: [
        {
          cause: 'caller forbidden',
          message:
            'the API server denies you (user "dev") its node proxy; this is about your permissions, not kube-apiserver\'s',
          evidence: [
            /User "dev" cannot get resource "nodes\/proxy"/,
            /asks for a node named "proxy"/,
          ],
          commands: askNodeProxy,
        },
      ],
      says: [/caller -> API server +dev +forbidden: get nodes\/proxy/],
      saysNot: ['kubeletaccess grant\n'],
    },
  },
  {
    title: 'with get nodes/proxy of one node only: the other nodes are unknown',
    caller: 'dev',
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
          cause: 'caller forbidden',
          nodes: ['node-2'],
          message: "this is about your permissions, not kube-apiserver's",
          evidence: [/^nodes "node-2" is forbidden: User "dev"/],
          commands: askNodeProxy,
        },
      ],
      hop: ['Kubernetes', 'ok'],
      says: [/caller -> API server +dev +forbidden: get nodes\/proxy on 1 of 2 nodes\n/],
    },
  },
  {
    title: 'without list certificatesigningrequests, if a kubelet waits for its certificate',
    cluster: { nodes: ['none', 'no-certificate'] },
    caller: 'dev',
    given: [...pair(), ...devMayAllBut('list certificatesigningrequests')],
    minors: [37],
    expected: {
      verdict: 'some nodes fail',
      nodes: [ok, ['no serving certificate yet', 'no serving certificate yet']],
      findings: [
        {
          cause: 'no serving certificate yet',
          nodes: ['node-2'],
          message: 'waits for its CSR (signer kubernetes.io/kubelet-serving) to be approved',
          commands: [/^kubectl get csr/, 'kubectl certificate approve CSR'],
        },
        unchecked('certificate signing requests', 'list certificatesigningrequests'),
      ],
    },
  },
  {
    title: 'kubelets deny the caller on one path, and kube-apiserver on the other',
    caller: 'dev',
    given: devMay('list nodes', 'get nodes/healthz'),
    minors: [31],
    expected: {
      verdict: 'unknown',
      nodes: bothNodes('forbidden', 'forbidden'),
      findings: [
        {
          cause: 'caller forbidden',
          message: "this is about your permissions, not kube-apiserver's",
          commands: askNodeProxy,
        },
        uncheckedPair,
        { ...selfRefused, commands: [/--user=dev$/] },
      ],
    },
  },
  {
    title: 'a token works like a certificate if the user allows it',
    caller: 'token',
    given: pair(),
    args: ['--via', 'direct'],
    expected: {},
  },
  {
    title: 'a token is sent to no kubelet unless the user allows it',
    caller: 'token',
    given: pair(),
    expected: {
      nodes: bothNodes('not asked', 'ok'),
      says: [/caller -> kubelets +token-admin +not asked: your token is not shown to kubelets/],
    },
  },
  {
    title: 'a token is not sent to unverified kubelets',
    caller: 'token',
    given: pair(),
    args: ['-k', '--via', 'direct'],
    expected: {
      nodes: bothNodes('not asked', 'ok'),
      says: [/caller -> kubelets +token-admin +not asked: a token is never sent/],
    },
  },
];
