import * as assert from 'uvu/assert';
import { explain } from '../../../src/kubelet/explain/explain.ts';
import type { Explanation } from '../../../src/kubelet/explain/explanation.ts';
import { isShared } from '../../kit/random.ts';
import { suite } from '../../kit/suite.ts';
import { around, folds, writings } from './surroundings.ts';

const place = ({ component: who, hop, cause }: Explanation) => `${who}; ${hop}; ${cause}`;
const kubelet = 'https://10.0.0.7:10250';
const server = 'https://10.0.0.1:6443';

const dial = 'dial tcp 10.0.0.7:10250: ';
const reasons = {
  [`${dial}connect: connection refused`]: ['network', 'connection-refused'],
  [`${dial}i/o timeout`]: ['network', 'connection-timed-out'],
  'x509: certificate signed by unknown authority': ['tls', 'untrusted-ca'],
  "tls: failed to verify certificate: x509: cannot validate certificate for 10.0.0.7 because it doesn't contain any IP SANs":
    ['tls', 'name-mismatch'],
  'x509: certificate is valid for n1, 10.0.0.9, fd00::9, not 10.0.0.7': ['tls', 'name-mismatch'],
  'remote error: tls: internal error': ['tls', 'no-serving-certificate-yet'],
  'context deadline exceeded (Client.Timeout exceeded while awaiting headers)': [
    'network',
    'no-answer',
  ],
  'net/http: TLS handshake timeout': ['tls', 'handshake-failed'],
  EOF: ['network', 'connection-cut'],
} as const;

/** Messages in which clients of kubelets or of the API server report a reason, with the hop. */
const clients = [
  [
    'apiserver-to-kubelet',
    (why: string) =>
      `Error from server: Get "${kubelet}/containerLogs/default/web-5d/web?follow=true": ${why}`,
  ],
  ['apiserver-to-kubelet', (why: string) => `Error from server: error dialing backend: ${why}`],
  [
    'caller-to-kubelet',
    (why: string) =>
      `E0101 00:00:00.000001       1 scraper.go:149] "Failed to scrape node" err="Get \\"${kubelet}/metrics/resource\\": ${why}" node="n1"`,
  ],
  [
    'caller-to-kubelet',
    (why: string) =>
      `ts=2026-01-01T00:00:00.000Z caller=scrape.go:1331 level=debug component="scrape manager" scrape_pool=kubelet target=${kubelet}/metrics/cadvisor msg="Scrape failed" err="Get \\"${kubelet}/metrics/cadvisor\\": ${why}"`,
  ],
  ['caller-to-apiserver', (why: string) => `Unable to connect to the server: ${why}`],
  [
    'caller-to-apiserver',
    (why: string) => `Error: Kubernetes cluster unreachable: Get "${server}/version": ${why}`,
  ],
  [
    'caller-to-apiserver',
    (why: string) => `Error: Get "${server}/api/v1/namespaces/default": ${why}`,
  ],
  [
    'kubelet-to-apiserver',
    (why: string) =>
      `E0101 00:00:00.000001     812 kubelet_node_status.go:544] "Error updating node status, will retry" err="error getting node \\"n1\\": Get \\"${server}/api/v1/nodes/n1?timeout=10s\\": ${why}"`,
  ],
] as const;

const servers = [
  'https://10.0.0.1:6443',
  'https://10.96.0.1:443',
  'https://192.168.49.2:8443',
  'https://abc.gr7.eu-west-1.eks.amazonaws.com',
  'http://localhost',
  'https://rancher.example.com/k8s/clusters/c-m-abc',
];
const apiClients = [
  (at: string, why: string) => `Error: Kubernetes cluster unreachable: Get "${at}/version": ${why}`,
  (at: string, why: string) =>
    `error validating data: failed to download openapi: Get "${at}/openapi/v2?timeout=32s": ${why}; if you choose to ignore these errors, turn validation off with --validate=false`,
  (at: string, why: string) =>
    `E0101 00:00:00.000001       1 reflector.go:138] Failed to watch *v1alpha1.Application: failed to list *v1alpha1.Application: Get "${at}/apis/argoproj.io/v1alpha1/applications?limit=500": ${why}`,
  (at: string, why: string) =>
    `{"level":"error","msg":"unable to start manager","error":"failed to get API group resources: source.toolkit.fluxcd.io/v1: Get \\"${at}/apis/source.toolkit.fluxcd.io/v1?timeout=30s\\": ${why}"}`,
  (at: string, why: string) => `Failed to list: Get "${at}/api/v1/serviceaccounts": ${why}`,
  (at: string, why: string) =>
    `unable to reach the kubernetes apiserver: Get "${at}/api/v1/nodes": ${why}`,
  (at: string, why: string) =>
    `time="2026-01-01T00:00:00Z" level=fatal msg="error while connecting to Kubernetes cluster with nullified CA data: Get \\"${at}/version\\": ${why}"`,
  (at: string, why: string) => `unable to reach the Kubernetes API: Get "${at}/version": ${why}`,
  (at: string, why: string) => `stopped at api_server.go:269] stopped: Get "${at}/healthz": ${why}`,
];

const errors = Object.entries(reasons).flatMap(([why, [who, cause]]) =>
  clients.flatMap(([hop, write]) => {
    const toKubelet = hop.endsWith('kubelet');
    if (!toKubelet && cause === 'no-serving-certificate-yet') return [];
    if (write === clients[1][1] && cause === 'connection-cut') return [];
    const own = toKubelet
      ? why
      : why.replaceAll('10.0.0.7:10250', '10.0.0.1:6443').replaceAll('10.0.0.7', '10.0.0.1');
    return [[write(own), `${who}; ${hop}; ${cause}`] as const];
  }),
);

const others = [
  [
    'Error from server (Forbidden): Forbidden (user=kube-apiserver, verb=get, resource=nodes, subresource=proxy) ( pods/log web-5d)',
    'kubelet; apiserver-to-kubelet; forbidden',
  ],
  [
    'error: unable to upgrade connection: container not found ("web")',
    'kubelet; apiserver-to-kubelet; container-not-found',
  ],
  [
    'error: unable to upgrade connection: Unauthorized',
    'kubelet; apiserver-to-kubelet; no-credential-accepted',
  ],
  [
    "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='10.0.0.7', port=10250): Max retries exceeded with url: /pods (Caused by NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x7f>: Failed to establish a new connection: [Errno 111] Connection refused'))",
    'network; caller-to-kubelet; connection-refused',
  ],
  [
    "requests.exceptions.SSLError: HTTPSConnectionPool(host='10.0.0.7', port=10250): Max retries exceeded with url: /pods (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:1007)')))",
    'tls; caller-to-kubelet; untrusted-ca',
  ],
] as const;

/** Messages that give the same reasons, but concern servers other than kubelets and API servers. */
const foreign = [
  (why: string) => `Error response from daemon: Get "https://registry-1.docker.io/v2/": ${why}`,
  (why: string) =>
    `ERROR: failed to solve: golang:1.22: failed to do request: Head "https://registry-1.docker.io/v2/library/golang/manifests/1.22": ${why}`,
  (why: string) =>
    `Error: looks like "https://charts.example.com" is not a valid chart repository or cannot be reached: Get "https://charts.example.com/index.yaml": ${why}`,
  (why: string) =>
    `go: github.com/pkg/errors@v0.9.1: Get "https://proxy.golang.org/github.com/pkg/errors/@v/v0.9.1.mod": ${why}`,
  (why: string) =>
    `Error checking seal status: Get "https://vault.example.com:8200/v1/sys/seal-status": ${why}`,
  (why: string) =>
    `Unable to connect to the server: Get "https://raw.githubusercontent.com/a/b/x.yaml": ${why}`,
  (why: string) =>
    `Warning  Unhealthy  2m  kubelet  Readiness probe failed: Get "http://10.244.1.7:8080/ready": ${why}`,
] as const;
const foreignErrors = Object.keys(reasons).flatMap((why) =>
  foreign.map((write) => write(why.replaceAll('10.0.0.7:10250', '34.1.2.3:443'))),
);

suite('errors in other formats and folded lines', (test) => {
  const all = [...errors, ...others];
  for (const [name, decorate] of Object.entries({ ...writings, ...around }))
    test(`are explained the same in ${name}`, () => {
      for (const [text, expected] of all.filter((_, index) => isShared(index, 8)))
        assert.equal(explain(decorate(text)).map(place), [expected], decorate(text));
      for (const text of foreignErrors.filter((_, index) => isShared(index, 8)))
        assert.equal(explain(decorate(text)).map(place), [], decorate(text));
    });

  test('are explained for any address and any client of an API server', () => {
    for (const write of apiClients)
      for (const at of servers)
        for (const [why, cause] of [
          [
            'dial tcp 10.0.0.1:443: i/o timeout',
            'network; caller-to-apiserver; connection-timed-out',
          ],
          [
            'x509: certificate signed by unknown authority',
            'tls; caller-to-apiserver; untrusted-ca',
          ],
          ['EOF', 'network; caller-to-apiserver; connection-cut'],
        ] as const)
          assert.equal(explain(write(at, why)).map(place), [cause], write(at, why));
  });

  test('are explained the same in folded lines in 96 % of cases, and never as another cause', () => {
    let same = 0;
    let count = 0;
    for (const [name, fold] of Object.entries(folds))
      for (const [index, [text, expected]] of errors.entries()) {
        if (!isShared(index, 4)) continue;
        const found = explain(fold(text)).map(place);
        count += 1;
        if (found.join() === expected) same += 1;
        const [, , cause = ''] = expected.split('; ');
        assert.ok(
          found.every((each) => each.endsWith(cause) || each.startsWith('unknown')),
          `${name}: ${found.join()} of\n${fold(text)}`,
        );
      }
    assert.ok(same / count > 0.96, `${same} of ${count}`);
    for (const [name, fold] of Object.entries(folds))
      for (const text of foreignErrors.filter((_, index) => isShared(index, 8))) {
        // Skips texts in which the fold breaks the URL, because a part of a host name may look like a host in a cluster.
        const [url = ''] = /https?:\/\/[^\s"]+/.exec(text) ?? [];
        if (fold(text).includes(url))
          assert.equal(explain(fold(text)).map(place), [], `${name}:\n${fold(text)}`);
      }
  });
});
