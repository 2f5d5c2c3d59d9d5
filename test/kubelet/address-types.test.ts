import * as assert from 'uvu/assert';
import {
  describeVerified,
  hasNodeName,
  isVerifiedBy,
  type NamedKubelet,
  verifiedTypes,
} from '../../src/kubelet/address-types.ts';
import { agents } from '../../src/kubelet/agents/agents.ts';
import {
  callerOf,
  callers,
  verifyingSetting,
} from '../../src/kubelet/agents/verifying-settings.ts';
import type { Verification } from '../../src/kubelet/certificate.ts';
import { suite } from '../kit/suite.ts';

/** @param covered the addresses and host names in the kubelet's certificate */
function kubelet(
  node: string,
  addresses: Readonly<Record<string, string>>,
  covered: readonly string[],
  verification: Verification = { result: 'verified' },
): NamedKubelet {
  return {
    node,
    addresses: Object.entries(addresses).map(([type, address]) => ({ type, address })),
    certificate: { verification, covered, namesNode: covered.includes(node) },
  };
}

const one = { InternalIP: '10.0.0.1', Hostname: 'node-1' };
const two = { InternalIP: '10.0.0.2', Hostname: 'node-2' };
const refused = (cause: 'untrusted-ca' | 'name-mismatch') =>
  ({ result: 'refused', cause, words: '' }) as const;
const silent: NamedKubelet = {
  node: 'node-9',
  addresses: [{ type: 'InternalIP', address: '10.0.0.9' }],
  certificate: undefined,
};

/** Returns, for each program that calls kubelets, the setting with which it verifies their certificates. */
function settings(kubelets: readonly NamedKubelet[], podCaVerifies = true) {
  const types = verifiedTypes(kubelets);
  const verifying = { types, bundle: '/ca.pem', podCaVerifies, port: undefined };
  return Object.fromEntries(callers.map((caller) => [caller, verifyingSetting(caller, verifying)]));
}

suite('types of addresses', (test) => {
  test('are verified if the certificate has the first address of the type and comes from a trusted CA', () => {
    const own = kubelet('node-1', one, ['10.0.0.1']);
    assert.equal(
      ['InternalIP', 'Hostname', 'name', 'ExternalIP'].map((type) => isVerifiedBy(own, type)),
      [true, false, false, undefined],
    );
    const twice = {
      ...own,
      addresses: [{ type: 'InternalIP', address: '10.0.0.7' }, ...own.addresses],
    };
    assert.is(isVerifiedBy(twice, 'InternalIP'), false);
    const foreign = kubelet('node-1', one, ['10.0.0.1'], refused('untrusted-ca'));
    assert.is(isVerifiedBy(foreign, 'InternalIP'), false);
    // The certificate lacks the address that was called, but it has the host name.
    const misnamed = kubelet('node-1', one, ['node-1'], refused('name-mismatch'));
    assert.is(isVerifiedBy(misnamed, 'Hostname'), true);
    for (const result of ['not-checked', 'fingerprint'] as const)
      assert.is(
        isVerifiedBy(kubelet('node-1', one, ['10.0.0.1'], { result }), 'InternalIP'),
        undefined,
      );
  });

  test('are verified on all nodes if they are verified on each node that answered', () => {
    const types = verifiedTypes([
      kubelet('node-1', one, ['10.0.0.1', 'node-1']),
      kubelet('node-2', two, ['10.0.0.2']),
      silent,
    ]);
    assert.equal(types.onAll, ['InternalIP']);
    assert.equal(types.counts, [
      { type: 'InternalIP', verified: 2, others: [] },
      { type: 'Hostname', verified: 1, others: ['node-2'] },
    ]);
    assert.is(
      describeVerified(types),
      'certificates verify by InternalIP on all 2 nodes; unknown of node-9',
    );
    // ExternalIP is not verified on all nodes, because node-2 has no ExternalIP.
    const mixed = verifiedTypes([
      kubelet('node-1', { ...one, ExternalIP: '1.2.3.4' }, ['1.2.3.4', 'node-1']),
      kubelet('node-2', two, ['node-2']),
    ]);
    assert.equal(mixed.onAll, ['Hostname', 'name']);
    assert.equal(verifiedTypes([]).onAll, []);
    assert.equal(verifiedTypes([silent]), {
      ...{ nodes: [], unknown: ['node-9'], counts: [], onAll: [], ipv6: new Map() },
    });
  });

  test('hasNodeName() compares the common name with the node name as KubeletCertCNValidation does', () => {
    assert.equal(
      ['system:node:node-1', 'system:node:node-10', 'system:node:NODE-1', 'node-1'].map((name) =>
        hasNodeName(name, 'node-1'),
      ),
      [true, false, false, false],
    );
  });
});

suite('settings for programs that verify kubelets', (test) => {
  test('contain the first address type that certificates match on all nodes', () => {
    const both = [
      kubelet('node-1', one, ['10.0.0.1', 'node-1']),
      kubelet('node-2', two, ['10.0.0.2', 'node-2']),
    ];
    assert.equal(settings(both), {
      'kube-apiserver':
        '--kubelet-certificate-authority=/ca.pem --kubelet-preferred-address-types=InternalIP',
      'metrics-server':
        '--kubelet-preferred-address-types=InternalIP (in place of --kubelet-insecure-tls)',
      'kube-prometheus-stack': 'kubelet.serviceMonitor.insecureSkipVerify=false',
      Prometheus:
        'tls_config: { ca_file: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt } (in place of insecure_skip_verify)',
      'OpenTelemetry kubeletstats': `endpoint: "https://\${env:K8S_NODE_IP}:10250", K8S_NODE_IP from status.hostIP (in place of insecure_skip_verify)`,
      'Datadog Agent': 'DD_KUBELET_TLS_VERIFY=true, DD_KUBERNETES_KUBELET_HOST from status.hostIP',
    });
  });

  test('name the CA file if the CA certificate in pods does not verify kubelets', () => {
    const found = settings([kubelet('node-1', one, ['10.0.0.1'])], false);
    assert.equal(found, {
      'kube-apiserver':
        '--kubelet-certificate-authority=/ca.pem --kubelet-preferred-address-types=InternalIP',
      'metrics-server':
        '--kubelet-certificate-authority=/ca.pem --kubelet-preferred-address-types=InternalIP (in place of --kubelet-insecure-tls)',
      'kube-prometheus-stack': undefined,
      Prometheus: 'tls_config: { ca_file: /ca.pem } (in place of insecure_skip_verify)',
      'OpenTelemetry kubeletstats': `endpoint: "https://\${env:K8S_NODE_IP}:10250", ca_file: /ca.pem, K8S_NODE_IP from status.hostIP (in place of insecure_skip_verify)`,
      'Datadog Agent':
        'DD_KUBELET_TLS_VERIFY=true, DD_KUBERNETES_KUBELET_HOST from status.hostIP, DD_KUBELET_CLIENT_CA=/ca.pem',
    });
  });

  test('contain the host name if certificates match only host names', () => {
    const found = settings([
      kubelet('node-1', one, ['node-1']),
      kubelet('node-2', two, ['node-2']),
    ]);
    assert.is(
      found['Prometheus'],
      "tls_config: { ca_file: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt }, relabel_configs: [{ source_labels: [__meta_kubernetes_node_address_Hostname, __address__], regex: '(.+);.*:(\\d+)', replacement: '$1:$2', target_label: __address__ }] (in place of insecure_skip_verify)",
    );
    assert.match(String(found['OpenTelemetry kubeletstats']), 'K8S_NODE_NAME from spec.nodeName');
    assert.match(String(found['Datadog Agent']), 'DD_KUBERNETES_KUBELET_HOST from spec.nodeName');
    assert.match(String(found['metrics-server']), 'types=Hostname');
  });

  test('put IPv6 addresses in brackets', () => {
    const six = { InternalIP: 'fd00::1', ExternalIP: '2001:db8::1' };
    const found = settings([kubelet('node-1', six, ['fd00::1'])]);
    assert.match(
      String(found['OpenTelemetry kubeletstats']),
      `"https://[\${env:K8S_NODE_IP}]:10250"`,
    );
    const outside = settings([kubelet('node-1', six, ['2001:db8::1'])]);
    assert.match(String(outside['Prometheus']), "replacement: '[$1]:$2'");
    assert.is(outside['Datadog Agent'], undefined);
    const mixed = settings([
      kubelet('node-1', six, ['fd00::1', '2001:db8::1']),
      kubelet('node-2', { InternalIP: '10.0.0.2' }, ['10.0.0.2']),
    ]);
    assert.is(mixed['OpenTelemetry kubeletstats'], undefined);
    assert.match(String(mixed['Prometheus']), 'tls_config');
  });

  test('are absent for kube-apiserver and metrics-server if certificates match only node names', () => {
    const named = settings([kubelet('node-1', { InternalIP: '10.0.0.1' }, ['node-1'])]);
    assert.equal([named['kube-apiserver'], named['metrics-server']], [undefined, undefined]);
    assert.match(String(named['Prometheus']), '[__meta_kubernetes_node_name, __address__]');
    assert.equal(
      Object.values(settings([kubelet('node-1', one, [])])),
      callers.map(() => undefined),
    );
  });

  test('exist for nine agents', () => {
    const known = agents.filter((agent) => callerOf(agent) !== undefined);
    assert.is(known.length, 9);
  });
});
