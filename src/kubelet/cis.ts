/**
 * A recommendation of the CIS Kubernetes Benchmark.
 * @public
 */
export interface CisRecommendation {
  /** The newest version of the benchmark that contains this recommendation, such as `1.12`. */
  readonly benchmark: string;
  /** Number of the recommendation, such as `4.2.1`. */
  readonly number: string;
  /** Title, without the note `(Automated)` or `(Manual)`. */
  readonly title: string;
}

interface Control {
  readonly number: string;
  readonly title: string;
  /** The last benchmark version with this recommendation; absent if `newest` contains it. */
  readonly until?: string;
  /** Names of the rules of compliance-operator that check the same setting. */
  readonly rules: readonly string[];
}

/** The newest benchmark version. Dropped recommendations keep the number that they had in their last version. */
const newest = '1.12';

/**
 * Recommendations about kubelets. kube-bench uses the same numbers.
 * Source: aquasecurity/kube-bench cfg/cis-1.12/node.yaml and policies.yaml, cfg/cis-1.24/node.yaml @a73ce378 (2026-06);
 * ComplianceAsCode/content applications/openshift/kubelet.
 */
export const cisControls = {
  anonymousAuth: {
    number: '4.2.1',
    title: 'Ensure that the --anonymous-auth argument is set to false',
    rules: ['kubelet_anonymous_auth'],
  },
  authorizationMode: {
    number: '4.2.2',
    title: 'Ensure that the --authorization-mode argument is not set to AlwaysAllow',
    rules: ['kubelet_authorization_mode'],
  },
  clientCa: {
    number: '4.2.3',
    title: 'Ensure that the --client-ca-file argument is set as appropriate',
    rules: ['kubelet_configure_client_ca'],
  },
  readOnlyPort: {
    number: '4.2.4',
    title: 'Verify that if defined, the --read-only-port argument is set to 0',
    rules: ['kubelet_disable_readonly_port'],
  },
  streamingTimeout: {
    number: '4.2.5',
    title: 'Ensure that the --streaming-connection-idle-timeout argument is not set to 0',
    rules: ['kubelet_enable_streaming_connections'],
  },
  iptablesUtilChains: {
    number: '4.2.6',
    title: 'Ensure that the --make-iptables-util-chains argument is set to true',
    rules: ['kubelet_enable_iptables_util_chains'],
  },
  protectKernelDefaults: {
    number: '4.2.6',
    title: 'Ensure that the --protect-kernel-defaults argument is set to true',
    until: '1.24',
    rules: ['kubelet_enable_protect_kernel_defaults'],
  },
  hostnameOverride: {
    number: '4.2.7',
    title: 'Ensure that the --hostname-override argument is not set',
    rules: ['kubelet_disable_hostname_override'],
  },
  eventRate: {
    number: '4.2.8',
    title:
      'Ensure that the eventRecordQPS argument is set to a level which ensures appropriate event capture',
    rules: ['kubelet_configure_event_creation'],
  },
  servingCertificate: {
    number: '4.2.9',
    title:
      'Ensure that the --tls-cert-file and --tls-private-key-file arguments are set as appropriate',
    rules: ['kubelet_configure_tls_cert', 'kubelet_configure_tls_key'],
  },
  rotateCertificates: {
    number: '4.2.10',
    title: 'Ensure that the --rotate-certificates argument is not set to false',
    rules: ['kubelet_enable_client_cert_rotation', 'kubelet_enable_cert_rotation'],
  },
  rotateServerCertificate: {
    number: '4.2.11',
    title: 'Verify that the RotateKubeletServerCertificate argument is set to true',
    rules: ['kubelet_enable_server_cert_rotation'],
  },
  ciphers: {
    number: '4.2.12',
    title: 'Ensure that the Kubelet only makes use of Strong Cryptographic Ciphers',
    rules: ['kubelet_configure_tls_cipher_suites'],
  },
  podPids: {
    number: '4.2.13',
    title: 'Ensure that a limit is set on pod PIDs',
    rules: [],
  },
  seccompDefault: {
    number: '4.2.14',
    title: 'Ensure that the --seccomp-default parameter is set to true',
    rules: [],
  },
  nodesProxy: {
    number: '5.1.10',
    title: 'Minimize access to the proxy sub-resource of nodes',
    rules: [],
  },
} as const satisfies Readonly<Record<string, Control>>;

export type CisName = keyof typeof cisControls;

export function cisRecommendation(name: CisName): CisRecommendation {
  const { number, title, until = newest }: Control = cisControls[name];
  return { benchmark: until, number, title };
}

export function formatCis(recommendation: CisRecommendation): string {
  return `CIS ${cisNumber(recommendation)}`;
}

/** Formats the number of a recommendation, with its benchmark unless that is the newest. */
export function cisNumber({ benchmark, number }: CisRecommendation): string {
  return `${benchmark === newest ? '' : `${benchmark} `}${number}`;
}
