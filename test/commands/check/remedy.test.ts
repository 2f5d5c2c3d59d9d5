import * as assert from 'uvu/assert';
import { agentRemedy } from '../../../src/commands/check/call-findings.ts';
import { agents } from '../../../src/kubelet/agents/agents.ts';
import { causes } from '../../../src/kubelet/causes/all-causes.ts';
import type { Cause } from '../../../src/kubelet/causes/causes.ts';
import { suite } from '../../kit/suite.ts';

function remedyOf(name: string, cause: Cause): string {
  const agent = agents.find((each) => each.name === name);
  assert.ok(agent, name);
  return agentRemedy(agent, cause);
}

suite('the remedy for an agent', (test) => {
  for (const [name, cause, words] of [
    [
      'metrics-server',
      'untrusted-ca',
      ' into metrics-server, and name it: --kubelet-certificate-authority=FILE; --kubelet-insecure-tls switches its verification off',
    ],
    ['metrics-server', 'self-signed-certificate', 'certificates --ca-bundle FILE'],
    [
      'metrics-server',
      'name-mismatch',
      'let metrics-server call the addresses that the certificate names: --kubelet-preferred-address-types; or set serverTLSBootstrap: true',
    ],
    ['metrics-server', 'name-does-not-resolve', '--kubelet-preferred-address-types=InternalIP'],
    [
      'Datadog Agent',
      'untrusted-ca',
      ' into Datadog Agent, and name it: DD_KUBELET_CLIENT_CA=FILE; DD_KUBELET_TLS_VERIFY=false switches',
    ],
    [
      'Prometheus',
      'untrusted-ca',
      'name it: ca_file in tls_config of its jobs; insecure_skip_verify: true there switches',
    ],
    ['kube-prometheus-stack', 'untrusted-ca', 'name it: ca_file in tls_config of its jobs; '],
    [
      'Cloudability metrics-agent',
      'untrusted-ca',
      '(kubectl kubeletaccess certificates); CLOUDABILITY_INSECURE=true switches its verification off',
    ],
  ] as const)
    test(`names an option of ${name} for ${cause}`, () =>
      assert.ok(remedyOf(name, cause).includes(words), remedyOf(name, cause)));

  test('never names an option of this program', () => {
    for (const agent of agents)
      for (const cause of causes)
        assert.not.match(agentRemedy(agent, cause), /--kubelet-fingerprint|--via|authority FILE/);
  });

  test('is empty if the agent has no option for the cause', () => {
    assert.is(remedyOf('Promtail', 'name-does-not-resolve'), '');
    assert.is(remedyOf('metrics-server', 'certificate-expired'), '');
  });
});
