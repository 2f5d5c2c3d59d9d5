import { defaultPort } from '../address.ts';
import { nodeName, type VerifiedTypes } from '../address-types.ts';
import type { Agent } from './agent.ts';

const podCa = '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt';

export const callers = [
  'kube-apiserver',
  'metrics-server',
  'Prometheus',
  'kube-prometheus-stack',
  'OpenTelemetry kubeletstats',
  'Datadog Agent',
] as const;

export type Caller = (typeof callers)[number];

export interface Verifying {
  readonly types: VerifiedTypes;
  /** Path of a file with the CAs that signed the kubelets' certificates. Programs need it if they do not trust these CAs yet. */
  readonly bundle: string;
  readonly podCaVerifies: boolean;
  readonly port: number | undefined;
}

const callersByAgent: Readonly<Record<string, Caller>> = {
  'metrics-server': 'metrics-server',
  Prometheus: 'Prometheus',
  'kube-prometheus': 'Prometheus',
  'prometheus chart': 'Prometheus',
  'kube-prometheus-stack': 'kube-prometheus-stack',
  'OpenTelemetry Collector': 'OpenTelemetry kubeletstats',
  'opentelemetry-collector chart': 'OpenTelemetry kubeletstats',
  'opentelemetry-kube-stack chart': 'OpenTelemetry kubeletstats',
  'Datadog Agent': 'Datadog Agent',
};

export function callerOf({ name }: Agent): Caller | undefined {
  return callersByAgent[name];
}

/**
 * Returns the setting with which a program verifies all kubelets, in the program's own syntax; undefined if there is none.
 * Source: kubernetes pkg/kubelet/client, metrics-server pkg/utils/address_resolver.go, Prometheus discovery/kubernetes/node.go,
 * kube-prometheus-stack templates/exporters/kubelet, opentelemetry-collector-contrib receiver/kubeletstatsreceiver/README.md,
 * datadog-agent pkg/util/kubernetes/kubelet.
 */
export function verifyingSetting(
  caller: Caller,
  { types, bundle, podCaVerifies, port = defaultPort }: Verifying,
): string | undefined {
  const [type] = types.onAll;
  if (type === undefined) return undefined;
  const caFile = podCaVerifies ? undefined : bundle;
  const authority = `--kubelet-certificate-authority=${bundle}`;
  const preferred = `--kubelet-preferred-address-types=${type}`;
  switch (caller) {
    case 'kube-apiserver':
      return type === nodeName ? undefined : `${authority} ${preferred}`;
    case 'metrics-server':
      if (type === nodeName) return undefined;
      return `${[...(caFile === undefined ? [] : [authority]), preferred].join(' ')} (in place of --kubelet-insecure-tls)`;
    case 'Prometheus':
      return prometheusSetting(type, types, caFile);
    case 'kube-prometheus-stack':
      // The targets of the chart have the first InternalIP of each node, and its CA file is the cluster CA that pods have.
      return types.onAll.includes('InternalIP') && podCaVerifies
        ? 'kubelet.serviceMonitor.insecureSkipVerify=false'
        : undefined;
    case 'OpenTelemetry kubeletstats': {
      const field = fieldOf(types);
      if (!field || types.ipv6.get(field.type) === 'some') return undefined;
      const host = `\${env:${field.variable}}`;
      const authorityFile = caFile === undefined ? '' : `, ca_file: ${caFile}`;
      const shown = types.ipv6.has(field.type) ? `[${host}]` : host;
      return `endpoint: "https://${shown}:${port}"${authorityFile}, ${field.variable} from ${field.path} (in place of insecure_skip_verify)`;
    }
    case 'Datadog Agent': {
      const field = fieldOf(types);
      const authorityFile = caFile === undefined ? '' : `, DD_KUBELET_CLIENT_CA=${caFile}`;
      return (
        field &&
        `DD_KUBELET_TLS_VERIFY=true, DD_KUBERNETES_KUBELET_HOST from ${field.path}${authorityFile}`
      );
    }
  }
}

function fieldOf({ onAll }: VerifiedTypes) {
  if (onAll.includes('InternalIP'))
    return { type: 'InternalIP', path: 'status.hostIP', variable: 'K8S_NODE_IP' };
  if (onAll.includes(nodeName))
    return { type: nodeName, path: 'spec.nodeName', variable: 'K8S_NODE_NAME' };
  return undefined;
}

/**
 * Returns the setting of Prometheus. It must relabel the targets of `role: node` unless `type` is InternalIP: by default, each target has
 * the first InternalIP of its node.
 */
function prometheusSetting(
  type: string,
  { ipv6 }: VerifiedTypes,
  caFile = podCa,
): string | undefined {
  const tls = `tls_config: { ca_file: ${caFile} }`;
  const inPlace = ' (in place of insecure_skip_verify)';
  if (type === 'InternalIP') return `${tls}${inPlace}`;
  if (ipv6.get(type) === 'some') return undefined;
  const label = type === nodeName ? 'name' : `address_${type}`;
  const host = ipv6.has(type) ? '[$1]' : '$1';
  return `${tls}, relabel_configs: [{ source_labels: [__meta_kubernetes_node_${label}, __address__], regex: '(.+);.*:(\\d+)', replacement: '${host}:$2', target_label: __address__ }]${inPlace}`;
}
