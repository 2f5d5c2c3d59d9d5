import * as assert from 'uvu/assert';
import { explain } from '../../../src/kubelet/explain/explain.ts';
import type { Explanation } from '../../../src/kubelet/explain/explanation.ts';
import { pairs } from '../../kit/pairs.ts';
import { suite } from '../../kit/suite.ts';

const place = ({ who, hop, cause }: Explanation) => `${who}; ${hop}; ${cause}`;
const url = 'https://10.0.0.7:10250';
const server = 'https://10.0.0.1:6443';

/** Reasons that end an attempt to connect, as each operating system words them, with the cause that they are. */
const reasons = {
  'connect: connection refused': 'connection refused',
  'connectex: No connection could be made because the target machine actively refused it.':
    'connection refused',
  'i/o timeout': 'connection timed out',
  'connectex: A connection attempt failed because the connected party did not properly respond after a period of time, or established connection failed because connected host has failed to respond.':
    'connection timed out',
  'connectex: Es konnte keine Verbindung hergestellt werden, da der Zielcomputer die Verbindung verweigerte.':
    'connection refused',
  'connectex: \u7531\u4e8e\u76ee\u6807\u8ba1\u7b97\u673a\u79ef\u6781\u62d2\u7edd\uff0c\u65e0\u6cd5\u8fde\u63a5\u3002':
    'connection refused',
  'connectex: \u5bfe\u8c61\u306e\u30b3\u30f3\u30d4\u30e5\u30fc\u30bf\u30fc\u306b\u3088\u3063\u3066\u62d2\u5426\u3055\u308c\u305f\u305f\u3081\u3001\u63a5\u7d9a\u3067\u304d\u307e\u305b\u3093\u3067\u3057\u305f\u3002':
    'connection refused',
  'connectex: Nenhuma conex\u00e3o p\u00f4de ser feita porque a m\u00e1quina de destino as recusou ativamente.':
    'connection refused',
  'connectex: Ein Verbindungsversuch ist fehlgeschlagen, da die Gegenstelle nach einer bestimmten Zeitspanne nicht richtig reagiert hat, oder die hergestellte Verbindung war fehlerhaft, da der verbundene Host nicht reagiert hat.':
    'connection timed out',
  'connectex: \u7531\u4e8e\u8fde\u63a5\u65b9\u5728\u4e00\u6bb5\u65f6\u95f4\u540e\u6ca1\u6709\u6b63\u786e\u7b54\u590d\u6216\u8fde\u63a5\u7684\u4e3b\u673a\u6ca1\u6709\u53cd\u5e94\uff0c\u8fde\u63a5\u5c1d\u8bd5\u5931\u8d25\u3002':
    'connection timed out',
  'connect: no route to host': 'no route',
  'getsockopt: no route to host': 'no route',
  'connectex: A socket operation was attempted to an unreachable network.': 'no route',
  'connect: cannot assign requested address': 'no route',
  'wsarecv: An existing connection was forcibly closed by the remote host.': 'connection cut',
  'wsasend: An established connection was aborted by the software in your host machine.':
    'connection cut',
} as const;
const reasonNames = Object.keys(reasons) as (keyof typeof reasons)[];

/** Who calls, and on which hop that is. */
const clients = [
  [
    'API server -> kubelet',
    (words: string) =>
      `Error from server: error dialing backend: dial tcp 10.0.0.7:10250: ${words}`,
  ],
  [
    'API server -> kubelet',
    (words: string) =>
      `Error from server: Get "${url}/containerLogs/default/web/web": dial tcp 10.0.0.7:10250: ${words}`,
  ],
  [
    'caller -> kubelet',
    (words: string) =>
      `E0101 00:00:00.000001       1 scraper.go:149] "Failed to scrape node" err="Get \\"${url}/metrics/resource\\": dial tcp 10.0.0.7:10250: ${words}" node="n1"`,
  ],
  [
    'caller -> kubelet',
    (words: string) =>
      `2026-01-01T00:00:00Z E! [inputs.kubernetes] Error in plugin: Get ${url}/stats/summary: dial tcp 10.0.0.7:10250: ${words}`,
  ],
  [
    'kubelet -> API server',
    (words: string) =>
      `Jan 01 00:00:00 n1 kubelet[812]: E0101 00:00:00.000001     812 controller.go:145] "Failed to ensure lease exists, will retry" err="Get \\"${server}/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1\\": dial tcp 10.0.0.1:6443: ${words}"`,
  ],
  [
    'caller -> API server',
    (words: string) => `Unable to connect to the server: dial tcp 10.0.0.1:6443: ${words}`,
  ],
] as const;

suite('families of pasted errors', (test) => {
  test('a reason is the same whatever system, client and hop it comes from', () => {
    for (const reason of reasonNames)
      for (const [hop, write] of clients)
        assert.equal(
          explain(write(reason)).map(place),
          [`network; ${hop}; ${reasons[reason]}`],
          write(reason),
        );
  });

  const gaps = ['\n', ' \n', '\n\n', ' \n \n', '\n   '];
  test('a URL on a line of its own belongs to the request before it and the reason after it', () => {
    for (const [before, start, [quote, after]] of pairs(
      gaps,
      [
        'Error from server: Get',
        'F0910 10:46:37.182478 4856 helpers.go:119] Error from server: Get',
      ],
      [
        ['', ''],
        ['"', ''],
        ['', '\n'],
        ['"', '\n'],
      ] as const,
    )) {
      const text = `${start}${before}${quote}${url}/containerLogs/test/web-5fbfbb4ff7-nhzhv/web?follow=true${quote}${after}: dial tcp 10.0.0.7:10250: i/o timeout`;
      assert.equal(
        explain(text).map(place),
        ['network; API server -> kubelet; connection timed out'],
        text,
      );
    }
  });

  const prefixes = [
    'Jan 01 00:00:00 n1 kubelet[812]: ',
    'Jan 01 00:00:00 n1 k3s.daemon-kubelet[812]: ',
    'Jan 01 00:00:00 n1 kubenswrapper[812]: ',
    'kubelet[...]: ',
    'kubelet: ',
    '[2026-03-07T10:32:54.036205250Z][kubelet][I] ',
    '\u0623october 31 15:48:10 worker kubelet[812]: ',
    '* Jan 01 00:00:00 minikube kubelet[812]: ',
    '27:Jun 25 09:44:07 n1 kubelet[812]: ',
    '**kubelet[812]: ',
  ];
  const requests = [
    `event.go:200] Unable to write event: 'Patch ${server}/api/v1/namespaces/default/events/n1.15ab: dial tcp 10.0.0.1:6443: connect: connection refused' (may retry after sleeping)`,
    `reflector.go:539] vendor/k8s.io/client-go/informers/factory.go:159: failed to list *v1.Service: Get "${server}/api/v1/services?limit=500": dial tcp 10.0.0.1:6443: connect: connection refused`,
    `kubelet_node_status.go:544] "Error updating node status, will retry" err="error getting node \\"n1\\": Get \\"${server}/api/v1/nodes/n1?timeout=10s\\": dial tcp 10.0.0.1:6443: connect: connection refused"`,
  ];
  test("a kubelet's own log is known by whatever wrote it down", () => {
    for (const prefix of prefixes)
      for (const request of requests) {
        const text = `${prefix}E0101 00:00:00.000001     812 ${request}`;
        const expected = ['network; kubelet -> API server; connection refused'];
        assert.equal(explain(text).map(place), expected, text);
      }
  });

  test('a log of a kubelet that a terminal broke inside words, before its URL and behind it', () => {
    const line = `* Oct 25 06:25:55 minikube kubelet[4555]: E1025 06:25:55.567008    4555 controller.go:136] failed to ensure node lease exists, will retry in 800ms, error: Get "https://control-plane.minikube.internal:8443/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/minikube?timeout=10s": dial tcp 192.168.99.103:8443: connect: connection refused`;
    for (let width = 72; width <= 132; width += 4) {
      const text = line.replaceAll(new RegExp(`.{${width}}(?=.)`, 'g'), '$&\n');
      const expected = ['network; kubelet -> API server; connection refused'];
      assert.equal(explain(text).map(place), expected, text);
    }
  });

  test('an agent of RKE2 or k3s that cannot join, in any of its words', () => {
    for (const [words, start, port] of pairs(
      [
        'Remotedialer proxy error; reconnecting...',
        'Failed to connect to proxy. Empty dialer response',
        'Remotedialer proxy error',
      ],
      ['', 'Jan 01 00:00:00 n1 k3s[1]: time="2026-01-01T00:00:00Z" ', '> '],
      ['9345', '6443'],
    )) {
      const text = `${start}level=error msg="${words}" error="dial tcp 10.0.0.1:${port}: connect: connection refused"`;
      const expected = ['network; kubelet -> API server; connection refused'];
      assert.equal(explain(text).map(place), expected, text);
    }
  });

  test('Prometheus and a status, in the sentence of a person who names kubelets', () => {
    for (const [before, [quote, after], status] of pairs(
      [
        'All kubelet targets are down: ',
        'Prometheus kubelet target reports ',
        'I see in monitoring/kubelet/0 (0/1 up) an error: ',
        'cadvisor is DOWN with error ',
        'Im Job monitoring/kubelet/0 steht ',
        'kubelet \u7684 target \u62a5\u9519\uff1a',
      ],
      [
        ['', ''],
        ['`', ' since the upgrade'],
        ['"', ' in every cluster.'],
        ['\u201c', '\u3002'],
      ] as const,
      ['401 Unauthorized', '403 Forbidden'],
    )) {
      const text = `${before}${quote}server returned HTTP status ${status}${quote}${after}`;
      const cause = status.startsWith('401') ? 'no credential accepted' : 'forbidden';
      // A job of cadvisor may go through the API server.
      const isOpen = before.includes('cadvisor') && cause === 'forbidden';
      const hop = isOpen ? 'unknown; unknown' : 'kubelet; caller -> kubelet';
      assert.equal(explain(text).map(place), [`${hop}; ${cause}`], text);
      const other = text.replaceAll(/kubelet|cadvisor/g, 'kube-state-metrics');
      assert.ok(
        explain(other).every(({ hop }) => hop === 'unknown'),
        other,
      );
    }
  });

  test('a person who names the URL of a kubelet and what it said', () => {
    for (const [before, path, said] of pairs(
      ['Opening ', 'curl -k ', '\u4f7f\u7528\u6d4f\u89c8\u5668\u8bbf\u95ee '],
      ['/metrics', '/pods', '/metrics/cadvisor'],
      [' returns Unauthorized', ' gives me "Unauthorized"', ' \u63d0\u793a Unauthorized\u3002'],
    )) {
      const text = `${before}${url}${path}${said}`;
      const expected = ['kubelet; caller -> kubelet; no credential accepted'];
      assert.equal(explain(text).map(place), expected, text);
      const other = text.replace('10250', '9443').replace(path, '/v1/x');
      assert.equal(explain(other).map(place), [], other);
    }
  });

  test('an agent that does not say why, in its own words', () => {
    for (const text of [
      '(kubeutil.go:50 in GetKubeletConnectionInfo) | connection to kubelet failed: permanent failure in kubeutil: retry number exceeded',
      'connection to kubelet failed: temporary failure in kubeutil, will retry later: try delay not elapsed yet',
      'warn internal/metricsbuilder.go:125 Failed to scrape Prometheus endpoint {"kind": "receiver", "target_labels": "map[__name__:up instance:10.0.0.7:10250 job:local]"}',
      'warn internal/transaction.go Failed to scrape Prometheus endpoint {"target_labels": "{__name__=\\"up\\", instance=\\"n1\\", job=\\"kubernetes-cadvisor\\"}"}',
    ])
      assert.equal(explain(text).map(place), ['unknown; caller -> kubelet; unknown'], text);
    for (const [title, cause] of [
      ['RestClient::Unauthorized error="401 Unauthorized"', 'no credential accepted'],
      ['RestClient::Forbidden error="403 Forbidden"', 'forbidden'],
    ] as const)
      assert.equal(
        explain(
          `[error]: #0 Unexpected error raised. Stopping the timer. title=:cadvisor_metric_scraper error_class=${title}`,
        ).map(place),
        [`kubelet; caller -> kubelet; ${cause}`],
      );
    const other =
      'warn internal/metricsbuilder.go:125 Failed to scrape Prometheus endpoint {"target_labels": "map[__name__:up instance:10.0.0.7:9100 job:node-exporter]"}';
    assert.equal(explain(other).map(place), []);
  });

  test("kubeadm's wait for a kubelet, of each version, whole or cut", () => {
    for (const text of [
      "[kubelet-check] It seems like the kubelet isn't running or healthy.",
      '[kubelet-check] The kubelet is not healthy after 4m0.000464023s',
      "[kubelet-check] The HTTP call equal to 'curl -sSL http://localhost:10248/healthz' failed with error: Get http://localhost:10248/healthz: dial",
      "The HTTP call equal to 'curl -sSL http://127.0.0.1:10248/healthz' returned HTTP code 500",
    ])
      assert.equal(explain(text).map(place), ['kubelet; caller -> kubelet; unknown'], text);
  });

  test('what denies a path at the port of a kubelet is no kubelet, and the API server was not asked', () => {
    for (const [path, user, escapes] of pairs(
      ['/pods', '/stats/summary', '/metrics'],
      ['system:serviceaccount:a:b', 'system:anonymous'],
      [1, 2, 3],
    )) {
      let body = `{"kind":"Status","message":"forbidden: User \\"${user}\\" cannot get path \\"${path}\\"","code":403}`;
      for (let level = 1; level < escapes; level += 1) body = JSON.stringify(body).slice(1, -1);
      const text = `kubelet request GET ${url}${path} failed - "403 Forbidden", response: "${body}"`;
      const found = explain(text);
      assert.equal(
        found.map(place),
        ['proxy or aggregated API; caller -> kubelet; forbidden'],
        text,
      );
      assert.is(found[0]?.missingRule, undefined);
    }
  });

  test('a kubelet that may not ask for reviews, whichever line comes first', () => {
    const lines = [
      'E0101 00:00:00.000001      32 server.go:240] Unable to authenticate the request due to an error: the server has asked for the client to provide credentials (post tokenreviews.authentication.k8s.io)',
      'E0101 00:00:00.000001      32 webhook.go:185] Failed to make webhook authorizer request: the server has asked for the client to provide credentials (post subjectaccessreviews.authorization.k8s.io)',
      'E0101 00:00:00.000001      32 server.go:256] Authorization error (user=dev, verb=get, resource=nodes, subresource=stats)',
    ];
    for (const text of [lines.join('\n'), lines.toReversed().join('\n')])
      assert.equal(
        explain(text).map(place),
        ['API server; kubelet -> API server; no credential accepted'],
        text,
      );
  });

  test('a name that kube-apiserver cannot resolve is one error, whichever program reports it', () => {
    const words = 'dial tcp: lookup n1 on 10.0.0.10:53: server misbehaving';
    const expected = ['network; API server -> kubelet; name does not resolve'];
    for (const text of [
      `Error from server: error dialing backend: ${words}`,
      `Error: forwarding ports: error upgrading connection: error dialing backend: ${words}`,
      `error trying to reach service: ${words}`,
      `Error from server: Get ${url.replace('10.0.0.7', 'n1')}/containerLogs/a/b/c: ${words}\n\nError: error upgrading connection: error dialing backend: ${words}`,
    ])
      assert.equal(explain(text).map(place), expected, text);
    for (const port of ['6443', '8443', '443'])
      assert.equal(
        explain(`error dialing backend: dial tcp 10.0.2.146:${port}: i/o timeout`).map(place),
        [],
      );
  });

  test('a name that does not resolve while kubectl asks for a stream is that of a node', () => {
    for (const verb of ['kubectl logs', 'oc exec', 'kubectl port-forward'])
      for (const name of ['n1', '<node name>', 'n1.example.com on 10.0.0.10:53'])
        assert.equal(
          explain(`${verb} web fails: dial tcp: lookup ${name}: no such host`).map(place),
          ['network; API server -> kubelet; name does not resolve'],
        );
    // Of itself, kubectl says that it cannot connect; and what no stream is may have looked up anything.
    for (const text of [
      'kubectl logs web\nUnable to connect to the server: dial tcp: lookup api.example.com: no such host',
      'kubectl get pods fails: dial tcp: lookup api.example.com: no such host',
    ])
      assert.is(explain(text).map(place).join().includes('-> kubelet'), false, text);
  });

  test('a service that is not reached belongs to an APIService if the text names one', () => {
    const words = 'error trying to reach service: ';
    for (const reason of ['EOF', 'context deadline exceeded', 'x509: certificate has expired'])
      for (const [text, to] of [
        [`v1alpha1.custom.metrics.k8s.io: ${words}${reason}`, 'aggregated API'],
        [
          `The APIService is not available:\nError from server: ${words}${reason}`,
          'aggregated API',
        ],
        [
          `kubectl get --raw /apis/external.metrics.k8s.io/v1beta1\nError from server: ${words}${reason}`,
          'aggregated API',
        ],
        [
          `kubectl get --raw /api/v1/nodes/n1/proxy/pods\nError from server: ${words}${reason}`,
          'kubelet',
        ],
        [`The APIService and the kubelet:\nError from server: ${words}${reason}`, 'kubelet'],
      ] as const)
        assert.equal(
          explain(text).map(({ hop }) => hop),
          [`API server -> ${to}`],
          text,
        );
  });

  test('what was asked may stand behind the reason, in lines of their own', () => {
    const urls = `${url}/metrics\n${url.replace('10.0.0.7', '10.0.0.8')}/metrics`;
    for (const before of ['', 'Since then the targets fail with ', '目标报错 '])
      for (const [reason, cause] of [
        ['context deadline exceeded', 'no answer'],
        ['x509: certificate signed by unknown authority', 'untrusted CA'],
      ] as const)
        for (const end of [':\n', ':\n\n', ' for\n- '])
          assert.equal(
            explain(`${before}${reason}${end}${urls}`).map(({ hop, cause: found, address }) => ({
              ...{ hop, found, address },
            })),
            [{ hop: 'caller -> kubelet', found: cause, address: '10.0.0.7:10250' }],
            `${before}${reason}${end}${urls}`,
          );
    // A sentence that has ended says nothing of what stands below it.
    assert.equal(explain(`Once there was context deadline exceeded.\n\n${urls}`), []);
    assert.equal(explain('context deadline exceeded:\nhttps://example.com/metrics'), []);
  });

  test('a kubelet that could not tell how it is', () => {
    const line = 'kubelet_node_status.go:367] Unable to update node status: update node status ';
    const all = `${line}exceeds retry count`;
    assert.equal(explain(all).map(place), ['unknown; kubelet -> API server; unknown']);
    const reason = `kubelet_node_status.go:380] Error updating node status, will retry: error getting node "n1": Get https://10.0.0.1:6443/api/v1/nodes/n1: dial tcp 10.0.0.1:6443: connect: connection refused`;
    assert.equal(explain(`${reason}\n${all}`).map(place), [
      'network; kubelet -> API server; connection refused',
    ]);
  });

  test('RBAC without a rule is one denial, with its own sentence alone', () => {
    const sentence =
      'cannot create resource "certificatesigningrequests" in API group "certificates.k8s.io" at the cluster scope';
    const [denied] = explain(
      `certificatesigningrequests.certificates.k8s.io is forbidden: User "system:serviceaccount:a:b" ${sentence}: no RBAC policy matched`,
    );
    assert.is(denied && place(denied), 'API server; caller -> API server; forbidden');
    assert.not.match(denied?.why ?? '', 'beside RBAC');
    assert.ok(denied?.commands.some((command) => command.includes('create clusterrole ')));
    assert.equal(explain(`# aks: ${sentence}: Forbidden`).map(place), [
      'API server; caller -> API server; forbidden',
    ]);
  });

  test('a container runtime that streams by a token is no kubelet', () => {
    const reason = 'x509: certificate signed by unknown authority';
    for (const verb of ['exec', 'attach', 'portforward'])
      assert.equal(explain(`Post https://10.20.9.36:10010/${verb}/Kp7sXw2d: ${reason}`), []);
    for (const path of ['exec/default/web/web?command=sh', 'attach/default/web/web'])
      assert.equal(explain(`Post https://10.20.9.36:11250/${path}: ${reason}`).map(place), [
        'TLS; API server -> kubelet; untrusted CA',
      ]);
  });

  test('the report of a person: a 401, of requests for serving certificates, or of an unreadable answer', () => {
    for (const [text, expected] of [
      [
        "I get a 401 unauthorized when asking the kubelet's /metrics endpoint",
        'kubelet; caller -> kubelet; no credential accepted',
      ],
      ['401 (Unauthorized) from kubelets', 'kubelet; caller -> kubelet; no credential accepted'],
      [
        'Kubelet serving CSR not auto-approved',
        'TLS; caller or API server -> kubelet; no serving certificate yet',
      ],
      [
        'our kubelet-serving CSRs stay pending forever',
        'TLS; caller or API server -> kubelet; no serving certificate yet',
      ],
      [
        '"Failed to scrape node" "failed parsing metrics: expected timestamp or new record, got MNAME"',
        'unknown; caller -> kubelet; unknown',
      ],
    ] as const)
      assert.equal(explain(text).map(place), [expected], text);
    for (const text of [
      'The registry answered 401 Unauthorized, says the kubelet',
      'the kubelet serving CSR is approved, but logs still fail',
    ])
      assert.equal(explain(text), [], text);
  });

  test('a kubelet whose reason a terminal or a pager cut off', () => {
    const klog = 'E0402 04:00:04.6 12180 reflector.go:205] k8s.io/kubernetes/pkg/kubelet/';
    const whole = `${klog}kubelet.go:451: Failed to list *v1.Service: Get https://192.168.1.9:6443/api/v1/services`;
    const cuts = [': Get https://192.168.1', ': Ge', ' *v1.Service', ' to', ': Failed'];
    for (const line of [
      ...cuts.map((end) => whole.slice(0, whole.indexOf(end, klog.length) + end.length)),
      whole,
      'Unable to update node status" err="error getting node "n1": Get htt',
    ])
      assert.equal(
        explain(`Apr 02 04:00:04 n1 kubelet[12180]: ${line}`).map(place),
        ['unknown; kubelet -> API server; unknown'],
        line,
      );
    assert.equal(
      explain(`${whole}: dial tcp 192.168.1.9:6443: connect: connection refused`).map(place),
      ['network; kubelet -> API server; connection refused'],
    );
  });

  test('a stream of which a client tells the status alone', () => {
    for (const text of [
      'kubectl exec web -- ls /\nerror: unexpected response status code 500 (Internal Server Error)',
      "[Pipeline] // container\njava.net.ProtocolException: Expected HTTP 101 response but was '500 Internal Server Error'",
    ])
      assert.equal(explain(text).map(place), ['unknown; unknown; server error'], text);
    assert.equal(explain('error: unexpected response status code 500'), []);
  });

  test('what an agent of k3s says of its tunnel, whichever line names it', () => {
    const url = 'url="wss://192.168.62.110:8443/v1-k3s/connect"';
    const reason = 'x509: certificate is valid for 127.0.0.1, 10.100.20.6, not 192.168.62.110';
    const lines = [
      `time="2022-06-07T08:15:32Z" level=info msg="Proxy done" err="context canceled" ${url}`,
      `time="2022-06-07T08:15:32Z" level=info msg="Connecting to proxy" ${url}`,
      `time="2022-06-07T08:15:32Z" level=error msg="Failed to connect to proxy" error="${reason}"`,
    ];
    assert.equal(explain(lines.join('\n')).map(place), [
      'TLS; kubelet -> API server; name mismatch',
    ]);
    assert.equal(explain(lines[0] ?? ''), []);
  });

  test('a kubelet of OpenShift 3 that tells the reason of its denial', () => {
    const reason = 'User "system:anonymous" cannot get nodes/proxy at the cluster scope';
    const [found, ...more] = explain(
      `# curl -k ${url}/pods\nForbidden (reason=${reason}, user=system:anonymous, verb=get, namespace=, resource=nodes)`,
    );
    assert.equal(more, []);
    assert.is(found && place(found), 'kubelet; caller -> kubelet; forbidden');
    assert.is(found?.identity, 'system:anonymous');
  });

  test('a command that was not let in is no fault of a container runtime', () => {
    for (const word of ['Unauthorized', 'Forbidden'])
      assert.equal(
        explain(`error: Internal error occurred: error executing command in container: ${word}`)
          .map(({ who }) => who)
          .filter((who) => who === 'kubelet'),
        [],
      );
  });

  test('metrics-server names a kubelet by its source', () => {
    const [found] = explain('Failed to get kubelet_summary:10.0.0.7:10255 response in time');
    assert.is(found && place(found), 'network; caller -> kubelet; no answer');
    assert.is(found?.address, '10.0.0.7:10255');
    const denied =
      'Error in scraping containers from kubelet_summary:10.0.0.7:10250: request failed - "403 Forbidden", response: "Forbidden (user=u, verb=get, resource=nodes, subresource=stats)"';
    assert.is(explain(denied)[0]?.address, '10.0.0.7:10250');
  });

  test('a kubelet that is no longer known, or asks in the name of another node', () => {
    for (const [text, expected] of [
      [
        'bootstrap.go:265] part of the existing bootstrap client certificate is expired: 2026-01-06 18:55:55 +0000 UTC',
        'kubelet; kubelet -> API server; no credential accepted',
      ],
      [
        'bootstrap.go:265] part of the existing bootstrap client certificate in /etc/kubernetes/kubelet.conf is expired: 2026-01-06 18:55:55 +0000 UTC',
        'kubelet; kubelet -> API server; no credential accepted',
      ],
      [
        'transport.go:113] The currently active client certificate has expired, but the server is not responsive.',
        'kubelet; kubelet -> API server; no credential accepted',
      ],
      [
        'failed to run Kubelet: unable to load bootstrap kubeconfig: stat /etc/kubernetes/bootstrap-kubelet.conf: no such file or directory',
        'kubelet; kubelet -> API server; no credential accepted',
      ],
      [
        'cannot create certificate signing request: Unauthorized',
        'API server; kubelet -> API server; no credential accepted',
      ],
      [
        'cannot create certificate signing request: certificatesigningrequests.certificates.k8s.io "csr-" is forbidden: can only create a node CSR with CN=system:node:n1',
        'API server; kubelet -> API server; forbidden',
      ],
      [
        'Unable to register node "n1" with API server: User "system:node:" cannot create nodes at the cluster scope.: "unknown node for user \\"system:node:\\"" (post nodes)',
        'API server; kubelet -> API server; forbidden',
      ],
    ] as const)
      for (const prefix of ['', ...prefixes])
        assert.equal(explain(prefix + text).map(place), [expected], prefix + text);
  });

  test('a tunnel that cannot be entered is no failure of the kubelet', () => {
    for (const [reason, entry, path] of pairs(
      reasonNames.filter((name) => !name.startsWith('ws')),
      ['127.0.0.1:6443', '127.0.0.1:9345', '10.0.0.9:8132'],
      ['/containerLogs/default/web/web', '/containerLogs/a/b/c?follow=true'],
    )) {
      const text = `Error from server: Get "${url}${path}": dial tcp ${entry}: ${reason}`;
      const [found] = explain(text);
      assert.is(
        found && place(found),
        'proxy or aggregated API; API server -> kubelet; API server cannot reach node',
        text,
      );
      assert.match(found?.why ?? '', `starts at ${entry}, `);
    }
    for (const words of [
      'fail to setup the tunnel: ',
      'fail to setup TLS handshake through the Tunnel: ',
    ])
      assert.equal(
        explain(`error: unable to upgrade connection: ${words}write: broken pipe`).map(place),
        ['proxy or aggregated API; API server -> kubelet; API server cannot reach node'],
      );
  });

  test('what a person tells in short beside an error is no other error', () => {
    for (const [before, text] of [
      [
        "Checking the metrics-server log, I can find several 'connection refused' errors:\n\n",
        `E0123 1 summary.go:97] error while getting metrics summary from Kubelet n1(10.0.0.7:10250): Get ${url}/stats/summary/: dial tcp 10.0.0.7:10250: getsockopt: connection refused`,
      ],
      [
        'kubectl logs gives remote error: tls: internal error\n\n',
        `Error from server: Get "${url}/containerLogs/a/b/c": remote error: tls: internal error`,
      ],
    ] as const) {
      assert.is(explain(before).length, 1, before);
      assert.equal(explain(before + text).map(place), explain(text).map(place));
      assert.equal(explain(`${text}\n\n${before}`).map(place), explain(text).map(place));
    }
  });

  test('names of a certificate, written down by hand', () => {
    for (const [names, comma, wanted] of pairs(
      ['192.168.1.14', '192.168.1.14, 10.1.2.3', 'n1, n1.example, 2001:db8::1'],
      [',', ''],
      ['10.0.0.7', 'n2'],
    )) {
      if (comma === '' && names.includes(', ')) continue;
      const text = `Error from server: Get "${url}/containerLogs/a/b/c": tls: failed to verify certificate: x509: certificate is valid for ${names}${comma} not ${wanted}`;
      const [found] = explain(text);
      assert.is(found?.cause, 'name mismatch', text);
      assert.match(found?.why ?? '', `is valid for ${names}, and not for ${wanted}, `);
    }
  });

  /** Who was asked, and what each client says of it before it tells why that failed. */
  const asked = [
    ['caller -> kubelet', '10.0.0.7', '10250', '/stats/summary'],
    ['caller -> API server', '10.0.0.1', '6443', '/api/v1/nodes'],
  ] as const;
  const python = (host: string, port: string, path: string) =>
    `requests.exceptions.ConnectionError: HTTPSConnectionPool(host='${host}', port=${port}): Max retries exceeded with url: ${path} (Caused by `;
  const java = (host: string, port: string, path: string) =>
    `java.io.IOException: GET https://${host}:${port}${path}: `;
  const dotnet = (host: string, port: string) =>
    `System.Net.Http.HttpRequestException: The SSL connection could not be established, see inner exception. (${host}:${port})\n ---> System.Security.Authentication.AuthenticationException: `;
  const node = (host: string, port: string, path: string) =>
    `FetchError: request to https://${host}:${port}${path} failed, reason: `;
  const rust = (host: string, port: string, path: string) =>
    `Error: error sending request for url (https://${host}:${port}${path}): `;
  const go = (host: string, port: string, path: string) => `Get "https://${host}:${port}${path}": `;
  const wget = (host: string, port: string, path: string) =>
    `$ wget https://${host}:${port}${path}\n--2026-01-01 00:00:00--  https://${host}:${port}${path}\nConnecting to ${host}:${port}... `;

  test('a connection or a certificate that failed, in the words of each language', () => {
    const verify = '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed';
    for (const [before, words, who, cause] of [
      [
        python,
        `SSLError(SSLCertVerificationError(1, "${verify}: IP address mismatch, certificate is not valid for '10.0.0.7'. (_ssl.c:1007)")))`,
        'TLS',
        'name mismatch',
      ],
      [
        python,
        `SSLError(SSLCertVerificationError(1, "${verify}: Hostname mismatch, certificate is not valid for 'n1'. (_ssl.c:1007)")))`,
        'TLS',
        'name mismatch',
      ],
      [
        python,
        `SSLError(CertificateError("hostname '10.0.0.7' doesn't match 'n1'")))`,
        'TLS',
        'name mismatch',
      ],
      [
        python,
        `SSLError(SSLCertVerificationError(1, '${verify}: certificate has expired (_ssl.c:1129)')))`,
        'TLS',
        'certificate expired',
      ],
      [
        python,
        `SSLError(SSLCertVerificationError(1, '${verify}: certificate is not yet valid (_ssl.c:1129)')))`,
        'TLS',
        'certificate not yet valid',
      ],
      [
        python,
        `SSLError(SSLCertVerificationError(1, '${verify}: self-signed certificate (_ssl.c:1129)')))`,
        'TLS',
        'self-signed certificate',
      ],
      [
        python,
        `SSLError(SSLCertVerificationError(1, '${verify}: self-signed certificate in certificate chain (_ssl.c:1129)')))`,
        'TLS',
        'untrusted CA',
      ],
      [
        python,
        `SSLError(SSLCertVerificationError(1, '${verify}: unable to get issuer certificate (_ssl.c:1129)')))`,
        'TLS',
        'untrusted CA',
      ],
      [python, `SSLError(SSLError(1, '${verify} (_ssl.c:661)')))`, 'TLS', 'untrusted CA'],
      [
        python,
        `ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f1c>, 'Connection to 10.0.0.7 timed out. (connect timeout=5)'))`,
        'network',
        'connection timed out',
      ],
      [
        python,
        `NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x7f1c>: Failed to establish a new connection: [Errno 113] No route to host'))`,
        'network',
        'no route',
      ],
      [
        python,
        `NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x7f1c>: Failed to establish a new connection: [Errno 111] Connection refused'))`,
        'network',
        'connection refused',
      ],
      [
        python,
        `ProtocolError('Connection aborted.', RemoteDisconnected('Remote end closed connection without response')))`,
        'network',
        'connection cut',
      ],
      [
        java,
        'javax.net.ssl.SSLHandshakeException: PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target',
        'TLS',
        'untrusted CA',
      ],
      [
        java,
        'javax.net.ssl.SSLPeerUnverifiedException: Hostname 10.0.0.7 not verified: certificate: sha256/x= DN: CN=n1 subjectAltNames: [n1]',
        'TLS',
        'name mismatch',
      ],
      [
        java,
        'java.security.cert.CertificateException: No subject alternative names matching IP address 10.0.0.7 found',
        'TLS',
        'name mismatch',
      ],
      [
        java,
        'javax.net.ssl.SSLHandshakeException: PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed: java.security.cert.CertificateExpiredException: NotAfter: Tue Mar 05 10:00:00 UTC 2024',
        'TLS',
        'certificate expired',
      ],
      [
        java,
        'javax.net.ssl.SSLHandshakeException: Received fatal alert: internal_error',
        'TLS',
        'no serving certificate yet',
      ],
      [
        java,
        'javax.net.ssl.SSLHandshakeException: Received fatal alert: handshake_failure',
        'TLS',
        'handshake failed',
      ],
      [
        java,
        'java.net.SocketTimeoutException: connect timed out',
        'network',
        'connection timed out',
      ],
      [
        java,
        'java.net.ConnectException: Connection refused (Connection refused)',
        'network',
        'connection refused',
      ],
      [
        java,
        'java.io.IOException: unexpected end of stream on https://10.0.0.7/...',
        'network',
        'connection cut',
      ],
      [
        dotnet,
        'The remote certificate is invalid because of errors in the certificate chain: UntrustedRoot',
        'TLS',
        'untrusted CA',
      ],
      [
        dotnet,
        'The remote certificate is invalid according to the validation procedure: RemoteCertificateNameMismatch',
        'TLS',
        'name mismatch',
      ],
      [
        dotnet,
        "Authentication failed because the remote party sent a TLS alert: 'InternalError'.",
        'TLS',
        'no serving certificate yet',
      ],
      [
        node,
        "Hostname/IP does not match certificate's altnames: IP: 10.0.0.7 is not in the cert's list: ",
        'TLS',
        'name mismatch',
      ],
      [node, 'socket hang up', 'network', 'connection cut'],
      [node, 'unable to verify the first certificate', 'TLS', 'untrusted CA'],
      [
        rust,
        'client error (Connect): invalid peer certificate: UnknownIssuer',
        'TLS',
        'untrusted CA',
      ],
      [
        rust,
        'client error (Connect): invalid peer certificate: NotValidForName',
        'TLS',
        'name mismatch',
      ],
      [
        rust,
        'client error (Connect): invalid peer certificate: certificate not valid for name "10.0.0.7"; certificate is only valid for DnsName("n1")',
        'TLS',
        'name mismatch',
      ],
      [
        rust,
        'client error (Connect): invalid peer certificate: Expired',
        'TLS',
        'certificate expired',
      ],
      [
        rust,
        'client error (Connect): received fatal alert: InternalError',
        'TLS',
        'no serving certificate yet',
      ],
      [
        rust,
        'error trying to connect: tcp connect error: Connection refused (os error 111)',
        'network',
        'connection refused',
      ],
      [rust, 'connection closed before message completed', 'network', 'connection cut'],
      [
        go,
        'tls: failed to verify certificate: x509: \u201ckubernetes\u201d certificate is not standards compliant',
        'TLS',
        'untrusted CA',
      ],
      [go, 'x509: \u201ckubernetes\u201d certificate is not trusted', 'TLS', 'untrusted CA'],
      [
        go,
        'tls: failed to parse certificate from server: x509: negative serial number',
        'TLS',
        'handshake failed',
      ],
      [go, 'tls: server selected unsupported protocol version 301', 'TLS', 'handshake failed'],
      [go, 'http2: client connection lost', 'network', 'connection cut'],
      [wget, 'failed: Connection refused.', 'network', 'connection refused'],
      [
        wget,
        "connected.\nERROR: cannot verify 10.0.0.7's certificate, issued by \u2018CN=n1-ca@1\u2019:\n  Unable to locally verify the issuer's authority.",
        'TLS',
        'untrusted CA',
      ],
    ] as const)
      for (const [hop, host, port, path] of asked) {
        const text = before(host, port, path) + words;
        // Only kubelets are known to end handshakes so for want of a certificate.
        const expected =
          hop === 'caller -> API server' && cause === 'no serving certificate yet'
            ? 'handshake failed'
            : cause;
        assert.equal(
          explain(text).map((found) => [found.who, found.hop, found.cause, found.address]),
          [[who, hop, expected, `${host}:${port}`]],
          text,
        );
        // Of another server nothing is said.
        const other = before('10.0.0.9', '8443', '/orders') + words;
        assert.equal(explain(other).map(place), [], other);
      }
  });

  test('every reason of Go, on every hop', () => {
    const kubelet = '10.0.0.7:10250';
    const dialed = {
      'connect: connection refused': 'connection refused',
      'connect: connection timed out': 'connection timed out',
      'connect: operation timed out': 'connection timed out',
      'i/o timeout': 'connection timed out',
      'connect: no route to host': 'no route',
      'connect: host is down': 'no route',
      'connect: network is unreachable': 'no route',
      'connect: network is down': 'no route',
      'connect: permission denied': 'no route',
      'connect: operation not permitted': 'no route',
      'connect: cannot assign requested address': 'no route',
      'socket: too many open files': 'too many open files',
      'operation was canceled': 'no answer',
    };
    const certificates = {
      'certificate signed by unknown authority': 'untrusted CA',
      'certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "kubernetes")':
        'untrusted CA',
      'certificate has expired or is not yet valid: current time 2026-03-01T10:00:00Z is after 2026-02-28T23:59:59Z':
        'certificate expired',
      'certificate has expired or is not yet valid: current time 2026-03-01T10:00:00Z is before 2026-03-28T23:59:59Z':
        'certificate not yet valid',
      'certificate is valid for n1, 10.0.0.1, not 10.0.0.7': 'name mismatch',
      'certificate is valid for n1, 10.0.0.1...': 'name mismatch',
      "cannot validate certificate for 10.0.0.7 because it doesn't contain any IP SANs":
        'name mismatch',
      'certificate is not valid for any names, but wanted to match n1': 'name mismatch',
      'certificate relies on legacy Common Name field, use SANs instead': 'name mismatch',
      'certificate specifies an incompatible key usage': 'certificate not for servers',
      'certificate is not authorized to sign other certificates': 'untrusted CA',
      'cannot verify signature: insecure algorithm SHA1-RSA': 'untrusted CA',
      'invalid signature: parent certificate cannot sign this kind of certificate': 'untrusted CA',
      'issuer name does not match subject from issuing certificate': 'untrusted CA',
      'ECDSA verification failure': 'untrusted CA',
      'malformed certificate': 'untrusted CA',
      'unhandled critical extension': 'untrusted CA',
    };
    const others = {
      'dial tcp: lookup n1 on 10.96.0.10:53: no such host': 'name does not resolve',
      'dial tcp: lookup n1: no suitable address found': 'name does not resolve',
      'dial tcp: address n1:102500: invalid port': 'no address',
      EOF: 'connection cut',
      'http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=NO_ERROR, debug=""':
        'connection cut',
      'http: server closed idle connection': 'connection cut',
      'stream error: stream ID 1; INTERNAL_ERROR; received from peer': 'connection cut',
      'tls: use of closed connection': 'connection cut',
      'http2: timeout awaiting response headers': 'no answer',
      'context deadline exceeded (Client.Timeout exceeded while awaiting headers)': 'no answer',
      'context canceled': 'no answer',
      'net/http: TLS handshake timeout': 'handshake failed',
      'remote error: tls: certificate required': 'handshake failed',
      'remote error: tls: user canceled': 'handshake failed',
      'tls: received unexpected handshake message of type *tls.serverHelloMsg when waiting for *tls.certificateMsg':
        'handshake failed',
      'tls: first record does not look like a TLS handshake': 'not TLS',
      'tls: failed to verify certificate: x509': 'untrusted CA',
    };
    const reasons = [
      ...Object.entries(dialed).map(
        ([words, cause]) => [`dial tcp ${kubelet}: ${words}`, cause] as const,
      ),
      ...Object.entries(certificates).flatMap(([words, cause]) => [
        [`x509: ${words}`, cause] as const,
        [`tls: failed to verify certificate: x509: ${words}`, cause] as const,
      ]),
      ...Object.entries(others),
    ];
    const quoted = (words: string) => words.replaceAll('"', '\\"');
    const ofServer = (words: string) => words.replaceAll(kubelet, '10.0.0.1:6443');
    for (const [words, cause] of reasons)
      for (const [hop, text] of [
        [
          'API server -> kubelet',
          `Error from server: Get "${url}/containerLogs/default/web/web": ${words}`,
        ],
        [
          'API server -> kubelet',
          `error: error upgrading connection: error dialing backend: ${words}`,
        ],
        [
          'caller -> kubelet',
          `E0101 00:00:00.000000 1 scraper.go:149] "Failed to scrape node" err="Get \\"${url}/metrics/resource\\": ${quoted(words)}" node="n1"`,
        ],
        [
          'caller -> kubelet',
          `${url}/metrics\nDOWN\ninstance="${kubelet}"\n3s ago\nGet "${url}/metrics": ${words}`,
        ],
        ['caller -> API server', `Unable to connect to the server: ${ofServer(words)}`],
        [
          'caller -> API server',
          `failed to list *v1.Pod: Get "${server}/api/v1/pods": ${ofServer(words)}`,
        ],
        [
          'kubelet -> API server',
          `"Unable to register node with API server" err="Post \\"${server}/api/v1/nodes\\": ${quoted(ofServer(words))}" node="n1"`,
        ],
      ] as const)
        assert.equal(
          explain(text).map((found) => `${found.hop}; ${found.cause}`),
          [`${hop}; ${cause}`],
          text,
        );
  });

  test('every status of a kubelet, in the words of every client', () => {
    const target = `${url}/metrics/cadvisor`;
    const statuses = {
      400: ['Bad Request', 'server error'],
      401: ['Unauthorized', 'no credential accepted'],
      403: ['Forbidden', 'forbidden'],
      404: ['Not Found', 'not found'],
      405: ['Method Not Allowed', 'method not allowed'],
      429: ['Too Many Requests', 'server error'],
      500: ['Internal Server Error', 'server error'],
      502: ['Bad Gateway', 'not a kubelet'],
      503: ['Service Unavailable', 'server error'],
    } as const;
    for (const [status, [name, cause]] of Object.entries(statuses))
      for (const text of [
        `level=debug msg="Scrape failed" scrape_pool=kubelet target=${target} err="server returned HTTP status ${status} ${name}"`,
        `${target}\nDOWN\ninstance="10.0.0.7:10250"\n3s ago\nserver returned HTTP status ${status} ${name}`,
        `error="unexpected status code returned when scraping \\"${target}\\": ${status}; expecting 200; response body: \\"x\\""`,
        `E0101 00:00:00.000000 1 scraper.go:149] "Failed to scrape node" err="request failed, status: \\"${status} ${name}\\"" node="n1"`,
        `E! [inputs.kubernetes] Error in plugin: ${target} returned HTTP status ${status} ${name}`,
        `requests.exceptions.HTTPError: ${status} Client Error: ${name} for url: ${target}`,
        `$ curl -ki ${target}\nHTTP/1.1 ${status} ${name}\nContent-Length: 0`,
        `$ curl -kf ${target}\ncurl: (22) The requested URL returned error: ${status}`,
        `$ wget --no-check-certificate ${target}\nHTTP request sent, awaiting response... ${status} ${name}`,
        `AxiosError: Request failed with status code ${status}\n  config: { url: '${target}' }`,
        `System.Net.Http.HttpRequestException: Response status code does not indicate success: ${status} (${name}).\n   at Kubelet.Get() ${target}`,
        `Error: HTTP status client error (${status} ${name}) for url (${target})`,
        `java.io.IOException: Server returned HTTP response code: ${status} for URL: ${target}`,
        `error kubeletstatsreceiver "error": "kubelet request GET ${target} failed - \\"${status} ${name}\\", response: \\"x\\""`,
        `couldn't fetch "podlist": unexpected status code ${status} on ${url}/pods: x`,
        `error calling kubelet: error calling endpoint ${target}. Got status code: ${status}`,
        `error doing HTTP request to fetch 'node' Metricset data: HTTP error ${status} in : ${status} ${name}`,
      ]) {
        assert.equal(
          explain(text).map((found) => `${found.hop}; ${found.cause}`),
          [`caller -> kubelet; ${cause}`],
          text,
        );
        const other = text
          .replaceAll('10250', '8443')
          .replaceAll(/\/metrics\/cadvisor|\/pods/g, '/orders')
          .replaceAll(
            /[Kk]ubelet\w*|podlist|scraper\.go|Failed to scrape node|fetch 'node'|node="n1"|inputs\.kubernetes/g,
            'shop',
          );
        assert.ok(
          explain(other).every(({ hop }) => hop === 'unknown'),
          other,
        );
      }
  });

  test('a stream that a client other than kubectl did not get, by its status', () => {
    const causes = {
      400: 'server error',
      401: 'no credential accepted',
      403: 'forbidden',
      404: 'not found',
      500: 'server error',
    };
    const names = {
      400: 'Bad Request',
      401: 'Unauthorized',
      403: 'Forbidden',
      404: 'Not Found',
      500: 'Internal Server Error',
    };
    const exec = '/api/v1/namespaces/default/pods/web/exec?command=ls&container=web&stdout=true';
    for (const status of [400, 401, 403, 404, 500] as const) {
      const line = `${status} ${names[status]}`;
      for (const text of [
        `java.net.ProtocolException: Expected HTTP 101 response but was '${line}'\n\tat okhttp3.internal.ws.RealWebSocket.checkUpgradeSuccess$okhttp(RealWebSocket.kt:224)\nRetrying...\nFailed to start websocket connection: io.fabric8.kubernetes.client.KubernetesClientException: An error has occurred.`,
        `System.Net.WebSockets.WebSocketException (2): The server returned status code '${status}' when status code '101' was expected.\n   at k8s.WebSocketBuilder.BuildAndConnectAsync(Uri uri, CancellationToken cancellationToken)`,
        `System.Net.WebSockets.WebSocketException (0x80004005): Connection failure (status line = 'HTTP/1.1 ${line}').\n   at KubeClient.Extensions.WebSockets.K8sWebSocket.ConnectAsync(Uri uri)`,
        `    url: 'wss://10.0.0.1:6443${exec}',\n    readyState: 3\n  },\n  type: 'error',\n  message: 'Unexpected server response: ${status}',`,
        `WebSocket connection to 'wss://10.0.0.1:6443${exec}' failed: Error during WebSocket handshake: Unexpected response code: ${status}`,
        `Error: failed to upgrade to a WebSocket connection: failed to switch protocol: ${line}`,
        `fatal: [localhost]: FAILED! => {"changed": false, "msg": "Failed to execute on pod web due to : (0)\\nReason: Handshake status ${line}\\n"}`,
        `Sec-WebSocket-Protocol: v4.channel.k8s.io\nUpgrade: websocket\n--> END GET\n\n<-- HTTP/1.1 ${line} (62ms)\nAudit-Id: 815889bf`,
      ]) {
        assert.equal(explain(text).map(place), [`unknown; unknown; ${causes[status]}`], text);
        const other = text
          .replaceAll(/kubernetes|k8s|K8s|Kube/gi, 'chat')
          .replaceAll(/Reason: |\/pods\/|on pod|WebSocket connection: |\?command\S*/g, '');
        assert.equal(explain(other).map(place), [], other);
      }
    }
  });

  test('a text of a list is no part of the one before it', () => {
    for (const [indent, comma, words] of pairs(
      ['\t\t', '  - ', '    '],
      [',', ''],
      ['No agent available', 'dial tcp 10.0.0.7:10250: i/o timeout'],
    )) {
      const list = [
        'Get \\"https://127.0.0.1:8200\\": dial tcp: connection refused',
        `error dialing backend: ${words}`,
        'missing client token',
      ]
        .map((each) => `${indent}"${each}"${comma}`)
        .join('\n');
      const [found, ...more] = explain(list);
      assert.equal([found?.evidence.endsWith(words), more.length], [true, 0], list);
    }
  });

  test('what a command asked stands before the error of a stream, and is not its address', () => {
    for (const words of [
      'unable to upgrade connection: Forbidden (user=kubernetes, verb=create, resource=nodes, subresource=proxy)',
      'error dialing backend: x509: certificate signed by unknown authority',
    ]) {
      const [found] = explain(`curl --head http://127.0.0.1:8081 # 200 OK, and then: ${words}`);
      assert.equal([found?.hop, found?.address], ['API server -> kubelet', undefined], words);
    }
  });

  test('the other lines of a kubelet, by its process', () => {
    const own =
      'E0310 09:12:04.318213    1842 controller.go:144] Failed to ensure lease exists, will retry in 7s, error: Unauthorized';
    const line = (process: string) =>
      `W0310 09:12:04.012345 ${process.padStart(7)} reflector.go:147] k8s.io/client-go/informers/factory.go:150: failed to list *v1.Node: Get "${server}/api/v1/nodes": x509: certificate signed by unknown authority`;
    for (const [process, hop] of [
      ['1842', 'kubelet -> API server'],
      ['977', 'caller -> API server'],
    ] as const)
      for (const text of [`${line(process)}\n${own}`, `${own}\n${line(process)}`])
        assert.ok(
          explain(text).some((found) => place(found) === `TLS; ${hop}; untrusted CA`),
          text,
        );
  });

  test('a sentence with the URL of a target before a bare status', () => {
    for (const [before, after] of [
      ['One of the targets, ', ', is down with'],
      ['\u8bbf\u95ee `', '` \u62a5\u4e0b\u9762\u9519\u8bef'],
    ] as const)
      for (const [status, cause] of [
        ['401 Unauthorized', 'no credential accepted'],
        ['403 Forbidden', 'forbidden'],
      ] as const) {
        const text = `${before}${url}/metrics${after}\n\n\`\`\`\nserver returned HTTP status ${status}\n\`\`\``;
        assert.equal(
          explain(text).map((found) => [place(found), found.address]),
          [[`kubelet; caller -> kubelet; ${cause}`, '10.0.0.7:10250']],
          text,
        );
        assert.ok(explain(text.replace('10250', '9100')).every(({ hop }) => hop === 'unknown'));
      }
  });

  test('an error that is folded at any of its blanks', () => {
    for (const [text, expected] of [
      [
        'Error from server (ServiceUnavailable): the server is currently unable to handle the request (get nodes.metrics.k8s.io)',
        'proxy or aggregated API; API server -> aggregated API; server error',
      ],
      [
        `Error from server: Get "${url}/containerLogs/default/web/web": dial tcp 10.0.0.7:10250: connect: no route to host`,
        'network; API server -> kubelet; no route',
      ],
      [
        `Error from server: Get "${url}/containerLogs/kube-system/web/web": net/http: TLS handshake timeout`,
        'TLS; API server -> kubelet; handshake failed',
      ],
    ] as const)
      for (const { index } of text.matchAll(/ /g)) {
        if (index < 60) continue;
        for (const sign of ['# ', '> ', '  ']) {
          const folded = `${sign}${text.slice(0, index)}\n${sign}${text.slice(index + 1)}\n${sign}and so on`;
          assert.equal(explain(folded).map(place), [expected], folded);
        }
      }
  });

  test('what is told in short, or without a name', () => {
    for (const [text, ...expected] of [
      [
        '`kubectl exec` and `kubectl logs` fail with "no preferred addresses found"',
        'API server; API server -> kubelet; no address',
      ],
      [
        'nodes "<name>" is forbidden: ... cannot get resource "nodes/proxy" in API group ""',
        'API server; caller -> API server; forbidden',
      ],
      [
        'error: no serving certificate available for the kubelet',
        'kubelet; caller or API server -> kubelet; no serving certificate yet',
      ],
      [
        'kubectl exec blocked via proxy ("Upgrade request required")',
        'proxy or aggregated API; caller -> API server; upgrade dropped',
      ],
      [
        '"Failed to scrape node, timeout to access kubelet"',
        'network; caller -> kubelet; no answer',
      ],
      [
        'unable to fetch metrics from resource metrics API: an error on the server ("Internal Server Error: \\"/apis/metrics.k8s.io/v1beta1/pods: Post net/http: request canceled (Client.Timeout exceeded while awaiting headers)") has prevented the request from succeeding (get pods.metrics.k8s.io)',
        'proxy or aggregated API; API server -> aggregated API; server error',
      ],
      [
        'The targets at `/proxy/metrics/cadvisor` return a 403 error',
        'unknown; unknown; forbidden',
      ],
      [
        'New dials of konnectivity fail fast with `No agent available`',
        'proxy or aggregated API; API server -> konnectivity; API server cannot reach node',
      ],
      [`$ curl -k ${url}/pods\n# 401 Unauthorized = anonymous requests are off`],
    ] as const)
      assert.equal(explain(text).map(place), expected, text);
  });

  test('hosts as documents write them', () => {
    for (const host of [
      '\\<aks-node-ip>',
      'XXX.XXX.XXX',
      '172.17.<nn>.<nn>',
      '\u2026',
      '...',
      'IP(or hostname)',
      '{{ip}}',
    ]) {
      const [found] = explain(
        `> Error from server: error dialing backend: dial tcp ${host}:10250: i/o timeout`,
      );
      assert.equal(
        [found && place(found), found?.address],
        ['network; API server -> kubelet; connection timed out', 'HOST:10250'],
        host,
      );
    }
    for (const [text, expected] of [
      [
        'Get "https\\://\\<node>:10250/containerLogs/\\<namespace>/\\<pod>/c": http: server gave HTTP response to HTTPS client',
        'TLS; API server -> kubelet; not TLS',
      ],
      [
        'dial tcp4 10.0.0.7:10250: connect: connection refused; try -enableTCP6 command-line flag',
        'network; caller or API server -> kubelet; connection refused',
      ],
      [
        'nc: connect to 10.0.0.7 port 10250 (tcp) failed: Connection refused',
        'network; caller -> kubelet; connection refused',
      ],
      [
        '* connect to 10.0.0.7 port 10250 failed: No route to host',
        'network; caller -> kubelet; no route',
      ],
      [
        'error: unable to upgrade connection: error dialing backend: read tcp <my IP>:58315-><API SERVER IP>:443: read: connection reset by peer',
        'network; caller -> API server; connection cut',
      ],
    ] as const)
      assert.equal(explain(text).map(place), [expected], text);
  });

  test('a socket of the container runtime on the node is not the way to the node', () => {
    for (const [socket, dial, reason] of pairs(
      ['/run/containerd/containerd.sock', '/var/run/dockershim.sock', '/var/run/crio/crio.sock'],
      ['dial unix @: ', 'failed to dial "@"- '],
      ['connect: connection refused', 'context deadline exceeded', 'i/o timeout'],
    )) {
      const words = `${dial.replace('@', socket)}${reason}`;
      const text = `error: unable to upgrade connection: Failed to construct RuntimeManager. Error- ${words}`;
      assert.equal(
        explain(text).map(place),
        ['kubelet; kubelet -> container runtime; container runtime failed'],
        text,
      );
      assert.equal(explain(`rpc error: code = Unavailable desc = transport: ${words}`), []);
    }
  });

  test('what kubectl asks an API server for before anything else, at any port', () => {
    for (const words of [
      'failed to discover supported resources',
      "couldn't read version from server",
      "memcache.go:265] couldn't get current server API group list",
    ])
      assert.equal(
        explain(
          `error: ${words}: Get http://100.64.0.1:443/api: malformed HTTP response "\\x15\\x03\\x01"`,
        ).map(place),
        ['client; caller -> API server; not HTTP'],
        words,
      );
  });

  test('a status of the API server, in the words of Python and Java', () => {
    for (const [status, name, cause] of [
      ['401', 'Unauthorized', 'no credential accepted'],
      ['403', 'Forbidden', 'forbidden'],
    ] as const)
      for (const text of [
        `(kubeutil.py:193) | ${status} Client Error: ${name} for url: ${server}/api/v1/nodes?limit=1`,
        `java.io.IOException: Server returned HTTP response code: ${status} for URL: ${server}/api/v1/namespaces/a/pods`,
      ])
        assert.equal(explain(text).map(place), [`API server; caller -> API server; ${cause}`]);
  });

  test('words of old versions', () => {
    for (const [text, ...expected] of [
      [
        'Node n1 has no valid hostname and/or IP address: n1',
        'client; caller -> kubelet; no address',
      ],
      [
        'requests return an unhelpful "Empty tunnel list" error.',
        'proxy or aggregated API; API server -> kubelet; API server cannot reach node',
      ],
      [
        'kubelet: E0224 13:32:24.554102   32061 kubelet.go:2650] Error updating node status, will retry: error getting node "n1": the server does not allow access to the requested resource (get nodes n1)',
        'API server; kubelet -> API server; forbidden',
      ],
      [
        'error: the server does not allow access to the requested resource (get pods web)',
        'API server; caller -> API server; forbidden',
      ],
      [
        'error: Unable to upgrade connection: {\n  "kind": "Status",\n  "apiVersion": "v1",\n  "status": "Failure",\n  "message": "the server does not allow this method on the requested resource",\n  "reason": "MethodNotAllowed",\n  "code": 405\n}',
        'API server; caller -> API server; method not allowed',
      ],
      [
        'error: unable to upgrade connection: you must specify at least 1 of stdin, stdout, stderr',
        'proxy or aggregated API; unknown; server error',
      ],
      [
        'HTTP response body: {"message":"unable to upgrade: X-Stream-Protocol-Version is required"}',
        'proxy or aggregated API; caller -> API server; upgrade dropped',
      ],
      [
        'Prometheus gets a 403 when connecting to https://kubernetes.default.svc:443/api/v1/nodes/n1/proxy/metrics/cadvisor',
        'unknown; unknown; forbidden',
      ],
      [
        'When scraping from kubelet on 10250, the metrics pod is returning a 401 Unauthorized.',
        'kubelet; caller -> kubelet; no credential accepted',
      ],
      [
        '[discovery] Failed to request cluster info, will try again: [Unauthorized]',
        'API server; caller -> API server; no credential accepted',
      ],
      [
        'error: unable to upgrade connection: pod web-983667326-wlbt7_default not found',
        'kubelet; API server -> kubelet; not found',
      ],
      [
        'no response from https://10.0.0.33:443: Get https://10.0.0.33:443: dial tcp 10.0.0.33:443: connect: no route to host',
        'network; API server -> aggregated API; no route',
      ],
    ] as const)
      assert.equal(explain(text).map(place), expected, text);
  });

  test('what a kubelet that is called answers in its own log, and in that of an agent', () => {
    const log = (status: number) =>
      `Oct 10 10:58:08 n1 kubelet[812]: I1010 10:58:08.701900     812 httplog.go:129] "HTTP" verb="GET" URI="/stats/summary?only_cpu_and_memory=true" latency="22.091886ms" userAgent="Go-http-client/2.0" srcIP="10.0.0.9:30131" resp=${status}`;
    const denied = ['kubelet; caller or API server -> kubelet; no credential accepted'];
    assert.equal(explain(log(401)).map(place), denied);
    assert.equal(explain(log(200)).map(place), []);
    for (const text of [
      `E! [inputs.kubernetes] Error in plugin: ${url}/stats/summary returned HTTP status 404 Not Found`,
      'E! [inputs.kubernetes] Error in plugin: https://kubernetes/stats/summary returned HTTP status 404 Not Found',
    ])
      assert.equal(explain(text).map(place), ['unknown; caller -> kubelet; not found'], text);
    for (const text of [
      'failed to create fsnotify watcher: too many open files',
      'failed to open log file "/var/log/pods/e0242ac2/nginx/0.log": open /var/log/pods/e0242ac2/nginx/0.log: no such file or directory',
      'failed to try resolving symlinks in path "/var/log/pods/default_web_0a/web/0.log": lstat /var/log/pods/default_web_0a/web/0.log: no such file or directory',
    ])
      assert.equal(
        explain(text).map(place),
        ['kubelet; API server -> kubelet; server error'],
        text,
      );
  });

  test('a reason of TLS beside kubectl logs and the like is of a kubelet', () => {
    for (const [command, between, [words, cause]] of pairs(
      ['kubectl logs', 'kubectl exec', 'kubectl port-forward', 'kubectl top'],
      [' web: ', ' -------- ', ' web gives me '],
      [
        ['x509: certificate is valid for 127.0.0.1, not 10.0.0.7', 'name mismatch'],
        ['remote error: tls: internal error', 'no serving certificate yet'],
      ] as const,
    )) {
      const text = `${command}${between}${words}`;
      assert.equal(
        explain(text).map(({ hop, cause: found }) => [hop, found]),
        [[command === 'kubectl top' ? 'unknown' : 'API server -> kubelet', cause]],
        text,
      );
    }
  });

  test('what the node proxy of an API server failed at, with its request in the next line', () => {
    for (const [words, cause] of [
      ['EOF', 'connection cut'],
      ['dial tcp 10.0.0.7:10250: i/o timeout', 'connection timed out'],
      ['dial tcp 10.0.0.7:10250: connect: connection refused', 'connection refused'],
    ] as const) {
      const told = (reached: string) => `Error: '${words}'\nTrying to reach: '${reached}'`;
      assert.equal(
        explain(told(`${url}/stats/summary`)).map(place),
        [`network; API server -> kubelet; ${cause}`],
        words,
      );
      const pod = told('https://10.1.0.9:8443/').replace('10.0.0.7:10250', '10.1.0.9:8443');
      assert.equal(explain(pod).map(place), [], words);
    }
  });

  test('rows of a page of targets, with or without the address in their labels', () => {
    for (const [labels, before, after] of pairs(
      ['instance="n1.internal"', 'instance="10.0.0.7:10250" job="kubelet"', 'endpoint="https"'],
      ['', 'kubelets\nEndpoint\tState\tLabels\tLast Scrape\tError\n'],
      ['', '\nhttp://10.0.0.7:9100/metrics\nUP\tinstance="10.0.0.7:9100"\t1.2s ago\t'],
    )) {
      const text = `${before}https://10.0.0.8:10250/metrics\nUP\tinstance="n2"\t2.0s ago\t\n${url}/metrics\nDOWN\t${labels}\t11.63s ago\tcontext deadline exceeded${after}`;
      assert.equal(
        explain(text).map((found) => [place(found), found.address]),
        [['network; caller -> kubelet; no answer', '10.0.0.7:10250']],
        text,
      );
      assert.equal(explain(text.replaceAll(':10250', ':9100')).map(place), [], text);
    }
  });

  test('a kubelet that cannot gather its figures', () => {
    const figures = 'Internal Error: failed to list pod stats: failed to list all container stats';
    for (const words of [
      figures,
      'Internal Error: failed to get imageFs stats: missing image stats',
      'Internal Error: failed to get root cgroup stats: failed to get cgroup stats for "/"',
    ])
      for (const text of [
        words,
        `E0101 00:00:00.000001 5020 handler.go:321] HTTP InternalServerError serving /stats/summary: ${words}`,
      ])
        assert.equal(
          explain(text).map(place),
          ['kubelet; caller or API server -> kubelet; server error'],
          text,
        );
    assert.equal(explain(`$ curl -k ${url}/stats/summary\n${figures}`).map(place), [
      'kubelet; caller -> kubelet; server error',
    ]);
  });

  test('a path that no kubelet has, after curl of any width', () => {
    for (const [flags, words, more] of pairs(
      ['-k', '--cert /etc/kubernetes/pki/client.crt --key /etc/kubernetes/pki/client.key -k'],
      ['404 page not found', '404: Page Not Found'],
      ['', ' && echo'],
    ))
      assert.equal(
        explain(`$ curl ${flags} ${url}/stats${more}\n${words}`).map(place),
        ['kubelet; caller -> kubelet; not found'],
        `${flags} ${words}`,
      );
  });

  test('plain HTTP, as old versions of Go tell it', () => {
    const words = 'tls: oversized record received with length 20527';
    for (const text of [
      `Error from server: error dialing backend: ${words}`,
      `Error from server: Get ${url}/containerLogs/default/web/web: ${words}`,
      `error: Unable to upgrade connection: {\n  "kind": "Status",\n  "status": "Failure",\n  "message": "${words}",\n  "code": 500\n}`,
    ])
      assert.equal(explain(text).map(place), ['TLS; API server -> kubelet; not TLS'], text);
  });

  test('a reason that a title or a terminal cut off, as long as only one begins so', () => {
    const cut = [
      ['dial tcp 10.0.0.7:10250: i/o timeout', 5, 'connection timed out'],
      ['dial tcp 10.0.0.7:10250: connect: connection refused', 7, 'connection refused'],
      ['dial tcp 10.0.0.7:10250: connect: no route to host', 12, 'no route'],
      ['dial tcp: lookup n1 on 10.0.0.2:53: no such host', 6, 'name does not resolve'],
      ['dial tcp: lookup n1: Temporary failure in name resolution', 24, 'name does not resolve'],
      ['remote error: tls: internal error', 8, 'no serving certificate yet'],
      ['x509: certificate signed by unknown authority', 24, 'untrusted CA'],
      ['net/http: TLS handshake timeout', 20, 'handshake failed'],
      ['context deadline exceeded', 12, 'no answer'],
    ] as const;
    for (const [words, most, cause] of cut)
      for (let missing = 0; missing < most; missing += 1)
        for (const end of missing === 0 ? [''] : ['', '...', '\u2026', '\u2026"\nNAME   READY']) {
          const text = `Error from server: Get "${url}/containerLogs/default/web/web": ${words.slice(0, words.length - missing)}${end}`;
          const [first, ...more] = explain(text).map(({ hop, cause: found }) => [hop, found]);
          assert.equal([first, more], [['API server -> kubelet', cause], []], text);
        }
    // Refused and timed out begin alike.
    const open = `Error from server: Get "${url}/containerLogs/a/b/c": dial tcp 10.0.0.7:10250: connect: connection`;
    assert.equal(explain(open).map(place), []);
    assert.equal(explain('Get "https://registry.example/v2/": dial tcp 10.0.0.9:443: i/o ti…'), []);
  });

  test('what an approver did not like about the request of a kubelet, in each of its words', () => {
    const denied = [
      'Denying kubelet-serving CSR. DNS checks failed. Reason:The SAN DNS Name could not be resolved, denying the CSR',
      'Denying kubelet-serving CSR. IP whitelist check failed. Reason:One of the SAN IP addresses, 10.0.0.7, is not part of the allowed IP Prefixes/Subnets',
      'The SAN DNS Name in the x509 CSR is not prefixed by the node name (hostname)',
      'The SAN DNS name in the x509 CR is not allowed by the Cloud provider regex',
      'The x509 Cert Request SAN contains neither an IP address nor a DNS name',
      'message: "CSR not complying with kubelet-csr-approver validation process. Reason: The x509 Cert Request contains more than 1 DNS name"',
      '  "reason": "kubelet-serving cert denied",\n  "type": "Denied"',
      'certificate request was not signed: cannot watch on the certificate signing request: certificate signing request is denied, reason: kubelet-serving cert denied, message: CSR not complying',
    ];
    const left = [
      'Could not use current serving cert for renewal: CSR Subject Alternate Name values do not match current certificate',
      'Could not use Machine for serving cert authorization: unable to find machine for node',
      'csr-abcde: Unrecoverable serving cert error, cannot approve: "DNS:n2" not in DNS names',
      'could not authorize CSR: exhausted all authorization methods: []',
    ];
    const starts = [
      '',
      'E0101 00:00:00.000001       1 csr_controller.go:151] ',
      '{"level":"info","ts":1.7,"msg":"',
      '> ',
    ];
    for (const [words, start] of pairs([...denied, ...left], starts, [''])) {
      const [found, ...more] = explain(start + words);
      assert.is(more.length, 0, start + words);
      assert.equal(
        found && [
          place(found),
          found.why.includes(left.includes(words) ? 'not approved' : 'denied'),
        ],
        ['TLS; caller or API server -> kubelet; no serving certificate yet', true],
        start + words,
      );
      // Nobody is told to approve what was denied.
      assert.not.match(found?.commands.join('\n') ?? '', 'approve');
    }
  });

  test('ports of cloudcores of KubeEdge, one for each', () => {
    for (let port = 10_350; port < 10_360; port += 1)
      for (const words of [
        `error dialing backend: dial tcp 10.0.0.7:${port}: connect: connection refused`,
        `Get "https://10.0.0.7:${port}/containerLogs/default/web/web": dial tcp 10.0.0.7:${port}: connect: connection refused`,
      ])
        assert.equal(
          explain(`Error from server: ${words}`).map(place),
          ['network; API server -> kubelet; connection refused'],
          words,
        );
    for (const port of [10_259, 10_349, 10_360, 8443])
      assert.equal(
        explain(
          `Error from server: error dialing backend: dial tcp 10.0.0.7:${port}: connect: connection refused`,
        ),
        [],
      );
  });

  test('a stream that something before the API server ended', () => {
    const words = 'next reader: websocket: close 1006 (abnormal closure): unexpected EOF';
    for (const text of [
      `error: error reading from error stream: ${words}`,
      `E0101 00:00:00.000001   40111 v2.go:129] "Unhandled Error" err="${words}"`,
      `warning: couldn't attach to pod/web, falling back to streaming logs: ${words}`,
    ])
      assert.equal(
        explain(text).map(place),
        ['network; caller -> API server; connection cut'],
        text,
      );
    assert.equal(explain('level=error msg="websocket: close 1006 unexpected EOF"'), []);
  });

  test('a kubelet that could not pass a stream on to its container runtime', () => {
    for (const [reason, cause] of [
      ['unexpected EOF', 'network; kubelet -> container runtime; connection cut'],
      [
        'dial tcp 127.0.0.1:35429: connect: connection refused',
        'kubelet; kubelet -> container runtime; streaming server unreachable',
      ],
    ] as const)
      for (const start of ['', 'Jan 01 00:00:00 n1 kubelet[8]: E0101 00:00:00.000001       8 '])
        assert.equal(
          explain(`${start}server.go:731] Error while proxying request: ${reason}`).map(place),
          [cause],
          reason,
        );
  });

  test('a request for a stream without Upgrade, as clients of the API have it', () => {
    const status =
      '{"kind":"Status","status":"Failure","message":"Upgrade request required","reason":"BadRequest","code":400}';
    for (const text of [status, status.replaceAll('"', "'")])
      assert.equal(
        explain(text).map(place),
        ['proxy or aggregated API; caller -> API server; upgrade dropped'],
        text,
      );
  });

  test('a node whose name was left out has none', () => {
    const [found] = explain(
      `scraper.go:140] "Failed to scrape node" err="request failed, status: '401 Unauthorized'" node="..."`,
    );
    assert.is(found?.cause, 'no credential accepted');
    assert.is(found?.node, undefined);
  });

  test('an agent that was answered with a status, and no more', () => {
    for (const [status, cause] of [
      [403, 'forbidden'],
      [401, 'no credential accepted'],
    ] as const)
      assert.equal(
        explain(
          `2026-01-01 00:00:00 UTC | CORE | WARN | (pkg/util/kubernetes/kubelet/kubelet.go:526 in setupKubeletAPIEndpoint) | Failed to securely reach the kubelet over HTTPS, received a status ${status}. Trying a non secure connection over HTTP`,
        ).map(place),
        [`kubelet; caller -> kubelet; ${cause}`],
      );
  });

  test('a line of metrics-server whose beginning was not pasted', () => {
    for (const [words, cause] of [
      ["92.168.1.7 because it doesn't contain any IP SANs", 'name mismatch'],
      ['certificate signed by unknown authority', 'untrusted CA'],
      ['connect: connection refused', 'connection refused'],
    ] as const)
      assert.equal(
        explain(
          `${words}" node="n1"\nI0101 00:00:00.000001       1 server.go:187] "Failed probe"`,
        ).map(({ hop, cause: found }) => [hop, found]),
        [['caller -> kubelet', cause]],
        words,
      );
  });

  test('an established connection to a kubelet', () => {
    for (const [verb, reason, cause] of [
      ['read', 'use of closed network connection', 'connection cut'],
      ['read', 'read: connection reset by peer', 'connection cut'],
      ['write', 'write: broken pipe', 'connection cut'],
      ['read', 'i/o timeout', 'no answer'],
    ] as const) {
      const text = `connection read failure err="${verb} tcp 10.68.0.7:42272->10.0.0.7:10250: ${reason}"`;
      assert.equal(
        explain(text).map((found) => [place(found), found.address]),
        [[`network; caller or API server -> kubelet; ${cause}`, '10.0.0.7:10250']],
        text,
      );
      // From the port of a kubelet to whoever called it, and to others.
      assert.equal(explain(text.replace(':42272->10.0.0.7:10250', ':10250->10.0.0.7:42272')), []);
    }
  });

  test('a proxy on the side of the caller that does not reach the API server', () => {
    for (const port of ['443', '6443', '8443'])
      for (const reason of reasonNames) {
        const text = `error: unable to upgrade connection: error dialing backend: dial tcp 10.0.0.1:${port}: ${reason}`;
        const [found, ...more] = explain(text);
        assert.equal(
          [found && place(found), more],
          [`network; caller -> API server; ${reasons[reason]}`, []],
          text,
        );
      }
    assert.equal(
      explain(
        'error: unable to upgrade connection: error dialing backend: dial tcp 10.0.0.7:10250: i/o timeout',
      ).map(place),
      ['network; API server -> kubelet; connection timed out'],
    );
  });

  test('a kubelet that answered metrics-server without some figures', () => {
    for (const words of [
      'unable to get CPU for container "web" in pod default/web on node "10.0.0.7", discarding data: missing cpu usage metric',
      'unable to get memory for node "n1", discarding data: missing memory usage metric',
    ])
      for (const start of [
        '',
        'E0101 00:00:00.000001       1 manager.go:111] unable to fully collect metrics: [unable to fully scrape metrics from source kubelet_summary:n1: ',
      ])
        assert.equal(
          explain(start + words).map(place),
          ['kubelet; caller -> kubelet; server error'],
          start + words,
        );
  });

  test('a kubelet of any port that curl asked for what only kubelets have', () => {
    for (const [port, path, [words, cause]] of pairs(
      ['3000', '3001', '10250', '40000'],
      ['/containerLogs/default/web/web', '/stats/summary'],
      [
        ['Connection refused', 'connection refused'],
        ['Connection timed out', 'connection timed out'],
      ] as const,
    ))
      assert.equal(
        explain(
          `$ curl -k -i https://10.0.0.7:${port}${path}\ncurl: (7) Failed to connect to 10.0.0.7 port ${port}: ${words}`,
        ).map(place),
        [`network; caller -> kubelet; ${cause}`],
        `${port} ${path} ${words}`,
      );
    // Asked of another server.
    const other = 'curl: (7) Failed to connect to 10.0.0.9 port 3000: Connection refused';
    assert.equal(explain(`$ curl -k https://10.0.0.7:3000/stats/summary\n${other}`), []);
    assert.equal(explain(`$ curl -k https://10.0.0.9:3000/api\n${other}`), []);
  });

  test('a URL that an editor made a link of', () => {
    for (const [words, cause] of [
      [
        'dial tcp 10.0.0.7:10250: i/o timeout',
        'network; API server -> kubelet; connection timed out',
      ],
      ['local error: tls: bad record MAC', 'TLS; API server -> kubelet; handshake failed'],
      ['x509: certificate signed by unknown authority', 'TLS; API server -> kubelet; untrusted CA'],
    ] as const)
      for (const [start, end] of [
        ['[', `](${url}/containerLogs/default/web/web)`],
        ['"[', `":](${url}/containerLogs/default/web/web%22:)`],
        ['["', `"](${url}/containerLogs/default/web/web)`],
      ] as const) {
        const path = `${url}/containerLogs/default/web/web`;
        const text = `Error from server: Get ${start}${path}${end}${end.includes(':]') ? '' : ':'} ${words}`;
        assert.equal(explain(text).map(place), [cause], text);
      }
  });

  test('a connection that Windows forbids', () => {
    const words =
      'connectex: An attempt was made to access a socket in a way forbidden by its access permissions.';
    assert.equal(
      explain(`Unable to connect to the server: dial tcp [::1]:8080: ${words}`).map(place),
      ['client; caller -> API server; connection refused'],
    );
    for (const [text, hop] of [
      [`Unable to connect to the server: dial tcp 10.0.0.1:6443: ${words}`, 'caller -> API server'],
      [`Get "${url}/metrics": dial tcp 10.0.0.7:10250: ${words}`, 'caller -> kubelet'],
    ] as const)
      assert.equal(explain(text).map(place), [`client; ${hop}; no route`], text);
  });

  test('an autoscaler that gets no metrics, in each of its words', () => {
    const start =
      'unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: ';
    for (const words of [
      `${start}an error on the server ("unable to set dialer for kube-system/metrics-server as rest transport is of type *transport.debuggingRoundTripper") has prevented the request from succeeding (get pods.metrics.k8s.io)`,
      `${start}an error on the server ("Internal Server Error: \\"/apis/metrics.k8s.io/v1beta1/pods\\"") has prevented the request from succeeding (get pods.metrics.k8s.io)`,
      'failed to get cpu utilization: did not receive metrics for targeted pods (pods might be unready)',
      'did not receive metrics for any ready pods',
    ])
      for (const before of [
        '',
        'Warning  FailedGetResourceMetric  2m (x38 over 42m)  horizontal-pod-autoscaler  ',
      ])
        assert.equal(
          explain(before + words).map(place),
          ['proxy or aggregated API; API server -> aggregated API; server error'],
          words,
        );
  });

  test('kubeadm, which asked the read-only port whether the kubelet runs', () => {
    const check = `[kubelet-check] The HTTP call equal to 'curl -sSL http://localhost:10255/healthz' failed with error: Get http://localhost:10255/healthz: dial tcp 127.0.0.1:10255: getsockopt: connection refused.`;
    for (const text of [
      check,
      `[kubelet-check] It seems like the kubelet isn't running or healthy.\n${check}`,
    ]) {
      const [found, ...more] = explain(text);
      assert.equal(
        [found && place(found), more],
        ['kubelet; caller -> kubelet; unknown', []],
        text,
      );
      assert.match(found?.why ?? '', 'does not run, ends again and again');
    }
  });

  test('an address and a reason, and no word of a program', () => {
    for (const [host, [port, hop], [reason, cause]] of pairs(
      ['10.0.0.7', '<master-ip>', 'node-1.internal', '[fd00::7]'],
      [
        ['6443', 'caller -> API server'],
        ['10250', 'caller or API server -> kubelet'],
      ] as const,
      [
        ['connection refused', 'connection refused'],
        ['i/o timeout', 'connection timed out'],
        ['no route to host', 'no route'],
      ] as const,
    ))
      for (const text of [
        `${host}:${port} ${reason}`,
        `When I click on the icon, it says "${host}:${port}" ${reason}.`,
        `it fails: ${host}:${port}: ${reason}`,
      ])
        assert.equal(explain(text).map(place), [`network; ${hop}; ${cause}`], text);
    assert.equal(explain('10.0.0.7:8443 connection refused'), []);
  });

  test('hosts that are named in another language', () => {
    for (const host of [
      'agent\u8282\u70b9IP',
      '\u4e3b\u673a',
      'n\u0153ud-1',
      '\u0443\u0437\u0435\u043b',
    ]) {
      const text = `Error from server: Get "https://${host}:10250/containerLogs/a/b/c": proxy error from 127.0.0.1:9345 while dialing ${host}:10250, code 502: 502 Bad Gateway`;
      assert.equal(
        explain(text).map((found) => [place(found), found.address]),
        [
          [
            'proxy or aggregated API; API server -> kubelet; API server cannot reach node',
            'HOST:10250',
          ],
        ],
        text,
      );
    }
  });

  test('a title about metrics-server, by any of its names', () => {
    for (const name of ['Metrics Server', 'metrics-server', 'metrics server'])
      assert.equal(
        explain(
          `${name} could not scrape log with \u201ctls: failed to verify certificate: x509: certificate is valid for 127.0.0.1, not 10.124.4.238" node="n1`,
        ).map(({ cause }) => cause),
        ['name mismatch'],
        name,
      );
  });

  test('an answer of a kubelet, as curl traces it', () => {
    const answers = [
      ['400 Bad Request', 'Client sent an HTTP request to an HTTPS server.', 'not HTTP'],
      ['401 Unauthorized', 'Unauthorized', 'no credential accepted'],
      ['404 Not Found', '404 page not found', 'not found'],
      ['405 Method Not Allowed', '405: Method Not Allowed', 'method not allowed'],
      ['500 Internal Server Error', 'Internal Error: received no figures of "/"', 'server error'],
      ['503 Service Unavailable', '', 'server error'],
    ] as const;
    const before = [
      (path: string) =>
        `$ curl -kv ${url}${path}\n> GET ${path} HTTP/1.1\n> Host: 10.0.0.7:10250\n>`,
      (path: string) =>
        `* Connected to n1 (10.0.0.7) port 10250 (#0)\n> GET ${path} HTTP/1.1\n> Accept: */*\n>`,
      (path: string) => `$ curl -kvs ${url}${path} -o /dev/null`,
    ];
    for (const [[status, body, cause], asked, sign] of pairs(answers, before, ['< '])) {
      const text = `${asked('/stats/')}\n${sign}HTTP/1.1 ${status}\n${sign}Date: Mon, 13 Jul 2015 10:51:16 GMT\n${sign}\n${body}`;
      assert.equal(
        explain(text).map((found) => [found.hop, found.cause, found.address]),
        [['caller -> kubelet', cause, '10.0.0.7:10250']],
        text,
      );
    }
    const denied = explain(
      `$ curl -kv ${url}/pods\n> GET /pods HTTP/1.1\n< HTTP/1.1 403 Forbidden\n<\nForbidden (user=system:anonymous, verb=get, resource=nodes, subresource=proxy)`,
    );
    assert.equal(
      denied.map((found) => [place(found), found.identity, found.address]),
      [['kubelet; caller -> kubelet; forbidden', 'system:anonymous', '10.0.0.7:10250']],
    );
    assert.equal(
      explain('$ curl -v http://10.0.0.7:8080/x\n< HTTP/1.1 500 Internal Server Error'),
      [],
    );
  });

  test('a scraper in Ruby', () => {
    const failures = [
      ['RestClient::BadRequest', '400 Bad Request', 'not HTTP'],
      ['RestClient::Unauthorized', '401 Unauthorized', 'no credential accepted'],
      ['RestClient::Forbidden', '403 Forbidden', 'forbidden'],
      ['RestClient::NotFound', '404 Not Found', 'not found'],
      ['RestClient::InternalServerError', '500 Internal Server Error', 'server error'],
      [
        'RestClient::Exceptions::OpenTimeout',
        'Timed out connecting to server',
        'connection timed out',
      ],
      ['RestClient::Exceptions::ReadTimeout', 'Timed out reading data from server', 'no answer'],
      [
        'RestClient::SSLCertificateNotVerified',
        'SSL_connect returned=1 errno=0 state=error: certificate verify failed (self signed certificate in certificate chain)',
        'untrusted CA',
      ],
      [
        'OpenSSL::SSL::SSLError',
        'SSL_connect SYSCALL returned=5 errno=0 state=SSLv2/v3 read server hello A',
        'connection cut',
      ],
      [
        'SocketError',
        'Failed to open TCP connection to 10.0.0.7:10250 (getaddrinfo: Name or service not known)',
        'name does not resolve',
      ],
      [
        'Errno::EHOSTUNREACH',
        String.raw`Failed to open TCP connection to 10.0.0.7:10250 (No route to host - connect(2) for \"10.0.0.7\" port 10250)`,
        'no route',
      ],
    ] as const;
    for (const [[type, message, cause], title, number] of pairs(
      failures,
      ['metric_scraper', 'stats_metric_scraper', 'cadvisor_metric_scraper'],
      [0, 1],
    )) {
      const text = `2026-01-01 00:00:00 +0000 [error]: #${number} Unexpected error raised. Stopping the timer. title=:${title} error_class=${type} error="${message}"`;
      assert.equal(
        explain(text).map((found) => [found.hop, found.cause]),
        [['caller -> kubelet', cause]],
        text,
      );
    }
  });

  test('the port that cAdvisor had in old kubelets', () => {
    for (const reason of ['getsockopt: connection refused', 'connect: connection refused']) {
      const [found] = explain(
        `http://10.0.0.7:4194/metrics | down | Get http://10.0.0.7:4194/metrics: dial tcp 10.0.0.7:4194: ${reason}`,
      );
      assert.is(found?.cause, 'read-only port closed');
      assert.match(found?.why ?? '', '/metrics/cadvisor of port 10250');
    }
  });

  test('a kubelet without a serving certificate, in words of each version', () => {
    for (const words of [
      'no certificate available',
      'no serving certificate available for the kubelet',
    ])
      assert.equal(
        explain(
          `Dec 11 14:22:30 n1 kubelet[812]: I1211 14:22:30.440352     812 logs.go:41] http: TLS handshake error from 10.0.0.9:37000: ${words}`,
        ).map(place),
        ['kubelet; caller or API server -> kubelet; no serving certificate yet'],
        words,
      );
    // Another server.
    assert.equal(
      explain(
        'I1211 14:22:30.440352 1 logs.go:41] http: TLS handshake error from 10.0.0.9:37000: no certificate available',
      ),
      [],
    );
  });

  test('a target of Prometheus with names before its URL and its error', () => {
    for (const [name, colon] of [
      ['Endpoint', ':  '],
      ['Target', ': '],
      ['URL', ': '],
    ] as const)
      for (const [target, expected] of [
        ['http://10.0.0.7:10250/metrics', 'client; caller -> kubelet; not HTTP'],
        [
          'http://kubernetes.default.svc:443/api/v1/nodes/n1/proxy/metrics/cadvisor',
          'client; caller -> API server; not HTTP',
        ],
      ] as const)
        assert.equal(
          explain(
            `${name}${colon}${target} \nError${colon}server returned HTTP status 400 Bad Request`,
          ).map(place),
          [expected],
          target,
        );
  });

  test('a stream that was denied over a WebSocket, by whom the client does not say', () => {
    for (const [status, cause] of [
      ['403 Forbidden', 'forbidden'],
      ['401 Unauthorized', 'no credential accepted'],
    ] as const) {
      const [number] = status.split(' ');
      for (const text of [
        `kubernetes.client.exceptions.ApiException: (0)\nReason: Handshake status ${status}`,
        `Error: Failed to get resource /api/v1/namespaces/default/pods/web/exec?stdout=1&stdin=1&command=%2Fbin%2Fsh, status code: ${number}`,
        `/api/v1/namespaces/default/pods/web/portforward?ports=80 failed with status ${number}`,
      ])
        assert.equal(explain(text).map(place), [`unknown; unknown; ${cause}`], text);
      // Not of Kubernetes.
      assert.equal(explain(`Handshake status ${status}`), []);
      assert.equal(explain(`GET /pods/web/execute, status code: ${number}`), []);
    }
  });

  test('a stream that failed over a WebSocket, unless the body of the answer says why', () => {
    const body =
      '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"error dialing backend: dial tcp 10.0.0.7:10250: i/o timeout","code":500}';
    for (const [status, cause] of [
      ['500 Internal Server Error', 'server error'],
      ['503 Service Unavailable', 'server error'],
      ['404 Not Found', 'not found'],
    ] as const) {
      const text = `kubernetes.client.exceptions.ApiException: (0)\nReason: Handshake status ${status}`;
      assert.equal(explain(text).map(place), [`unknown; unknown; ${cause}`]);
      for (const end of [
        ` -+-+- {'audit-id': 'x'} -+-+- b'${body}'`,
        `\nHTTP response body: ${body}`,
      ])
        assert.equal(
          explain(text + end).map(place),
          ['network; API server -> kubelet; connection timed out'],
          text + end,
        );
      assert.equal(explain(`wss://chat.example: Handshake status ${status}`), []);
    }
  });

  test('a credential that an API server does not accept, in words of client-go', () => {
    const log = (words: string) => explain(words).map(place);
    for (const words of [
      'Failed to list pods: Unauthorized',
      'E0101 00:00:00.000001 1 node.go:124] Failed to retrieve node info: Unauthorized',
      'E0101 00:00:00.000001 1 reflector.go:125] pkg/mod/k8s.io/client-go/tools/cache/reflector.go:98: Failed to list *v1.Service: Unauthorized',
      'unable to get node "n1": Unauthorized',
    ])
      assert.equal(log(words), ['API server; caller -> API server; no credential accepted'], words);
    for (const words of [
      'failed to list tags: Unauthorized',
      'Failed to get image "a/b": Unauthorized',
      'cannot list pods of the whale: unauthorized access to the aquarium',
    ])
      assert.equal(log(words), [], words);
  });

  test('the log of a kubelet under the names of its units', () => {
    for (const unit of [
      'kubelet[812]',
      'kubelet-wrapper[812]',
      'kubelet',
      'origin-node[812]',
      'atomic-openshift-node',
    ])
      assert.equal(
        explain(
          `Jun 22 13:11:13 n1 ${unit}: E0622 13:11:13.637008    1445 event.go:208] Unable to write event: 'Post http://127.0.0.1:8080/api/v1/namespaces/default/events: dial tcp 127.0.0.1:8080: getsockopt: connection refused' (may retry after sleeping)`,
        ).map(place),
        ['network; kubelet -> API server; connection refused'],
        unit,
      );
  });

  test('a user whose name a journal cut off', () => {
    for (const words of ['', 'certificatesigningrequests.certificates.k8s.io is forbidden: '])
      for (const name of ['', 'kubelet-boo', 'system:bootstrap:07'])
        for (const end of [
          '',
          '\n10\u6708 01 12:34:48 n1 systemd[1]: kubelet.service: main process exited',
        ])
          assert.equal(
            explain(
              `10\u6708 01 12:34:48 n1 kubelet[12288]: error: failed to run Kubelet: cannot create certificate signing request: ${words}User "${name}${end}`,
            ).map(place),
            ['API server; kubelet -> API server; forbidden'],
            words + name + end,
          );
  });

  test('tunnels to edges, in logs of their servers', () => {
    for (const text of [
      'streamserver.go:108] Failed to get container logs, err: can not find edge-7 session',
      'E0101 00:00:00.000001 1 interceptor.go:136] fail to setup the tunnel: fail to setup TLS handshake through the Tunnel: write unix @->/tmp/interceptor-proxier.sock: write: broken pipe',
    ])
      assert.equal(
        explain(text).map(place),
        ['proxy or aggregated API; API server -> kubelet; API server cannot reach node'],
        text,
      );
    assert.equal(explain('can not find user session'), []);
  });

  test('a kubelet and its node, in words that name no kubelet', () => {
    for (const request of [
      'Error updating node status, will retry: error getting node "n1": Get ',
      'failed to update node lease, error: Put ',
      'failed to update lease, error: Put ',
      'failed to ensure lease exists, will retry in 7s, error: Get ',
    ])
      assert.equal(
        explain(`${request}${server}/api/v1/nodes/n1?timeout=10s: context deadline exceeded`).map(
          place,
        ),
        ['network; kubelet -> API server; no answer'],
        request,
      );
    const [found] = explain(
      'failed to update node lease, error: leases.coordination.k8s.io "n2" is forbidden: can only access node lease with the same name as the requesting node',
    );
    assert.equal(
      [found?.who, found?.hop, found?.cause, found?.node],
      ['API server', 'kubelet -> API server', 'forbidden', 'n2'],
    );
  });

  test('a URL that was cut in its middle, with its reason behind it', () => {
    for (const [reason, cause] of [
      ['reset by peer', 'connection cut'],
      ['connection refused', 'connection refused'],
      ['context deadline exceeded', 'no answer'],
    ] as const)
      for (const dots of ['...', '\u2026'])
        assert.equal(
          explain(
            `kubelet[812]: failed to update node lease, error: Put ${server}/apis/coordination.k8s.io${dots} ${reason}`,
          ).map(place),
          [`network; kubelet -> API server; ${cause}`],
          reason,
        );
  });

  test('a cluster behind Rancher', () => {
    for (const text of [
      `Failed to list *v1.ClusterRoleBinding: Get ${server}/apis/rbac.authorization.k8s.io/v1/clusterrolebindings: waiting for cluster agent to connect`,
      'Error from server (InternalError): an error on the server ("cluster agent is not connected")',
      'ClusterUnavailable 503: cluster not found',
    ])
      assert.equal(
        explain(text).map(place),
        ['proxy or aggregated API; caller -> API server; proxy failed'],
        text,
      );
    for (const [reason, expected] of [
      ['x509: certificate signed by unknown authority', 'TLS; caller -> API server; untrusted CA'],
      ['EOF', 'network; caller -> API server; connection cut'],
    ] as const)
      assert.equal(
        explain(
          `Get "https://rancher.example.com/k8s/clusters/c-m-6e51e355/api/v1/nodes?labelSelector=a": ${reason}`,
        ).map(place),
        [expected],
      );
  });

  test('an agent of k3s or RKE2, whose own load balancer stands before its servers', () => {
    for (const path of ['/cacerts', '/v1-k3s/serving-kubelet.crt', '/v1-rke2/readyz'])
      for (const [reason, cause] of [
        [
          'read tcp 127.0.0.1:33682->127.0.0.1:35465: read: connection reset by peer',
          'connection cut',
        ],
        ['EOF', 'connection cut'],
        ['net/http: TLS handshake timeout', 'handshake failed'],
      ] as const)
        assert.equal(
          explain(
            `Aug 27 21:04:08 n1 rke2[1665]: time="2020-08-27T21:04:08Z" level=error msg="Get "https://127.0.0.1:35465${path}": ${reason}"`,
          ).map(({ hop, cause: found }) => `${hop}; ${found}`),
          [`caller -> API server; ${cause}`],
          path + reason,
        );
  });

  test('an IPv6 address without brackets', () => {
    for (const [path, address] of [
      ['stats/summary/', '2001:620:5ca1:4005::ec8e'],
      ['metrics/resource', 'fd00::7'],
    ] as const)
      assert.equal(
        explain(
          `E0502 19:40:05.001239 1 summary.go:97] error while getting metrics summary from Kubelet n1(${address}:10255): Get http://${address}:10255/${path}: invalid URL port "${address.slice(5)}:10255"`,
        ).map(({ hop, cause }) => `${hop}; ${cause}`),
        ['caller -> kubelet; no address'],
        address,
      );
    assert.equal(explain('parse "http://a:b:80/x": invalid URL port "b:80"'), []);
  });

  test('what a kubelet failed to serve, in its own log and in that of Netdata', () => {
    for (const words of [
      'unable to find Docker container "d3c1a6936a84"',
      'unable to find data for container /a8ee18',
      'failed to get root cgroup stats: x',
    ])
      assert.equal(
        explain(
          `Dec 16 15:21:00 n1 kubelet[6851]: I1216 15:21:00.010282 6851 server.go:281] HTTP InternalServerError: Internal Error: ${words}`,
        ).map(place),
        ['kubelet; caller or API server -> kubelet; server error'],
        words,
      );
    for (const words of [
      'context deadline exceeded (Client.Timeout or context cancellation while reading body)',
      String.raw`Get \"https://localhost:10250/metrics\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    ])
      assert.equal(
        explain(
          `netdata time=2024-03-15T11:11:17.010Z level=error msg="${words}" plugin=go.d collector=k8s_kubelet job=k8s_kubelet`,
        ).map(place),
        ['network; caller -> kubelet; no answer'],
        words,
      );
  });

  test('a request for a stream that was answered with the words of a status alone', () => {
    for (const words of ['Forbidden', 'Bad Request', 'Internal Server Error', 'Gateway Timeout'])
      for (const text of [
        `error: unable to upgrade connection: ${words}`,
        `* [kubectl (exec error: unable to upgrade connection: ${words} ) solved](https://a.example)`,
        `\`error: unable to upgrade connection: ${words}\`, and no more`,
      ])
        assert.equal(
          explain(text).map(place),
          ['proxy or aggregated API; unknown; proxy failed'],
          text,
        );
    for (const [status, cause] of [
      ['401 Unauthorized', 'no credential accepted'],
      ['404 Not Found', 'not found'],
      ['503 Service Unavailable', 'server error'],
    ] as const) {
      const bad = `websocket: bad handshake (${status})`;
      const text = `unable to upgrade streaming request: ${bad}`;
      assert.equal(explain(text).map(place), [`unknown; unknown; ${cause}`], text);
      assert.equal(explain(`failed to connect to the feed: ${bad}`), []);
    }
    assert.equal(
      explain('http: proxy error: http2: invalid Upgrade request header: ["SPDY/3.1"]').map(place),
      ['proxy or aggregated API; caller -> API server; upgrade dropped'],
    );
    assert.equal(explain('http2: invalid Upgrade request header: ["h2c"]'), []);
  });

  test('what API servers tell of an answer to a request that they relayed', () => {
    const relayed = (words: string) => explain(`Error from server${words}`).map(place);
    assert.equal(
      relayed(
        ' (Timeout): the server was unable to return a response in the time allotted, but may still be processing the request ( pods/log web)',
      ),
      ['unknown; API server -> kubelet; server error'],
    );
    assert.equal(
      relayed(
        ' (Timeout): the server was unable to return a response in the time allotted, but may still be processing the request (get pods)',
      ),
      [],
    );
    for (const [reason, cause] of [
      ['Connection refused', 'connection refused'],
      ['Connection timed out', 'connection timed out'],
      ['No route to host', 'no route'],
    ])
      assert.equal(
        relayed(`: ssh: rejected: connect failed (${reason})`),
        [`network; API server -> kubelet; ${cause}`],
        reason,
      );
    for (const words of ['error executing command in', 'error attaching to'])
      assert.equal(
        explain(
          `error: Internal error occurred: ${words} container: http: invalid Host header`,
        ).map(place),
        ['kubelet; kubelet -> container runtime; container runtime failed'],
      );
    assert.equal(explain('docker exec -it web sh\nhttp: invalid Host header'), []);
  });

  test('folds before a reason, and behind a method', () => {
    const line = (method: string, quote: string, before: string, reason: string) =>
      `kubectl -n kube-system logs deploy/metrics-server | grep scrape\n${before}E0821 15:08:51 scraper.go:149] "Failed to scrape node" err="${method}\n${before}${quote}${url}/metrics/resource${quote}: ${reason}" node="n1"`;
    for (const before of ['', '# ', '    '])
      for (const method of ['Get', 'Get ', 'GET '])
        for (const [reason, expected] of [
          [
            `tls: failed to verify certificate:\n${before}x509: certificate signed by unknown authority`,
            'TLS; caller -> kubelet; untrusted CA',
          ],
          [
            `dial tcp\n${before}10.0.0.7:10250: i/o timeout`,
            'network; caller -> kubelet; connection timed out',
          ],
          [
            `remote\n${before}error: tls: internal error`,
            'TLS; caller -> kubelet; no serving certificate yet',
          ],
        ] as const)
          for (const quote of ['\\"', '"'])
            assert.equal(
              explain(line(method, quote, before, reason)).map(place),
              [expected],
              line(method, quote, before, reason),
            );
  });

  test('an error of a kubelet beside its own reason without the request', () => {
    const reason = 'dial tcp 10.0.0.1:6443: connect: connection refused';
    const own = `E0106 08:40:08.885824  275376 controller.go:144] failed to ensure lease exists, will retry in 200ms, error: Get "${server}/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1?timeout=10s": ${reason}`;
    const expected = ['network; kubelet -> API server; connection refused'];
    assert.equal(
      explain(`The kubelet logs much of this: \`${reason}\`\n\n${own}`).map(place),
      expected,
    );
    assert.equal(
      explain(`/10.0.0.1:6443/api/v1/nodes/n1":\n  ${reason}"\n\n${own}`).map(place),
      expected,
    );
    assert.equal(
      explain(`Unable to connect to the server: ${reason}\n\n${own}`).map(place).sort(),
      ['network; caller -> API server; connection refused', ...expected],
    );
    // The second ends in its reason.
    assert.equal(
      explain(
        `Error from server: Get ${url}/containerLogs/a/b/c: dial tcp 10.0.0.7:10250: connect: connection refused\n\nError from server: error dialing backend: dial tcp 10.0.0.7:10250: c`,
      ).map(place),
      ['network; API server -> kubelet; connection refused'],
    );
  });

  test('a node whose object was deleted under its kubelet', () => {
    for (const line of [
      'kubelet: Error updating node status, will retry: error getting node "n1": nodes "n1" not found',
      String.raw`E0101 00:00:00.000001 812 kubelet_node_status.go:544] "Error updating node status, will retry" err="error getting node \"n1\": nodes \"n1\" not found"`,
    ])
      assert.equal(
        explain(line).map(place),
        ['API server; kubelet -> API server; node gone'],
        line,
      );
  });

  test('a status, in the words of any client, beside the URL that was asked', () => {
    const path = '/metrics/cadvisor';
    const clients = (at: string, status: number, phrase: string) => [
      `aiohttp.client_exceptions.ClientResponseError: ${status}, message='${phrase}', url=URL('${at}')`,
      `httpx.HTTPStatusError: Client error '${status} ${phrase}' for url '${at}'`,
      `GET ${at}: HTTP Error ${status}: ${phrase}`,
      `HTTPError: Response code ${status} (${phrase})\n    at Request.<anonymous> ${at}`,
      `HTTP status client error (${status} ${phrase}) for url (${at})`,
      `Response{protocol=http/1.1, code=${status}, message=${phrase}, url=${at}}`,
      `WebClientResponseException: ${status} ${phrase} from GET ${at}`,
      `feign.FeignException: [${status} ${phrase}] during [GET] to [${at}] [Kubelet#metrics()]`,
      `The remote server returned an error: (${status}) ${phrase}. ${at}`,
      `the server responded with status ${status} for GET ${at}`,
      `Client error: \`GET ${at}\` resulted in a \`${status} ${phrase}\` response`,
      `unexpected status code: ${status} ${phrase} for ${at}`,
      `GET ${at} returned ${status}`,
      `GET ${at} ${status} (${phrase})`,
      `${at} -> ${status} ${phrase}`,
      `${at} responded with ${status}`,
      `error: ${at} returned HTTP ${status}`,
      `HTTP ${status} from ${at}`,
      `${status} ${phrase}: ${at}`,
      `{"url":"${at}","status":${status},"error":"${phrase}"}`,
      `{"url":"${at}","statusCode":${status},"message":"${phrase}"}`,
      `level=error msg="poll failed" url=${at} status=${status}`,
      `level=error msg="poll failed" url=${at} code=${status}`,
      `level=error url=${at} err="HTTP ${status}"`,
      `$ curl -sk -o /dev/null -w '%{http_code}' ${at}\n${status}`,
    ];
    for (const [status, phrase, cause] of [
      [401, 'Unauthorized', 'no credential accepted'],
      [403, 'Forbidden', 'forbidden'],
      [404, 'Not Found', 'not found'],
      [405, 'Method Not Allowed', 'method not allowed'],
      [500, 'Internal Server Error', 'server error'],
    ] as const) {
      for (const text of clients(url + path, status, phrase)) {
        const [found, ...more] = explain(text);
        assert.equal(
          [found?.hop, found?.cause, found?.address, more.length],
          ['caller -> kubelet', cause, '10.0.0.7:10250', 0],
          text,
        );
      }
      for (const text of clients(`http://10.0.0.7:9100${path.slice(0, 8)}`, status, phrase))
        assert.equal(explain(text), [], text);
    }
    // Numbers of other things.
    for (const words of ['took 500ms', 'status 500m', 'limit 403', 'code=0 in 404 ms'])
      assert.equal(explain(`GET ${url}${path} ${words}`), [], words);
  });

  test('what NodeRestriction keeps from a kubelet', () => {
    for (const words of [
      'is not allowed to modify labels: node-restriction.kubernetes.io/test',
      'node "n1" is not allowed to modify taints',
    ]) {
      const [found] = explain(`Error from server (Forbidden): nodes "n1" is forbidden: ${words}`);
      assert.equal(
        [found?.who, found?.hop, found?.cause, found?.identity],
        ['API server', 'kubelet -> API server', 'forbidden', 'system:node:n1'],
        words,
      );
    }
  });

  test('a denial without the words before it, or the name in it', () => {
    const expected = ['API server; caller -> API server; forbidden'];
    for (const text of [
      'User "system:serviceaccount:a:b" cannot get resource "pods" in API group "" in the namespace "a"',
      'It says `User "dev" cannot list resource "nodes" in API group "" at the cluster scope`.',
      'kubectl get --raw /api/v1/nodes/n1/proxy/metrics: **Forbidden** (`cannot get resource "nodes/proxy" at the cluster scope`)',
    ])
      assert.equal(explain(text).map(place), expected, text);
  });

  test('a server behind kube-apiserver that does not answer it', () => {
    for (const [reason, cause] of [
      ['context deadline exceeded', 'no answer'],
      ['dial tcp 10.0.0.9:443: connect: connection refused', 'connection refused'],
    ])
      assert.equal(
        explain(
          `    Message:               10.0.0.9:443/apis/metrics.k8s.io/v1beta1: Get "https://10.0.0.9:443/apis/metrics.k8s.io/v1beta1": ${reason}\n    Reason:                FailedDiscoveryCheck`,
        ).map(place),
        [`network; API server -> aggregated API; ${cause}`],
        reason,
      );
  });

  test('a program that was to give the caller a credential', () => {
    for (const why of [
      'exec: executable aws failed with exit code 255',
      'exec: executable gke-gcloud-auth-plugin not found',
      'exec plugin: invalid apiVersion "client.authentication.k8s.io/v1alpha1"',
      "decoding stdout: couldn't get version/kind; json parse error",
    ])
      for (const before of ['Unable to connect to the server: ', `Get "${server}/api/v1/nodes": `])
        assert.equal(
          explain(`${before}getting credentials: ${why}`).map(place),
          ['client; caller -> API server; no credential accepted'],
          before + why,
        );
    assert.equal(explain('docker: error getting credentials - err: exec: not found'), []);
  });

  test('a leader that is not elected, as the API server does not answer or accept it', () => {
    for (const [words, [reason, expected]] of pairs(
      [
        'error retrieving resource lock kube-system/kube-controller-manager',
        'E0101 00:00:00.000001       1 leaderelection.go:330] error retrieving resource lock x/y',
      ],
      [
        ['Unauthorized', 'API server; caller -> API server; no credential accepted'],
        ['context deadline exceeded', 'network; caller -> API server; no answer'],
      ] as const,
      [''],
    ))
      assert.equal(explain(`${words}: ${reason}`).map(place), [expected], words);
  });

  test('the name by which pods call the API server, beside other URLs and without its DNS server', () => {
    for (const [server, after, reason] of pairs(
      ['', ' on 10.96.0.10:53', ' ...'],
      ['', ' (set JWKS_URL=http://127.0.0.1:8001/jwks)'],
      ['no such host', 'i/o timeout', 'connection refused'],
    ))
      assert.equal(
        explain(`dial tcp: lookup kubernetes.default.svc${server}: ${reason}${after}`).map(place),
        ['network; caller -> API server; name does not resolve'],
        server + after + reason,
      );
  });

  test('a host that was left out in brackets', () => {
    const [found] = explain(
      'Failed to list: Get "https://[...]/api/v1/pods?limit=1": context deadline exceeded',
    );
    assert.equal(
      [found?.hop, found?.cause, found?.address],
      ['caller -> API server', 'no answer', 'HOST'],
    );
  });

  test('a proxy that makes no connection, in the words of any client', () => {
    for (const words of [
      'curl: (56) Received HTTP code 403 from proxy after CONNECT',
      'curl: (5) Could not resolve proxy: proxy.example',
      'Proxy tunneling failed: Forbidden',
      'Error: tunneling socket could not be established, statusCode=403',
      'java.io.IOException: Unable to tunnel through proxy. Proxy returns "HTTP/1.1 403 Forbidden"',
      'RequestAbortedError: Proxy response (403) !== 200 when HTTP Tunneling',
      "ProxyError('Cannot connect to proxy.', NewConnectionError('Failed to establish a new connection: [Errno 111] Connection refused'))",
    ])
      assert.equal(
        explain(`${words} (${url}/metrics)`).map(place),
        ['proxy or aggregated API; caller -> kubelet; proxy failed'],
        words,
      );
    assert.equal(
      explain(
        `The proxy tunnel request to proxy 'http://proxy.example:3128/' failed with status code '403'. ${url}/metrics`,
      ).filter(({ who }) => who === 'kubelet'),
      [],
    );
  });

  test('small clients, as containers and shells have them', () => {
    const asked = (command: string, answer: string) =>
      explain(`/ # ${command}\n${answer}`).map(place);
    const wget = `wget -qO- --no-check-certificate ${url}/healthz`;
    const connecting = 'Connecting to 10.0.0.7:10250 (10.0.0.7:10250)\n';
    for (const [answer, expected] of [
      ['wget: download timed out', 'network; caller -> kubelet; no answer'],
      [
        "wget: can't connect to remote host (10.0.0.7): Connection refused",
        'network; caller -> kubelet; connection refused',
      ],
      [
        "wget: can't connect to remote host (10.0.0.7): Host is unreachable",
        'network; caller -> kubelet; no route',
      ],
      [
        'wget: server returned error: HTTP/1.1 401 Unauthorized',
        'kubelet; caller -> kubelet; no credential accepted',
      ],
      [
        'wget: error getting response: Connection reset by peer',
        'network; caller -> kubelet; connection cut',
      ],
    ])
      for (const before of ['', connecting])
        assert.equal(asked(wget, before + answer), [expected], answer);
    assert.equal(asked(wget, "wget: bad address '10.0.0.7:10250'"), [
      'network; caller -> kubelet; name does not resolve',
    ]);
    for (const [answer, expected] of [
      [
        'curl: (92) HTTP/2 stream 0 was not closed cleanly: INTERNAL_ERROR (err 2)',
        'network; caller -> kubelet; connection cut',
      ],
      ['curl: (1) Received HTTP/0.9 when not allowed', 'client; caller -> kubelet; not HTTP'],
    ])
      assert.equal(asked(`curl -k ${url}/healthz`, answer ?? ''), [expected], answer);
    assert.equal(
      explain(
        'bash: connect: Connection refused\nbash: /dev/tcp/10.0.0.7/10250: Connection refused',
      ).map(({ cause, address }) => [cause, address]),
      [['connection refused', '10.0.0.7:10250']],
    );
    assert.equal(explain('bash: /dev/tcp/10.0.0.7/5432: Connection refused'), []);
  });

  test('items of a list in either kind of quotes', () => {
    const items = [
      'Error from server: error dialing backend: dial tcp 10.0.0.7:10250: connect: connection refused',
      'error: unable to upgrade connection: container not found (web)',
      `Unable to connect to the server: dial tcp 10.0.0.1:6443: i/o timeout`,
    ];
    for (const quote of ['"', "'"])
      for (const before of ['  ', '- '])
        assert.equal(
          explain(items.map((words) => `${before}${quote}${words}${quote},`).join('\n')).map(place),
          [
            'network; caller -> API server; connection timed out',
            'network; API server -> kubelet; connection refused',
            'kubelet; API server -> kubelet; container not found',
          ],
          quote + before,
        );
  });
});

const informer =
  'Failed to list *v1.Service: Get "https://10.0.0.1:6443/api/v1/services": x509: certificate signed by unknown authority';
const klog = (process: number, words: string) =>
  `E0311 21:48:11.879498 ${String(process).padStart(7)} reflector.go:134] ${words}`;

suite('whose log it is', (test) => {
  for (const heading of [
    'Kubelet log shows:',
    'the kubelet logs say',
    'Logs of the kubelet:',
    "kubelet's journal:",
    '# journalctl -u kubelet --no-pager | tail',
    'kubelet日志:',
    'kubelet 的日志如下',
    'worker节点在启动kubelet进行节点注册时报错：',
  ])
    test(`that of the kubelet, below "${heading}"`, () => {
      const [found] = explain(`${heading}\n\`\`\`\n${klog(21_676, informer)}`);
      assert.is(found && place(found), 'TLS; kubelet -> API server; untrusted CA');
    });

  for (const words of [
    'object-"kube-system"/"kube-dns-token-5zn9c": Failed to list *v1.Secret: Unauthorized',
    String.raw`"Unhandled Error" err="object-\"kube-system\"/\"coredns\": Failed to watch *v1.ConfigMap: failed to list *v1.ConfigMap: Unauthorized"`,
  ])
    test(`that of the kubelet, which alone writes: ${words.slice(0, 60)}`, () => {
      const [found] = explain(klog(1, words));
      assert.is(found?.hop, 'kubelet -> API server');
    });

  for (const proof of [
    'server.go:256] Authorization error (user=jane, verb=get, resource=nodes, subresource=stats)',
    '[kubelet log]',
  ])
    for (const words of [
      'Unable to authenticate the request due to an error: the server has asked for the client to provide credentials (post tokenreviews.authentication.k8s.io)',
      'Failed to make webhook authenticator request: Post https://10.0.0.1:6443/apis/authentication.k8s.io/v1/tokenreviews: context deadline exceeded',
      'Failed to make webhook authorizer request: Post "https://10.0.0.1:6443/apis/authorization.k8s.io/v1/subjectaccessreviews": dial tcp 10.0.0.1:6443: connect: connection refused',
    ])
      test(`that of the kubelet, which asks for reviews beside ${proof.slice(0, 40)}: ${words.slice(0, 60)}`, () => {
        const hops = explain(`${words}\n${words}\n${proof}`).map(({ hop }) => hop);
        assert.equal([...new Set(hops)], ['kubelet -> API server']);
        assert.ok(explain(words).every(({ hop }) => hop === 'caller -> API server'));
      });

  test('that of the kubelet, which lists its own node by name', () => {
    const denied = (what: string) =>
      klog(456_090, `failed to list ${what} is forbidden: User "system:anonymous" cannot list`);
    const found = explain(
      [
        `${denied('*v1.Node: nodes "n1"')} resource "nodes" in API group "" at the cluster scope`,
        `${denied('*v1.RuntimeClass: runtimeclasses.node.k8s.io')} resource "runtimeclasses" in API group "node.k8s.io" at the cluster scope`,
      ].join('\n'),
    );
    assert.equal([...new Set(found.map(place))], ['API server; kubelet -> API server; forbidden']);
  });

  test('that of the kubelet, in JSON too, and of no other host', () => {
    const json = (host: string, words: string) =>
      `${host}: {"ts":1686800704569.8,"caller":"cache/reflector.go:533","msg":${JSON.stringify(words)}}`;
    const own =
      'No valid client certificate is found but the server is not responsive. A restart may be necessary';
    const found = explain(
      [json('10.0.0.1', own), json('10.0.0.1', informer), json('10.0.0.2', informer)].join('\n'),
    );
    assert.equal(
      found.filter(({ cause }) => cause === 'untrusted CA').map(({ hop }) => hop),
      ['kubelet -> API server', 'caller -> API server'],
    );
  });

  for (const heading of ['The logs of metrics-server show:', 'kubectl logs kubelet-exporter:', ''])
    test(`nobody's, below "${heading}"`, () => {
      const [found] = explain(`${heading}\n${klog(21_676, informer)}`);
      assert.is(found?.hop, 'caller -> API server');
    });
});

suite('what kube-apiserver was told, and by nobody by name', (test) => {
  for (const kind of ['api', 'metav1'])
    for (const [words, cause] of [
      ['x509: certificate is valid for a, b, not c', 'name mismatch'],
      ['x509: certificate is valid for 10.0.0.7@1446839265, not n1', 'name mismatch'],
      ['x509: certificate signed by unknown authority', 'untrusted CA'],
      ['remote error: tls: internal error', 'no serving certificate yet'],
    ] as const)
      test(`is of kubelets if it is of TLS: ${kind}.Status: ${words}`, () => {
        const text = `errors.go:62] apiserver received an error that is not an ${kind}.Status: ${words}`;
        assert.equal(explain(text).map(place), [`TLS; API server -> kubelet; ${cause}`]);
      });
});

suite('exec and the like, to another port than that of kubelets', (test) => {
  const refused = (port: number) =>
    `Error from server: error dialing backend: dial tcp 10.0.0.7:${port}: connect: connection refused`;
  for (const command of [
    '$ kubectl exec -it web -- sh',
    'root@m:~# kubectl -n x attach web',
    'oc rsh web',
    'kubectl cp a web:/a',
    'kubectl port-forward web 80:80',
  ])
    test(`are to a node: ${command}`, () => {
      const [found] = explain(`${command}\n${refused(22_521)}`);
      assert.is(found && place(found), 'network; API server -> kubelet; connection refused');
      assert.match(found?.why ?? '', 'not the usual port of kubelets');
    });

  test('are left alone without the command, and on the port of other servers', () => {
    assert.equal(explain(refused(22_521)), []);
    assert.equal(explain(`virtctl vnc vm\n${refused(22_521)}`), []);
    assert.equal(explain(`kubectl exec web -- ls\n${refused(443)}`), []);
  });
});

suite('denials by others than RBAC', (test) => {
  const scopes = [
    'cannot get resource "nodes" in API group "" at the cluster scope',
    'cannot get resource "pods" in API group "" in the namespace "x"',
    'cannot get path "/metrics"',
  ];
  for (const scope of scopes)
    for (const words of [
      'workspace access not permitted',
      'denied by OPA',
      'not permitted by policy X',
    ])
      test(`are told as such: ${scope}: ${words}`, () => {
        const [found] = explain(`Error from server (Forbidden): User "jane" ${scope}: ${words}`);
        assert.match(found?.why ?? '', `: ${words}. No role fixes that`);
        assert.is(found?.missingRule, undefined);
      });

  for (const words of [
    'requires one of ["container.nodes.get"] permission(s)',
    'User has no opinion on policy',
    'RBAC: clusterrole.rbac.authorization.k8s.io "x" not found',
  ])
    test(`do not cover every text with more words after it: ${words}`, () => {
      const [found] = explain(`User "jane" ${scopes[0]}: ${words}`);
      assert.not.match(found?.why ?? '', 'No role fixes that');
      assert.ok(found?.missingRule);
    });

  test('are not those of a controller manager or a scheduler', () => {
    for (const port of [10_257, 10_259])
      assert.equal(
        explain(
          `$ curl -k https://10.0.0.1:${port}/metrics\n{"kind":"Status","message":"forbidden: User \\"system:anonymous\\" cannot get path \\"/metrics\\"","code":403}`,
        ),
        [],
      );
  });
});

suite('remedies', (test) => {
  test('of names and timeouts are those of the cause, on the read-only port too', () => {
    const get = 'Get "http://n1:10255/stats/summary": dial tcp';
    const [name] = explain(`${get}: lookup n1 on 10.0.0.2:53: no such host`);
    assert.match(name?.remedy ?? '', 'DNS');
    const [late] = explain(`${get} 10.0.0.7:10255: i/o timeout`);
    assert.match(late?.remedy ?? '', /^check that firewall.* off by default, and 10250/);
  });

  test('of plain HTTP are of who sent it', () => {
    const words = (client: string) =>
      `${client} http://n1:10250/stats/summary: malformed HTTP response "\\x15\\x03\\x01\\x00\\x02\\x02"`;
    const [relayed] = explain(words('Error from server: Get'));
    assert.match(relayed?.why ?? '', /^kube-apiserver sent plain HTTP/);
    assert.match(relayed?.remedy ?? '', '--kubelet-https=false');
    const [direct] = explain(words('Failed to scrape node n1: Get'));
    assert.match(direct?.why ?? '', /^the client sent plain HTTP/);
    assert.is(direct?.remedy, 'use https:// in the address');
  });

  test('of a 401 name a token and a client certificate', () => {
    const [found] = explain('kubelet target is down: server returned HTTP status 401 Unauthorized');
    assert.match(found?.remedy ?? '', /webhook.enabled.*clientCAFile/);
  });
});

suite('words in bold', (test) => {
  for (const text of [
    'Error from server: error dialing backend: dial tcp **10.0.0.7:10250**: i/o timeout',
    'Error from server (Forbidden): Forbidden (**user=kube-apiserver**, verb=get, resource=nodes, **subresource=proxy**)',
    'nodes is forbidden: User "**system:serviceaccount:monitoring:prom**" cannot list resource "**nodes**" in API group "" at the cluster scope',
    `Get "${url}/metrics": **dial tcp 10.0.0.7:10250: connect: connection refused**`,
  ])
    test(`are explained as others, and no command repeats the signs: ${text}`, () => {
      const found = explain(text);
      assert.is(found.length, 1);
      assert.equal(found, explain(text.replaceAll('**', '')));
    });

  test('are not what stands for a host or for any verb', () => {
    const [masked] = explain('Error from server: dial tcp 10.**.**.7:10250: i/o timeout');
    assert.is(masked?.address, 'HOST:10250');
    const [any] = explain(
      'User "jane" cannot * resource "nodes" in API group "" at the cluster scope',
    );
    assert.equal(any?.missingRule?.verbs, ['*']);
  });
});

suite('what is asked behind the API server', (test) => {
  const words = (name: string, allowed: string) =>
    `x509: subject with cn=${name} is not in the allowed list: ${allowed}`;
  for (const [name, allowed] of [
    ['front-client', '[system:auth-proxy]'],
    ['front proxy of a', '[front-proxy-client aggregator]'],
    ['aggregator', '[front-proxy-client'],
  ] as const)
    for (const write of [
      (line: string) => `W0805 10:12:40.380077       1 x509.go:172] ${line}`,
      (line: string) => `{"level":"warn","msg":"${line}"}`,
      (line: string) =>
        `error: You must be logged in to the server (Unauthorized)\n\nW0805 10:12:40.380077       1 x509.go:172] ${line}`,
    ])
      test(`a front proxy that is not allowed is named: ${write(words(name, allowed))}`, () => {
        const found = explain(write(words(name, allowed)));
        assert.equal(found.map(place), [
          'proxy or aggregated API; API server -> aggregated API; no credential accepted',
        ]);
        assert.match(found[0]?.why ?? '', `is "${name}", and`);
        assert.match(found[0]?.why ?? '', `has ${allowed}.`);
      });

  test('a silent metrics-server is found in the lines of kubectl -v=8', () => {
    const [found] = explain(
      "I0528 09:33:55.009853   30112 request.go:1220] body was not decodable (unable to check for Status): Object 'Kind' is missing in 'Error: 'dial tcp 10.43.88.20:443: i/o timeout'\nTrying to reach: 'https://10.43.88.20:443/apis/metrics.k8s.io/v1beta1?timeout=32s''",
    );
    assert.is(found && place(found), 'network; API server -> aggregated API; connection timed out');
    assert.is(found?.address, '10.43.88.20:443');
  });

  for (const [port, hop] of [
    [10_010, 'API server -> kubelet'],
    [10_350, 'API server -> kubelet'],
    [40_123, 'API server -> kubelet'],
    [443, 'caller -> API server'],
    [8443, 'caller -> API server'],
  ] as const)
    test(`a stream that ends at port ${port} failed on hop ${hop}`, () => {
      for (const [why, cause] of [
        ['connect: no route to host', 'no route'],
        ['i/o timeout', 'connection timed out'],
        ['connect: connection refused', 'connection refused'],
      ])
        assert.equal(
          explain(
            `error: unable to upgrade connection: error dialing backend: dial tcp 172.22.0.41:${port}: ${why}`,
          ).map(place),
          [`network; ${hop}; ${cause}`],
        );
    });
});

suite('a 401 in the log of a kubelet', (test) => {
  test('is of the API server, wherever a pager cut it', () => {
    const whole =
      'May 26 15:40:44 n1 kubelet[3911]: error: failed to run Kubelet: cannot create certificate signing request: the server has asked for the client to provide credentials (post certificatesigningrequests.certificates.k8s.io)';
    for (let end = whole.indexOf('credentials') + 11; end <= whole.length; end += 1)
      assert.equal(
        explain(whole.slice(0, end)).map(place),
        ['API server; kubelet -> API server; no credential accepted'],
        whole.slice(0, end),
      );
  });
});

suite('an error beside what says less of it', (test) => {
  const agent =
    '[2024/06/11 05:20:21] [error] [filter:kubernetes:kubernetes.1] kubelet upstream connection error';
  const ofKubelet = (line: string) =>
    `Jun 11 05:20:21 n1 kubelet[2790]: I0611 05:20:21.190213    2790 log.go:194] ${line}`;
  for (const [line, expected] of [
    [
      ofKubelet(
        'http: TLS handshake error from 127.0.0.1:42114: no serving certificate available for the kubelet',
      ),
      'kubelet; caller or API server -> kubelet; no serving certificate yet',
    ],
    [
      `Get "${url}/pods": dial tcp 10.0.0.7:10250: connect: connection refused`,
      'network; caller -> kubelet; connection refused',
    ],
  ] as const)
    test(`is told alone: ${expected}`, () => {
      assert.equal(explain(`${agent}\n\n${line}`).map(place), [expected]);
      assert.equal(explain(`${line}\n\n${agent}`).map(place), [expected]);
    });

  test('is told beside an error of another hop, and beside a remedy', () => {
    const toServer = `Error from server: Get "${url}/containerLogs/a/b/c": x509: certificate signed by unknown authority`;
    assert.equal(explain(`${toServer}\n\n${agent}`).map(place), [
      'TLS; API server -> kubelet; untrusted CA',
      'unknown; caller -> kubelet; unknown',
    ]);
    const kubeadm =
      "It seems like the kubelet isn't running or healthy.\n[kubelet-check] The HTTP call equal to 'curl -sSL http://localhost:10248/healthz' failed with error: Get \"http://localhost:10248/healthz\": dial tcp 127.0.0.1:10248: connect: connection refused.";
    assert.is(explain(kubeadm).length, 2);
  });

  const probe =
    'Readiness probe failed: Get \\"https://10.1.0.9:8443/readyz\\": x509: certificate has expired';
  const failure = (quote: string) =>
    `Post ${quote}${server}/api/v1/namespaces/kube-system/events${quote}: dial tcp 10.0.0.1:6443: connect: connection refused`;
  for (const words of [
    `"Unable to write event (may retry after sleeping)" err="${failure(String.raw`\"`)}" event="&Event{Reason:Unhealthy,Message:${probe},Source:EventSource{Component:kubelet,Host:n1,},}"`,
    `Unable to write event: '&v1.Event{TypeMeta:v1.TypeMeta{Kind:"", APIVersion:""}, Reason:"Unhealthy", Message:"${probe}", Source:v1.EventSource{Component:"kubelet", Host:"n1"}}': '${failure('"')}'(may retry after sleeping)`,
  ])
    test(`is told alone where a kubelet repeats an event: ${words.slice(0, 40)}`, () => {
      const [found, ...more] = explain(ofKubelet(words));
      assert.is(found && place(found), 'network; kubelet -> API server; connection refused');
      assert.is(found?.address, '10.0.0.1:6443');
      assert.equal(more, []);
    });
});

suite('what only looks like a kubelet', (test) => {
  const tunnel =
    'proxy error from 127.0.0.1:6443 while dialing 10.42.0.7:10250, code 502: 502 Bad Gateway';
  for (const [name, text, expected] of [
    [
      'metrics-server behind a tunnel of k3s',
      `E1127 19:41:37.189402    3811 available_controller.go:460] v1beta1.metrics.k8s.io failed with: failing or missing response from https://10.42.0.7:10250/apis/metrics.k8s.io/v1beta1: Get "https://10.42.0.7:10250/apis/metrics.k8s.io/v1beta1": ${tunnel}`,
      'proxy or aggregated API; API server -> aggregated API; API server cannot reach node',
    ],
    [
      "a pod, by k3s' own numbers",
      'time="2024-07-11T08:50:12+02:00" level=error msg="Sending HTTP 502 response to 127.0.0.1:40218: dial tcp 10.42.0.9:10250: connect: connection refused"',
      'network; API server -> aggregated API; connection refused',
    ],
    [
      'a kubelet behind a tunnel of k3s is one',
      `Error from server: Get "https://10.42.0.7:10250/containerLogs/a/b/c": ${tunnel}`,
      'proxy or aggregated API; API server -> kubelet; API server cannot reach node',
    ],
    [
      'so is one that k3s names in its log',
      'time="2024-07-11T08:50:12+02:00" level=error msg="Sending HTTP 502 response to 127.0.0.1:40218: dial tcp 10.0.0.7:10250: connect: connection refused"',
      'network; API server -> kubelet; connection refused',
    ],
  ] as const)
    test(name, () => assert.equal(explain(text).map(place), [expected]));
});

suite('what a sentence above says', (test) => {
  for (const sentence of [
    'On the targets page every kubelet endpoint is DOWN:',
    'all targets of job kubelet are down',
    'The kubelets are down since then',
  ])
    test(`of whom a scraper asked: ${sentence}`, () => {
      for (const [status, cause] of [
        ['401 Unauthorized', 'no credential accepted'],
        ['403 Forbidden', 'forbidden'],
      ])
        assert.equal(explain(`${sentence}\n\nserver returned HTTP status ${status}`).map(place), [
          `kubelet; caller -> kubelet; ${cause}`,
        ]);
    });

  test('of another target is not of kubelets', () => {
    assert.equal(
      explain('the target of grafana is down\n\nserver returned HTTP status 401 Unauthorized').map(
        place,
      ),
      ['unknown; unknown; no credential accepted'],
    );
  });
});

suite('a node that does not join k3s or RKE2', (test) => {
  test('as its token is of another server', () => {
    const [found] = explain(
      'level=fatal msg="token CA hash does not match the Cluster CA certificate hash: 1a2b != 3c4d"',
    );
    assert.is(found && place(found), 'client; kubelet -> API server; no credential accepted');
    assert.match(found?.remedy ?? '', 'node-token');
  });
});

suite('streams that ended at the API server', (test) => {
  test('with a 401 of its own, which names no upgrade', () => {
    assert.equal(explain('forwarding: error upgrading connection: Unauthorized').map(place), [
      'API server; caller -> API server; no credential accepted',
    ]);
    assert.equal(
      explain('error upgrading connection: unable to upgrade connection: Unauthorized').map(place),
      ['kubelet; API server -> kubelet; no credential accepted'],
    );
  });

  for (const container of [
    'privileged container',
    'container using host pid',
    'container using host ipc',
    'container using host network',
  ])
    test(`by admission: ${container}`, () => {
      const [found] = explain(
        `io.fabric8.kubernetes.client.KubernetesClientException: pods "build-7kq2m" is forbidden: cannot exec into or attach to a ${container}`,
      );
      assert.is(found && place(found), 'API server; caller -> API server; forbidden');
      assert.match(found?.why ?? '', /no permission is missing/);
      assert.is(found?.missingRule, undefined);
    });

  test('with a status alone, in words of a client of the API', () => {
    assert.equal(
      explain(
        'Error while performing Kubernetes API operation Pod exec: WebsocketError\n\nUnexpected server response: 500',
      ).map(place),
      ['unknown; unknown; server error'],
    );
  });

  test('are not what nginx asked of a program behind it', () => {
    const log = (upstream: string) =>
      `2023/03/20 09:12:15 [error] 24410#24410: *28 upstream timed out (110: Operation timed out) while reading upstream, client: 10.38.0.0, server: ci.example.lan, request: "GET /api/v1/namespaces/a/pods/b/log HTTP/1.1", upstream: "${upstream}/api/v1/namespaces/a/pods/b/log", host: "ci.example.lan"`;
    assert.equal(explain(log('http://10.32.4.6:9097')), []);
    assert.equal(explain(log('https://10.0.0.1:6443')).map(place), [
      'network; caller -> API server; connection timed out',
    ]);
  });
});

suite('clients of streams in Python and Java', (test) => {
  const body =
    'HTTP response body: {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Upgrade request required","reason":"BadRequest","code":400}';
  test('that asked for no upgrade are told how to', () => {
    const [found] = explain(
      `kubernetes.client.exceptions.ApiException: (400)\nReason: Bad Request\n${body}`,
    );
    assert.is(found && place(found), 'client; caller -> API server; upgrade dropped');
    assert.match(found?.remedy ?? '', 'kubernetes.stream.stream');
  });

  const refused =
    "java.net.ProtocolException: Expected HTTP 101 response but was '400 Bad Request'\n\tat okhttp3.internal.ws.RealWebSocket.checkResponse(RealWebSocket.java:219)";
  test('are known by what stands around them', () => {
    assert.equal(explain(`Jenkins on AKS, each container step:\n\n${refused}`).map(place), [
      'unknown; unknown; server error',
    ]);
    assert.equal(explain(`our chat client, on each reconnect:\n\n${refused}`), []);
  });
});

suite('the log of an API server', (test) => {
  const line =
    'E0427 07:58:14.640511    2214 authentication.go:65] Unable to authenticate the request due to an error: invalid bearer token';
  for (const heading of [
    'kube-apiserver logs:',
    'journalctl -u kube-apiserver --since today',
    'the journal of the API-server says',
    '==> kube-apiserver [4f2a] <==',
  ])
    test(`is known by its heading: ${heading}`, () => {
      assert.equal(explain(`${heading}\n${line}`).map(place), [
        'API server; caller -> API server; no credential accepted',
      ]);
    });

  test('is not that of a kubelet below', () => {
    const kubelet = 'Apr 27 07:58:20 n1 kubelet[812]: ';
    const other = line.replace('2214', ' 812');
    assert.equal(
      explain(`kube-apiserver logs:\n${line}\n\n\n\n\n${kubelet}${other}`)
        .map(({ hop }) => hop)
        .sort(),
      ['caller -> API server', 'caller or API server -> kubelet'],
    );
  });
});
