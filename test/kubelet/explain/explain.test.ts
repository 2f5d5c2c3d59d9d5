import * as assert from 'uvu/assert';
import type { Cause } from '../../../src/kubelet/causes/causes.ts';
import { explain } from '../../../src/kubelet/explain/explain.ts';
import type { Explanation } from '../../../src/kubelet/explain/explanation.ts';
import { formatRule } from '../../../src/rbac/rules.ts';
import { anyCharacter, fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { suite } from '../../kit/suite.ts';
import { notRecognised, recognised } from './explain-texts.ts';

function summary({ component: who, hop, cause, identity, missingRule }: Explanation): string {
  const rule = missingRule ? formatRule(missingRule) : '';
  return [who, hop, cause, identity ?? '', rule].join('; ').replace(/(?:; )+$/, '');
}

/** Error messages of Go, curl, OpenSSL and Node.js by cause, in addition to those in `explain-texts.ts`. */
const words: readonly (readonly [Cause, ...(readonly string[])])[] = [
  [
    'proxy-failed',
    'Proxy Authentication Required',
    'Method Not Allowed',
    'Bad Request',
    'Internal Server Error',
    'Gateway Timeout',
  ],
  [
    'name-does-not-resolve',
    'dial tcp: lookup n: i/o timeout',
    'curl: (28) Resolving timed out after 5000 milliseconds',
    'getaddrinfo ENOTFOUND n',
    'getaddrinfo EAI_AGAIN n',
  ],
  ['no-route', 'connect EHOSTUNREACH 10.0.0.1:10250', 'connect ENETUNREACH 10.0.0.1:10250'],
  ['no-answer', 'curl: (28) Operation timed out after 5001 milliseconds with 0 bytes received'],
  ['connection-timed-out', 'connect ETIMEDOUT 10.0.0.1:10250'],
  [
    'not-tls',
    'write EPROTO 40:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number',
  ],
  ['no-serving-certificate-yet', 'write EPROTO 40:error:SSL alert number 80'],
  ['handshake-failed', 'curl: (28) SSL connection timeout'],
  ['certificate-expired', 'Error: CERT_HAS_EXPIRED'],
  [
    'certificate-not-for-servers',
    'curl: (60) SSL certificate problem: unsuitable certificate purpose',
    'Error: INVALID_PURPOSE',
  ],
  [
    'name-mismatch',
    'x509: certificate relies on legacy Common Name field, use SANs instead',
    "curl: (60) SSL: certificate subject name 'a' does not match target host name 'n'",
    'Error: ERR_TLS_CERT_ALTNAME_INVALID',
  ],
  [
    'untrusted-ca',
    'unable to verify the first certificate',
    'Error: SELF_SIGNED_CERT_IN_CHAIN',
    'Error: UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'Error: UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  ],
  ['self-signed-certificate', 'Error: DEPTH_ZERO_SELF_SIGNED_CERT'],
  [
    'connection-cut',
    'read tcp 10.0.0.9:4->10.0.0.1:10250: read: connection reset by peer',
    'read ECONNRESET',
  ],
];

suite('explanations of pasted errors', (test) => {
  for (const [text, expected] of Object.entries(recognised))
    test(text.slice(0, 200), () => assert.is(explain(text).map(summary).join(' | '), expected));

  for (const [title, text] of Object.entries(notRecognised))
    test(`not recognized: ${title}`, () => assert.equal(explain(text).map(summary), []));

  for (const [cause, ...texts] of words)
    for (const text of texts)
      test(`${cause}, in the words: ${text}`, () => {
        const [explanation] = explain(`Get "https://n:10250/metrics/resource": ${text}`);
        assert.equal(
          [explanation?.cause, explanation?.hop, explanation?.address],
          [cause, 'caller-to-kubelet', 'n:10250'],
        );
      });

  test('prints no command that grants all verbs on all resources', () => {
    const text =
      'error: x is forbidden: User "evil" cannot * resource "*" in API group "*" at the cluster scope';
    assert.equal(
      explain(text)
        .flatMap(({ commands }) => commands)
        .filter((each) => each.includes('evil')),
      [],
    );
  });

  test('explains in one sentence why user Kubernetes is forbidden', () => {
    const [{ message = '' } = {}] = explain(refused('Kubernetes', 'proxy'));
    assert.is(
      message,
      'the kubelet denied kube-apiserver (user "Kubernetes") get on nodes/proxy; your own permissions are not involved',
    );
  });

  for (const [title, text, commands] of [
    ['kube-apiserver: grant', refused('Kubernetes', 'stats'), ['kubectl kubeletaccess grant']],
    [
      'kube-apiserver if grant is not enough: profile apiserver-full',
      refused('Kubernetes', 'checkpoint'),
      ['kubectl kubeletaccess grant --profile apiserver-full'],
    ],
    [
      'a service account: the narrowest profile, without its name',
      'Forbidden (user=system:serviceaccount:kube-system:metrics-server, verb=get, resource=nodes, subresource=metrics)',
      ['kubectl kubeletaccess grant --profile metrics --subject serviceaccount:NAMESPACE:NAME'],
    ],
    [
      'a service account that needs nodes/pods, for which no profile is narrow: a role with it alone',
      'Forbidden (user=system:serviceaccount:a:b, verb=get, resource=nodes, subresource(s)=[pods proxy])',
      [
        'kubectl create clusterrole kubelet-pods:NAME --verb=get --resource=nodes/pods && kubectl create clusterrolebinding kubelet-pods:NAME --clusterrole=kubelet-pods:NAME --serviceaccount=NAMESPACE:NAME',
      ],
    ],
    [
      'a service account that needs nodes/proxy: none',
      'Forbidden (user=system:serviceaccount:a:b, verb=get, resource=nodes, subresource=proxy)',
      [],
    ],
    [
      'a missing ClusterRole of a ClusterRoleBinding: its bindings',
      'nodes is forbidden: User "system:serviceaccount:monitoring:prometheus" cannot list resource "nodes" in API group "" at the cluster scope: RBAC: clusterrole.rbac.authorization.k8s.io "prom" not found',
      ['kubectl get clusterrolebindings,rolebindings -A -o wide'],
    ],
    [
      'several missing roles: their bindings',
      'deployments.apps is forbidden: User "jane" cannot list resource "deployments" in API group "apps" in the namespace "prod": RBAC: [role.rbac.authorization.k8s.io "a" not found, clusterrole.rbac.authorization.k8s.io "b" not found]',
      ['kubectl get rolebindings -A -o wide'],
    ],
    [
      'a missing ClusterRole of a RoleBinding: its bindings',
      'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "prod": RBAC: clusterrole.rbac.authorization.k8s.io "b" not found',
      ['kubectl get clusterrolebindings,rolebindings -A -o wide'],
    ],
    [
      'a caller whose token the kubelet ignored',
      'unable to fetch metrics from Kubelet minikube (192.168.64.2): request failed - "403 Forbidden", response: "Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource=stats)"',
      ['kubectl kubeletaccess get configz minikube --via apiserver'],
    ],
    [
      'a deadline that may have ended at any stage',
      'Get "https://10.0.0.1:10250/metrics": context deadline exceeded',
      ['kubectl get nodes -o wide', 'kubectl kubeletaccess status'],
    ],
    [
      'a kubelet that accepts the connection and sends no response',
      'Get "https://10.0.0.1:10250/metrics": net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
      ['kubectl kubeletaccess status'],
    ],
    [
      'a caller that needs nodes/configz: a role with it alone',
      'Forbidden (user=system:serviceaccount:a:b, verb=get, resource=nodes, subresource(s)=[configz proxy])',
      [
        'kubectl create clusterrole kubelet-configz:NAME --verb=get --resource=nodes/configz && kubectl create clusterrolebinding kubelet-configz:NAME --clusterrole=kubelet-configz:NAME --serviceaccount=NAMESPACE:NAME',
      ],
    ],
    [
      'an agent that needs nodes/pods, in a text without its name: a role with it alone',
      String.raw`call to /pods endpoint failed {"name": "kubeletstats", "error": "kubelet request GET https://10.0.4.7:10250/pods failed - \"403 Forbidden\""}`,
      [
        'kubectl kubeletaccess check serviceaccount:NAMESPACE:NAME',
        'kubectl create clusterrole kubelet-pods:NAME --verb=get --resource=nodes/pods && kubectl create clusterrolebinding kubelet-pods:NAME --clusterrole=kubelet-pods:NAME --serviceaccount=NAMESPACE:NAME',
      ],
    ],
    ['kube-apiserver if no profile has the permission: none', refused('Kubernetes', 'future'), []],
    [
      'HEAD, which no profile allows: none',
      'Forbidden (user=system:serviceaccount:a:b, verb=, resource=nodes, subresource(s)=[metrics])',
      [],
    ],
    [
      'a denial in a namespace that does not concern kubelets: none',
      'Error from server (Forbidden): deployments.apps "web" is forbidden: User "jane" cannot update resource "deployments/scale" in API group "apps" in the namespace "prod"',
      [],
    ],
    [
      'metrics-server, whose service account has a well-known name',
      String.raw`"Failed to scrape node" err="request failed, status: \"403 Forbidden\"" node="n"`,
      [
        'kubectl kubeletaccess grant --profile metrics --subject serviceaccount:kube-system:metrics-server',
      ],
    ],
    [
      'a scraper whose service account is unknown',
      'Scrape failed target=https://10.0.0.1:10250/metrics/cadvisor err="server returned HTTP status 403 Forbidden"',
      [
        'kubectl kubeletaccess check prometheus',
        'kubectl kubeletaccess grant --profile metrics --subject serviceaccount:NAMESPACE:NAME',
      ],
    ],
  ] as const)
    test(`explain prints the commands for ${title}`, () =>
      assert.equal(explain(text)[0]?.commands, commands));

  test('warns of nodes/proxy unless the user is kube-apiserver', () => {
    const texts = [
      'Forbidden (user=system:serviceaccount:a:b, verb=get, resource=nodes, subresource=proxy)',
      'nodes "n" is forbidden: User "dev" cannot get resource "nodes/proxy" in API group "" at the cluster scope',
    ];
    for (const text of texts)
      assert.match(
        explain(text)[0]?.message ?? '',
        /nodes\/proxy, even with get alone, runs commands/,
      );
    assert.not.match(explain(refused('Kubernetes', 'proxy'))[0]?.message ?? '', /runs commands/);
  });

  test('never suggests a grant to an anonymous user or to a node', () => {
    for (const user of ['system:anonymous', 'system:node:n'])
      for (const around of [
        '',
        'Error from server (Forbidden): ',
        'curl: (22) https://n:10250/pods ',
      ])
        for (const words of [refused(user, 'proxy')]) {
          const [explanation] = explain(around + words);
          assert.is(explanation?.identity, user);
          assert.is(explanation?.missingRule, undefined);
          assert.not.match(explanation?.commands.join('\n') ?? '', /grant|create clusterrole/);
        }
  });

  test('warns against a grant if a denial names a service account or an empty user in place of kube-apiserver', () => {
    for (const user of ['system:serviceaccount:evil:evil', '']) {
      const [explanation] = explain(`Error from server (Forbidden): ${refused(user, 'proxy')}`);
      assert.is(explanation?.missingRule, undefined);
      assert.match(
        explanation?.message ?? '',
        /Never grant permissions to that name because a kubelet says so$/,
      );
      assert.equal(explanation?.commands, ['kubectl kubeletaccess status']);
    }
  });

  test('quotes names from the text, so that they cannot run as commands', () => {
    const user = "system:serviceaccount:a$(touch /tmp/x):b;id'";
    for (const text of [
      refused(user, 'stats'),
      'nodes is forbidden: User "a" cannot list resource "nodes" in API group "" at the cluster scope: RBAC: clusterrole.rbac.authorization.k8s.io "a;$(id)" not found',
      'unable to fetch metrics from Kubelet n;id (n): "Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource=stats)"',
    ]) {
      const [{ commands = [] } = {}] = explain(text);
      assert.ok(commands.length > 0);
      for (const command of commands)
        assert.not.match(command.replaceAll(/'[^']*'|\\'/g, ''), /[$;()`]/);
    }
  });

  test('reads the node and the address from the text', () => {
    const [scraped] = explain(
      String.raw`"Failed to scrape node" err="Get \"https://10.0.0.25:10250/metrics/resource\": x509: certificate signed by unknown authority" node="worker-0"`,
    );
    assert.equal([scraped?.nodeNames, scraped?.address], [['worker-0'], '10.0.0.25:10250']);
    const [ipv6] = explain(
      'Error from server: error dialing backend: dial tcp [fd00::1]:10250: connect: no route to host',
    );
    assert.is(ipv6?.address, '[fd00::1]:10250');
  });

  for (const [text, node] of [
    [
      'unable to fetch metrics from Kubelet cored01 (cored01): Get https://cored01:10250/stats/summary/: EOF',
      'cored01',
    ],
    [
      'GET https://10.0.0.1:6443/api/v1/nodes/https:n-1:10250/proxy/pods: Forbidden (user=a, verb=get, resource=nodes, subresource=proxy)',
      'n-1',
    ],
  ] as const)
    test(`explain reads the node from: ${text}`, () =>
      assert.equal(explain(text)[0]?.nodeNames, [node]));

  test('gives as evidence only the words by which the error was recognized', () => {
    const secret = 'Authorization: Bearer abc.def';
    for (const [text, evidence] of [
      [refused('a', 'stats'), refused('a', 'stats')],
      [
        'nodes "n" is forbidden: User "dev" cannot get resource "nodes/proxy" in API group "" at the cluster scope',
        'nodes "n" is forbidden: User "dev" cannot get resource "nodes/proxy" in API group "" at the cluster scope',
      ],
      [
        'Error from server: error dialing backend: x509: certificate signed by unknown authority',
        'x509: certificate signed by unknown authority',
      ],
      ['Unable to connect to the server: EOF', 'Unable to connect to the server: EOF'],
    ] as const)
      assert.equal(explain(`${secret} ${text} ${secret}`)[0]?.evidence, [evidence]);
  });

  test('explains variants of one cause differently', () => {
    for (const [text, why] of [
      [
        '"Failed to scrape node" err="Get https://10.0.0.1:10250/: x509: cannot validate certificate for 10.0.0.1 because it doesn\'t contain any IP SANs"',
        /name only the host/,
      ],
      ['Unable to connect to the server: net/http: TLS handshake timeout', /does not complete/],
      [
        'Get "https://10.0.0.1:10250/metrics": context deadline exceeded',
        /how far the request came is unknown/,
      ],
      [
        'Get "https://10.0.0.1:10250/metrics": net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
        /the client connected to the kubelet/,
      ],
      [
        'Get "https://10.0.0.1:10250/metrics": context deadline exceeded (Client.Timeout or context cancellation while reading body)',
        /the client connected to the kubelet/,
      ],
      [
        'Unable to connect to the server: dial tcp: lookup a on 10.0.0.2:53: read udp 10.0.0.1:5->10.0.0.2:53: i/o timeout',
        /the DNS server does not answer/,
      ],
      [
        'unable to fetch metrics from Kubelet m (192.168.64.2): "Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource=stats)"',
        /webhook \(token\) authentication is off on that kubelet: .*authentication\.webhook\.enabled: true/,
      ],
      [
        '"Failed to scrape node" err="request failed, status: \\"401 Unauthorized\\"" node="n"',
        /authentication\.webhook\.enabled: true/,
      ],
      [
        'nodes is forbidden: User "a" cannot list resource "nodes" in API group "" at the cluster scope: RBAC: clusterrole.rbac.authorization.k8s.io "prom" not found',
        /name ClusterRole "prom", which does not exist/,
      ],
      [
        'Error from server: Get "https://10.0.0.5:10250/containerLogs/a/b/c": Service Unavailable',
        /HTTP proxy .*, or a tunnel \(k3s/,
      ],
      ['nodes "iz9" is forbidden: node iZ9 cannot modify node iz9', /node names are lower case/],
      [
        'Unable to connect to the server: remote error: tls: handshake failure',
        /did not complete the TLS handshake with/,
      ],
      [
        'kubelet[1]: http: TLS handshake error from 10.0.0.1:1: remote error: tls: bad certificate',
        /a client of the kubelet ended the TLS handshake/,
      ],
      [
        'error: You must be logged in to the server (the server has asked for the client to provide credentials)',
        /it was a kubelet/,
      ],
    ] as const)
      assert.match(explain(text)[0]?.message ?? '', why);
    assert.not.match(
      explain('x: the server has asked for the client to provide credentials (get events)')[0]
        ?.message ?? '',
      /it was a kubelet/,
    );
  });

  test('writes sentences without doubled punctuation and without a full stop at the end', () => {
    for (const text of Object.keys(recognised))
      for (const { message } of explain(text)) assert.not.match(message, /,[;:.,]|\.$/);
  });

  test('explains at most five errors, and finds an error after 5,000 equal lines', () => {
    const users = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => refused(name, 'stats'));
    assert.is(explain(users.join('\n')).length, 5);
    const same = `E0101 00:00:00.123456 1 x.go:1] ${refused('Kubernetes', 'proxy')}\n`;
    const text = `${same.repeat(5_000)}Error from server: No agent available\n`;
    assert.equal(
      explain(text).map(({ cause }) => cause),
      ['apiserver-cannot-reach-node', 'forbidden'],
    );
  });

  test('accepts any text, and always explains with a reason and evidence', () => {
    const pieces = Object.keys(recognised).flatMap((text) => [
      text,
      text.slice(0, text.length / 2),
    ]);
    const delimiters = '"|\\|\\"|(|{|\n| |: EOF|User "|Forbidden (user=|, verb='.split('|');
    const arbitrary = fc.array(
      fc.oneof(
        fc.string({ unit: anyCharacter }),
        fc.constantFrom(...pieces),
        fc.constantFrom(...delimiters),
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(arbitrary, (parts) => {
        for (const { message, commands, evidence } of explain(parts.join('')))
          assert.ok(
            message !== '' && evidence[0] !== '' && commands.every((command) => command !== ''),
          );
      }),
      runs(300, 6000),
    );
  });
});

function refused(user: string, subresource: string): string {
  return `Forbidden (user=${user}, verb=get, resource=nodes, subresource=${subresource})`;
}
