import type { Agent } from '../../kubelet/agents/agent.ts';
import { callerOf } from '../../kubelet/agents/verifying-settings.ts';
import type { Cause } from '../../kubelet/causes/causes.ts';

/** Settings of an agent: for its CA file, to switch off verification of kubelets, and for the types of node addresses. */
interface OwnOptions {
  readonly ca?: string;
  readonly unverified?: string;
  readonly addressTypes?: string;
}

function optionsOf(agent: Agent): OwnOptions {
  const caller = callerOf(agent);
  if (caller === 'metrics-server')
    return {
      ca: '--kubelet-certificate-authority=FILE',
      unverified: '--kubelet-insecure-tls',
      addressTypes: '--kubelet-preferred-address-types',
    };
  if (caller === 'Prometheus' || caller === 'kube-prometheus-stack')
    return {
      ca: 'ca_file in tls_config of its jobs',
      unverified: 'insecure_skip_verify: true there',
    };
  const { ca, verifies, insecure } = agent.variables ?? {};
  return {
    ...(ca !== undefined && { ca: `${ca}=FILE` }),
    ...(verifies !== undefined && { unverified: `${verifies}=false` }),
    ...(insecure !== undefined && { unverified: `${insecure}=true` }),
  };
}

const bootstrap =
  'set serverTLSBootstrap: true in the KubeletConfiguration and approve the requests once they are checked (kubectl kubeletaccess certificates)';

/** Returns a remedy with the agent's own options; empty if no option helps. */
export function agentRemedy(agent: Agent, cause: Cause): string {
  const { ca, unverified, addressTypes } = optionsOf(agent);
  switch (cause) {
    case 'untrusted-ca':
    case 'self-signed-certificate':
      return [
        bootstrap,
        ...(ca === undefined
          ? []
          : [
              `or mount what kubectl kubeletaccess certificates --ca-bundle FILE writes into ${agent.name}, and name it: ${ca}`,
            ]),
        ...(unverified === undefined ? [] : [`${unverified} switches its verification off`]),
      ].join('; ');
    case 'name-mismatch':
      return addressTypes === undefined
        ? bootstrap
        : `let ${agent.name} call the addresses that the certificate names: ${addressTypes}; or ${bootstrap}`;
    case 'name-does-not-resolve':
      return addressTypes === undefined
        ? ''
        : `let ${agent.name} call another address of the node: ${addressTypes}=InternalIP`;
    default:
      return '';
  }
}
