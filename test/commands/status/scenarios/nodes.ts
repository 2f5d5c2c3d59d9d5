import { pair } from '../given.ts';
import { type Cell, disagreement, type ExpectedFinding, type Scenario } from '../scenario.ts';

const ok = ['ok', 'ok'] as const;
const on2 = { nodes: ['node-2'] } as const;

/** A good node beside one with this fault, and all permissions are there. */
function beside(
  fault: NonNullable<NonNullable<Scenario['cluster']>['nodes']>[number],
  cells: readonly [Cell, Cell],
  findings: readonly ExpectedFinding[],
  more: Partial<Scenario> & Partial<Scenario['expected']> = {},
): Scenario {
  const { title, minors, cluster, args, says, saysNot } = more;
  const bad = cells[1] !== 'ok';
  return {
    title: title ?? `${[fault].flat().join(' and ')}: reported for that node only`,
    ...(minors && { minors }),
    ...(args && { args }),
    cluster: { nodes: ['none', fault], ...cluster },
    given: pair(),
    expected: {
      verdict: bad ? 'some nodes fail' : 'ok',
      nodes: [ok, cells],
      findings,
      pair: ['present', 'present'],
      ...(says && { says }),
      saysNot: ['forbidden', 'kubeletaccess grant', ...(saysNot ?? [])],
    },
  };
}

/** What both paths met. */
function both(
  cause: Cell & ExpectedFinding['cause'],
  message: string | RegExp,
  evidence: readonly (string | RegExp)[],
  commands: readonly (string | RegExp)[] = [],
): ExpectedFinding {
  return { cause, ...on2, message, evidence, commands };
}

/** A fault that both paths meet. */
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

export const nodeScenarios: readonly Scenario[] = [
  {
    title: 'all is ok: fourteen lines, and nothing more',
    given: pair(),
    expected: {
      pair: ['present', 'present'],
      hop: ['Kubernetes', 'ok'],
      says: [/^(?:[^\n]*\n){1,14}$/, 'node-1', 'node-2'],
      saysNot: ['*', 'ACCESS', 'run:'],
    },
  },
  beside('none', ok, []),
  beside('windows', ok, []),
  beside('ipv6-only', ok, [], { says: [/node-2 .*\[::1\]:\d+ +ok +ok/] }),
  beside('anonymous', ok, []),
  beside('expires-soon', ok, [
    {
      cause: 'certificate expires soon',
      severity: 'warning',
      ...on2,
      message: 'node-2: the serving certificate expires in 4 days',
      evidence: [/^node-2: expires \d{4}-/],
      commands: ['kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving'],
    },
  ]),
  beside('always-allow', ok, [disagreement], {
    title: 'always-allow: not a fault while RBAC allows it as well',
  }),

  // Who listens at all.
  onBothPaths(
    'stopped',
    'connection refused',
    /^node-2: .* which refused the connection: a firewall rejects it, or the kubelet is stopped or listens on another port; permissions were not checked$/,
    [
      /^cannot reach the kubelet of node-2 at 127\.0\.0\.1:1: connection refused$/,
      'dial tcp 127.0.0.1:1: connect: connection refused',
    ],
    ['systemctl status kubelet'],
  ),
  onBothPaths(
    'black-hole',
    'connection timed out',
    'a firewall or security group drops the packets, or the host is gone',
    [/no connection within \d+ s/, 'i/o timeout'],
    ['kubectl get nodes -o wide'],
    { minors: [37] },
  ),
  beside(
    'black-hole',
    ['connection timed out', 'no answer'],
    [
      both(
        'connection timed out',
        'a firewall or security group drops the packets',
        [/no connection within \d+ s/, /no answer within \d+ s/],
        ['kubectl get nodes -o wide'],
      ),
    ],
    {
      title: 'black-hole: one finding, although the API server waits longer than --timeout',
      minors: [37],
      cluster: { dialTimeoutMs: 30_000 },
    },
  ),
  onBothPaths(
    'no-route',
    'no route',
    'has no route to the kubelet at 224.0.0.1:',
    [': no route', 'network is unreachable'],
    ['kubectl get nodes -o wide'],
  ),
  beside(
    'silent',
    ['handshake failed', 'handshake failed'],
    [
      both('handshake failed', 'accepts connections but does not complete the TLS handshake', [
        /did not complete the TLS handshake within \d+ s/,
        /net\/http: TLS handshake timeout/,
      ]),
    ],
    { minors: [37] },
  ),
  onBothPaths(
    'no-answer',
    'no answer',
    'but got no answer in time: it hangs or is overloaded',
    [/within \d+ s/],
    [],
    { minors: [37] },
  ),
  onBothPaths(
    'stall',
    'no answer',
    'but got no answer in time',
    [/its answer did not end within \d+ s/],
    [],
    { minors: [37] },
  ),
  onBothPaths(
    'cut',
    'connection cut',
    'was cut',
    [
      'the kubelet of node-2 through the API server: the connection was cut in the middle of the answer',
    ],
    [],
    { saysNot: ['cannot reach the API server'] },
  ),
  onBothPaths(
    'not-tls',
    'not TLS',
    'does not speak TLS: it is not the kubelet, or something is in between',
    ['what listens there does not speak TLS', 'first record does not look like a TLS handshake'],
  ),
  onBothPaths(
    'not-http',
    'not HTTP',
    'does not speak HTTP: it is not the kubelet, or something is in between',
    ['what listens there does not speak HTTP', 'malformed HTTP response "SSH-2.0-OpenSSH_9.9"'],
    [],
    { saysNot: ['https://'] },
  ),
  onBothPaths(
    'portal',
    'not a kubelet',
    'something other than the kubelet answered (a proxy or load balancer?)',
    ['answered 200: <html>'],
  ),

  // Its serving certificate.
  onBothPaths(
    'wrong-name',
    'certificate for another name',
    'is not valid for the name or address that the client (you or kube-apiserver) used',
    [
      'its certificate is for another name (valid for DNS:elsewhere, IP Address:10.0.0.1, not 127.0.0.1)',
      'x509: certificate is valid for 10.0.0.1, not 127.0.0.1',
      /^certificate of node-2: subject CN=system:node:node-2,O=system:nodes, issuer CN=sandbox-ca, names DNS:elsewhere/,
    ],
  ),
  onBothPaths(
    'other-authority',
    'unknown issuer',
    'does not trust the CA that signed the certificate',
    [
      'signed by an authority that is not trusted',
      'x509: certificate signed by unknown authority',
      'issuer CN=another-ca,',
    ],
  ),
  beside(
    'self-signed',
    ['self-signed certificate', 'certificate for another name'],
    [
      both(
        'certificate for another name',
        'is not valid for the IP address that kube-apiserver used: self-signed kubelet certificates name only the host',
        [
          "doesn't contain any IP SANs",
          /^directly: cannot reach .* its certificate is self-signed$/,
          'issuer CN=node-2-ca@',
        ],
        ["kubectl kubeletaccess explain 'self-signed certificate'"],
      ),
    ],
  ),
  beside(
    'self-signed-alone',
    ['self-signed certificate', 'unknown issuer'],
    [
      both(
        'unknown issuer',
        'kube-apiserver does not trust the CA',
        [
          'certificate signed by unknown authority',
          /^directly: cannot reach .* its certificate is self-signed$/,
        ],
        ["kubectl kubeletaccess explain 'self-signed certificate'"],
      ),
    ],
  ),
  beside(
    'self-signed',
    ['self-signed certificate', 'ok'],
    [
      {
        cause: 'self-signed certificate',
        severity: 'note',
        ...on2,
        message: 'direct access fails (self-signed certificate); this affects only you',
      },
    ],
    {
      title: 'self-signed: not a fault for an API server that does not verify kubelets',
      cluster: { verifyKubelets: false },
    },
  ),
  beside('self-signed', ok, [], {
    title: 'self-signed: not a fault on either path with -k',
    cluster: { verifyKubelets: false },
    args: ['-k'],
  }),
  beside(
    'self-signed',
    ['different certificate', 'ok'],
    [
      {
        cause: 'different certificate',
        severity: 'note',
        ...on2,
        message: 'direct access fails (different certificate); this affects only you',
      },
    ],
    {
      title: 'self-signed: another fingerprint than that of --kubelet-fingerprint',
      cluster: { verifyKubelets: false },
      args: ['--kubelet-fingerprint', `node-2=${'00'.repeat(32)}`],
    },
  ),
  onBothPaths('expired', 'certificate expired', 'has expired, or a clock is wrong', [
    'its certificate has expired',
    /x509: certificate has expired or is not yet valid: current time \S+ is after/,
    /^certificate of node-2: .* to \d{4}-/,
  ]),
  onBothPaths('not-yet-valid', 'certificate not yet valid', 'is not yet valid: a clock is wrong', [
    'its certificate is not yet valid',
    /current time \S+ is before/,
  ]),
  onBothPaths('not-for-servers', 'certificate not for servers', 'is not meant for servers', [
    'its certificate is not meant for servers',
    'incompatible key usage',
  ]),
  onBothPaths(
    'no-certificate',
    'no serving certificate yet',
    'it waits for its CSR (signer kubernetes.io/kubelet-serving) to be approved',
    ['no serving certificate yet (TLS alert 80)', 'remote error: tls: internal error'],
    [/^kubectl get csr csr-[0-9a-f]{5} /, /^kubectl certificate approve csr-[0-9a-f]{5}$/],
  ),

  // Its Node object.
  onBothPaths(
    'unresolvable',
    'name does not resolve',
    'cannot resolve the name of the kubelet at node-2.invalid:',
    [': name does not resolve', 'lookup node-2.invalid on 10.96.0.10:53: no such host'],
    ['kubectl get nodes -o wide'],
  ),
  onBothPaths(
    'no-addresses',
    'no address',
    'the Node object has no address of a type that the client (you or kube-apiserver) uses',
    [
      'node node-2 has no address of type InternalIP, ExternalIP, Hostname, InternalDNS, ExternalDNS',
      'no preferred addresses found; known addresses: []',
    ],
    [/^kubectl get nodes -o custom-columns=/],
  ),
  beside(
    'deleted',
    ['ok', 'node gone'],
    [
      both('node gone', 'the API server no longer has this Node object', [
        'nodes "node-2" not found',
      ]),
    ],
  ),
  beside('not-ready', ok, [
    {
      cause: 'node not ready',
      severity: 'warning',
      ...on2,
      message: 'node-2: not ready according to the Node object, but the kubelet answers',
      evidence: ['node-2 is not ready: Kubelet stopped posting node status.'],
      commands: ['kubectl describe node node-2'],
    },
  ]),
  onBothPaths(
    ['stopped', 'not-ready'],
    'connection refused',
    'which refused the connection: a firewall rejects it',
    ['connection refused', 'node-2 is not ready: Kubelet stopped posting node status.'],
    ['systemctl status kubelet'],
  ),

  // Its answers.
  onBothPaths(
    'unauthorized',
    'no credential accepted',
    "the kubelet accepted no credential (401), neither yours nor kube-apiserver's: check its clientCAFile, and --kubelet-client-certificate",
    ['answered 401: Unauthorized'],
  ),
  onBothPaths(
    'cut-off',
    'kubelet cannot reach API server',
    'could not ask the API server whether the user is allowed',
    [/500: Authorization error \(user=admin,/, /500: Authorization error \(user=Kubernetes,/],
    ['journalctl -u kubelet --since -10min'],
  ),
  beside(
    'handlers-off',
    ['ok', 'switched off'],
    [
      both(
        'switched off',
        'is switched off in the configuration of the kubelet (enableDebuggingHandlers, enableSystemLogHandler, enableProfilingHandler or enableDebugFlagsHandler); no permission opens it',
        ['answered 405: Debug endpoints are disabled.'],
      ),
    ],
  ),
  beside(
    'unhealthy',
    ['server error', 'ok'],
    [
      {
        cause: 'server error',
        severity: 'note',
        ...on2,
        message: 'the kubelet answered, but failed to serve the request',
        evidence: ['[-]syncloop failed: reason withheld healthz check failed'],
      },
    ],
  ),
  {
    title: 'liar: one kubelet alone does not choose who is granted access',
    cluster: { nodes: ['none', 'liar'] },
    given: pair(),
    expected: {
      verdict: 'access missing',
      nodes: [ok, ['forbidden', 'forbidden']],
      findings: [
        {
          cause: 'identity unknown',
          message: 'kubelets name different users',
          evidence: [
            'node-1: denies user "Kubernetes"',
            'node-2: denies user "system:serviceaccount:evil:evil"',
            'A kubelet, broken or hostile, must not choose',
          ],
        },
        {
          cause: 'access missing',
          ...on2,
          message: 'kubelets deny kube-apiserver (they do not agree which user that is)',
        },
        {
          cause: 'caller forbidden by kubelets',
          severity: 'note',
          ...on2,
          message: 'as which they identify you; the API server identifies you as "admin"',
        },
      ],
      saysNot: [/run: .*evil/, 'missing rule'],
    },
  },
  {
    title: 'thief: one kubelet beside one that denies nothing does not choose either',
    minors: [37],
    cluster: { nodes: ['always-allow', 'thief'] },
    expected: {
      verdict: 'access missing',
      nodes: [ok, ['forbidden', 'forbidden']],
      findings: [
        {
          cause: 'identity unknown',
          message: 'some kubelets deny user "jane", others deny nothing',
          evidence: ['node-1: denies nothing', 'node-2: denies user "jane"'],
        },
        {
          cause: 'access missing',
          ...on2,
          message: 'kubelets deny kube-apiserver (they do not agree which user that is)',
        },
        {
          cause: 'authorization off',
          severity: 'warning',
          nodes: ['node-1'],
          message: 'authorization.mode is AlwaysAllow',
          commands: ['kubectl kubeletaccess audit'],
        },
        {
          cause: 'caller forbidden by kubelets',
          severity: 'note',
          ...on2,
          message: 'as which they identify you; the API server identifies you as "admin"',
        },
      ],
      saysNot: [/kubectl .*jane/, 'missing rule'],
    },
  },
];
