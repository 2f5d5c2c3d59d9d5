import { type CisName, type CisRecommendation, cisRecommendation } from './cis.ts';

/**
 * The severities of findings. `high`: anyone who reaches the port is served without permission. `medium`: a protection is missing,
 * but another one still works. `low`: more is allowed than needed. `info`: the setting is the default of every kubelet, or is
 * useful. A finding with severity `info` never fails an audit.
 */
export const auditSeverities = ['high', 'medium', 'low', 'info'] as const;

export type Severity = (typeof auditSeverities)[number];

export interface AuditRule {
  /** Stable ID, which is never reused. */
  readonly id: string;
  /** Name for machines, without spaces. */
  readonly name: string;
  /** Severity of the rule's findings, unless a finding sets its own severity. */
  readonly severity: Severity;
  /** The problem, as a clause without a final period. */
  readonly title: string;
  /** Why the problem matters, in one or two sentences. */
  readonly reason: string;
  /** The remedy: a field of KubeletConfiguration, or a command. */
  readonly remedy: string;
  /** The recommendation of the CIS benchmark for the same setting; absent if the benchmark has none. */
  readonly cis?: CisRecommendation;
}

interface Entry extends Omit<AuditRule, 'id' | 'cis'> {
  readonly cis?: CisName;
}

const rules = {
  KA001: {
    name: 'AnonymousRequestServed',
    severity: 'high',
    cis: 'anonymousAuth',
    title: 'a request without a credential is served',
    reason:
      'Anyone who reaches the port of the kubelet needs no identity. That may include exec in every container.',
    remedy:
      'authentication.anonymous.enabled: false and authorization.mode: Webhook in the KubeletConfiguration',
  },
  KA002: {
    name: 'AnonymousAuthenticationOn',
    severity: 'medium',
    cis: 'anonymousAuth',
    title: 'anonymous authentication is on',
    reason:
      'Requests without a credential are authorized as system:anonymous instead of rejected: one binding too many opens the kubelet to everyone.',
    remedy: 'authentication.anonymous.enabled: false in the KubeletConfiguration',
  },
  KA003: {
    name: 'AuthorizationAlwaysAllow',
    severity: 'high',
    cis: 'authorizationMode',
    title: 'every authenticated client may do everything (AlwaysAllow)',
    reason:
      'The kubelet does not authorize requests: any client certificate of the cluster, and any service account token, can run commands in every container of the node.',
    remedy: 'authorization.mode: Webhook in the KubeletConfiguration',
  },
  KA004: {
    name: 'ReadOnlyPortOpen',
    severity: 'high',
    cis: 'readOnlyPort',
    title: 'the read-only port is open',
    reason:
      'It serves pods, metrics and stats over plain HTTP to anyone who reaches it, without authentication or authorization.',
    remedy:
      'readOnlyPort: 0 in the KubeletConfiguration (and no --read-only-port); what still uses it: kubectl kubeletaccess metrics --filter \'kubelet_http_requests_total{server_type="readonly"}\' --by node,path',
  },
  KA005: {
    name: 'WebhookAuthenticationOff',
    severity: 'low',
    title: 'bearer tokens are ignored',
    reason:
      'With webhook authentication off, components must use client certificates, which cannot be revoked.',
    remedy: 'authentication.webhook.enabled: true in the KubeletConfiguration',
  },
  KA006: {
    name: 'ClientAuthorityMissing',
    severity: 'info',
    cis: 'clientCa',
    title: 'no client certificate is accepted',
    reason:
      'This is the default. Without a client CA the kubelet cannot authenticate kube-apiserver: logs and exec fail, or the kubelet serves anonymous requests.',
    remedy: 'authentication.x509.clientCAFile: FILE in the KubeletConfiguration',
  },
  KA101: {
    name: 'DebuggingHandlersOn',
    severity: 'info',
    title: 'the debugging handlers are on',
    reason:
      'They are on by default, as kubectl logs, exec, attach and port-forward need them. They also make nodes/proxy equivalent to exec.',
    remedy:
      'keep them, and restrict access to kubelets; on nodes that need none of this: enableDebuggingHandlers: false in the KubeletConfiguration',
  },
  KA102: {
    name: 'ProfilingHandlerOn',
    severity: 'info',
    title: 'the profiling handler is on',
    reason:
      'It is on by default. With nodes/proxy a client can read the memory profile of the kubelet and keep it busy for minutes.',
    remedy: 'enableProfilingHandler: false in the KubeletConfiguration',
  },
  KA103: {
    name: 'DebugFlagsHandlerOn',
    severity: 'info',
    title: 'the debug flags handler is on',
    reason:
      'It is on by default. With update on nodes/proxy a client can change the log level of the kubelet, and so what its log contains.',
    remedy: 'enableDebugFlagsHandler: false in the KubeletConfiguration',
  },
  KA104: {
    name: 'SystemLogHandlerOn',
    severity: 'info',
    title: 'files under /var/log are served',
    reason:
      'It is on by default. With nodes/log a client can read all of /var/log, including the logs of all pods on the node.',
    remedy: 'enableSystemLogHandler: false in the KubeletConfiguration',
  },
  KA105: {
    name: 'SystemLogQueryOn',
    severity: 'low',
    title: 'logs of system services can be queried',
    reason: 'With nodes/log a client can read the journal of any service on the node.',
    remedy: 'enableSystemLogQuery: false in the KubeletConfiguration',
  },
  KA106: {
    name: 'StreamingTimeoutOff',
    severity: 'low',
    cis: 'streamingTimeout',
    title: 'idle streams are never closed',
    reason:
      'Connections of exec, attach and port-forward that clients leave open use up memory and file descriptors of the kubelet. By default it closes idle ones after 4 hours.',
    remedy:
      'no --streaming-connection-idle-timeout=0; streamingConnectionIdleTimeout: 4h0m0s in the KubeletConfiguration',
  },
  KA107: {
    name: 'IptablesUtilChainsOff',
    severity: 'low',
    cis: 'iptablesUtilChains',
    title: 'the kubelet does not keep its iptables chains',
    reason:
      'By default it keeps chains that protect ports on localhost, and that other components rely on. Without it, an operator keeps such rules by hand.',
    remedy: 'makeIPTablesUtilChains: true in the KubeletConfiguration',
  },
  KA108: {
    name: 'EventRateUnlimited',
    severity: 'low',
    cis: 'eventRate',
    title: 'events have no rate limit',
    reason:
      'A container that fails in a loop can make the kubelet flood the API server with events. The default limit is 50 a second (5 before 1.27). From 1.37 on, 0 means no limit; up to 1.36, it means a default limit.',
    remedy: 'eventRecordQPS: 50 in the KubeletConfiguration',
  },
  KA109: {
    name: 'PodPidsUnlimited',
    severity: 'info',
    cis: 'podPids',
    title: 'a pod may have all process ids of the node',
    reason:
      'This is the default. One pod that forks without end keeps all others, and the kubelet, from starting processes.',
    remedy: 'podPidsLimit: 4096 in the KubeletConfiguration, or as many as your pods need',
  },
  KA110: {
    name: 'SeccompDefaultOff',
    severity: 'info',
    cis: 'seccompDefault',
    title: 'pods without a seccomp profile may use every system call',
    reason:
      'This is the default. With it, such pods get the profile of the container runtime (RuntimeDefault), which denies calls that few programs need.',
    remedy: 'seccompDefault: true in the KubeletConfiguration, tried on one node first',
  },
  KA111: {
    name: 'KernelDefaultsNotProtected',
    severity: 'info',
    cis: 'protectKernelDefaults',
    title: 'the kubelet changes kernel settings',
    reason:
      'This is the default: it sets those that it needs. With the protection it does not start where they differ, so that a change is noticed.',
    remedy:
      'set the sysctls that the kubelet wants on the node, then protectKernelDefaults: true in the KubeletConfiguration',
  },
  KA201: {
    name: 'OldTlsVersion',
    severity: 'medium',
    title: 'TLS before 1.2 is accepted',
    reason: 'TLS 1.0 and 1.1 are deprecated (RFC 8996), and no client of a cluster needs them.',
    remedy: 'tlsMinVersion: VersionTLS12 in the KubeletConfiguration, or leave it out',
  },
  KA202: {
    name: 'ServingCertificateEnds',
    severity: 'medium',
    title: 'the serving certificate expires soon',
    reason: 'Clients that verify kubelets cannot reach one with an expired certificate.',
    remedy:
      'serverTLSBootstrap: true in the KubeletConfiguration, and an approver of its requests (kubectl get csr); or a new certificate in tlsCertFile',
  },
  KA203: {
    name: 'ServingCertificateNotTrusted',
    severity: 'medium',
    cis: 'servingCertificate',
    title: 'the serving certificate cannot be trusted',
    reason:
      'Clients that verify kubelets cannot reach it. Others cannot detect a man in the middle, and must not send it a token.',
    remedy:
      'serverTLSBootstrap: true in the KubeletConfiguration, and approve its CSR once it is checked (kubectl kubeletaccess certificates); or pass its CA with --kubelet-certificate-authority FILE',
  },
  KA204: {
    name: 'ServingCertificateForAnotherName',
    severity: 'medium',
    title: 'the serving certificate is not valid for the address of the node',
    reason: 'Clients that verify kubelets cannot reach it at the address in its Node object.',
    remedy:
      'issue it for the addresses of the node (serverTLSBootstrap: true does), or use another address type: --kubelet-preferred-address-types',
  },
  KA205: {
    name: 'ClientCertificateNotRotated',
    severity: 'info',
    cis: 'rotateCertificates',
    title: 'the kubelet does not renew its client certificate',
    reason:
      'This is the default. When the certificate expires, the API server rejects the kubelet, and the node becomes NotReady.',
    remedy: 'rotateCertificates: true in the KubeletConfiguration',
  },
  KA206: {
    name: 'ServingCertificateNotBootstrapped',
    severity: 'info',
    cis: 'rotateServerCertificate',
    title: 'the kubelet does not request its serving certificate from the cluster',
    reason:
      'This is the default: the kubelet serves a certificate from a file that must be renewed by hand, or a self-signed one that clients cannot verify.',
    remedy:
      'serverTLSBootstrap: true in the KubeletConfiguration, and an approver of its requests (kubectl get csr)',
  },
  KA207: {
    name: 'WeakCipherSuites',
    severity: 'low',
    cis: 'ciphers',
    title: 'weak cipher suites of TLS 1.2 are accepted',
    reason:
      'Suites without forward secrecy or with CBC have known attacks. TLS 1.3 has none of them.',
    remedy:
      'tlsMinVersion: VersionTLS13 in the KubeletConfiguration, or tlsCipherSuites with suites of ECDHE and GCM or CHACHA20 alone',
  },
  KA301: {
    name: 'SecuritySettingsDiffer',
    severity: 'medium',
    title: 'security settings differ between nodes',
    reason:
      'Such differences are seldom intended, and a pod may run where the settings are weakest.',
    remedy: 'align the KubeletConfiguration of these nodes with the others',
  },
  KA302: {
    name: 'SettingsDiffer',
    severity: 'low',
    title: 'settings differ between nodes of a version',
    reason: 'Pods behave differently from node to node; often a change missed a node.',
    remedy:
      'align the KubeletConfiguration of these nodes with the others, unless the difference is intended',
  },
  KA303: {
    name: 'VersionsDiffer',
    severity: 'low',
    title: 'kubelets have different versions',
    reason:
      'Older kubelets lack fixes, and before 1.33 everything but metrics, stats and logs needs nodes/proxy.',
    remedy: 'upgrade the kubelets of these nodes (kubectl get nodes)',
  },
  KA401: {
    name: 'EverybodyReachesKubelets',
    severity: 'high',
    cis: 'nodesProxy',
    title: 'a group of nearly everyone can reach kubelets',
    reason:
      'Membership in such a group is automatic: every user, every pod or every caller belongs to it.',
    remedy: 'remove the subject from the binding: kubectl edit clusterrolebinding NAME',
  },
  KA402: {
    name: 'WorkloadCanExec',
    severity: 'medium',
    cis: 'nodesProxy',
    title: 'pods outside kube-system can run commands in every container',
    reason:
      'nodes/proxy is equivalent to exec, even with verb get alone: anyone who gets into such a pod, or may create one in its namespace, controls the node. Agents usually need only nodes/metrics or nodes/stats.',
    remedy:
      'print the role without nodes/proxy: kubectl kubeletaccess narrow --subject serviceaccount:NAMESPACE:NAME',
  },
  KA403: {
    name: 'ReadingThatIsExec',
    severity: 'low',
    cis: 'nodesProxy',
    title: 'a permission that looks read-only runs commands in every container',
    reason:
      'exec and attach accept GET, and kubelets authorize by HTTP method: verb get on nodes/proxy is enough. No audit log records it.',
    remedy: 'print the role without nodes/proxy: kubectl kubeletaccess narrow --subject KIND:NAME',
  },
  KA501: {
    name: 'CgroupV1',
    severity: 'high',
    title: 'the node has cgroup v1',
    reason:
      'From 1.35 on, kubelets do not start on cgroup v1 unless failCgroupV1 is false. Support ends with 1.38 at the earliest (KEP-5573).',
    remedy:
      'boot the node with cgroup v2; or, as long as kubelets support it, failCgroupV1: false in the KubeletConfiguration before the upgrade',
  },
  KA502: {
    name: 'RuntimeLosesSupport',
    severity: 'high',
    title: 'the container runtime is too old for a coming kubelet',
    reason:
      'Kubelets ask the runtime for its cgroup driver. From 1.38 on, they do not start if it has no answer (KEP-4033).',
    remedy: 'upgrade the container runtime of the node: containerd 2.0, CRI-O 1.28 or later',
  },
  KA503: {
    name: 'FeatureGateGoes',
    severity: 'medium',
    title: 'a feature gate is set by hand that newer kubelets lock or remove',
    reason:
      'Gates that are GA or deprecated are locked, then removed. A kubelet does not start with an unknown gate, or with another value for a locked one.',
    remedy:
      'remove the gate from featureGates in the KubeletConfiguration, and from --feature-gates',
  },
  KA504: {
    name: 'VersionSkew',
    severity: 'high',
    title: 'the versions of the kubelet and kube-apiserver do not go together',
    reason:
      'A kubelet may be three minor versions older than kube-apiserver (two before 1.25), and never newer. Anything else is unsupported, and may fail.',
    remedy:
      'upgrade kube-apiserver before kubelets, and kubelets before they are more than three minor versions older',
  },
  KA505: {
    name: 'EventLimitGoes',
    severity: 'medium',
    title: 'events have no rate limit from 1.37 on',
    reason:
      'eventRecordQPS 0 means a default limit up to 1.36, and no limit from 1.37 on: a container that fails in a loop can flood the API server with events.',
    remedy: 'eventRecordQPS: 50 in the KubeletConfiguration',
  },
  KA506: {
    name: 'SELinuxLabelConflict',
    severity: 'medium',
    title: 'pods share a volume with different SELinux labels',
    reason:
      'From 1.37 on, volumes are mounted with the label of the pod (SELinuxMount, KEP-1710): a pod with another label stays in ContainerCreating.',
    remedy:
      'seLinuxOptions that are alike in pods that share the volume, or seLinuxChangePolicy: Recursive in their securityContext',
  },
  KA507: {
    name: 'FlagGoes',
    severity: 'high',
    title: 'a flag is set that newer kubelets do not have',
    reason: 'A kubelet does not start with an unknown flag.',
    remedy: 'remove the flag from the command line of the kubelet before the upgrade',
  },
} as const satisfies Readonly<Record<string, Entry>>;

export type RuleId = keyof typeof rules;

const ids = Object.keys(rules) as RuleId[];

export const auditRules: readonly AuditRule[] = ids.map(auditRule);

/** The rules that are checked unless --rule chooses: all but those about the next upgrade, which read more of each kubelet. */
export const usualRules: ReadonlySet<RuleId> = new Set(ids.filter((id) => !id.startsWith('KA5')));

export function ruleIdOf(word: string): RuleId | undefined {
  return ids.find((id) => id === word.toUpperCase());
}

export function auditRule(id: RuleId): AuditRule {
  const { cis, ...rule }: Entry = rules[id];
  return { id, ...rule, ...(cis && { cis: cisRecommendation(cis) }) };
}

export function isAtLeast(severity: Severity, least: Severity): boolean {
  return auditSeverities.indexOf(severity) <= auditSeverities.indexOf(least);
}
