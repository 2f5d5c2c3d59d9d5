/**
 * How much a finding matters. `high`: whoever reaches the port needs no right of their own. `medium`: a protection is missing,
 * and another one still holds. `low`: somebody set more than would do. `info` is told and never fails an audit: it is so by
 * default in every kubelet, or has its use.
 */
export const severities = ['high', 'medium', 'low', 'info'] as const;

export type Severity = (typeof severities)[number];

/** One thing that an audit looks for. */
export interface AuditRule {
  /** Stable: it is never given to anything else. */
  readonly id: string;
  /** For machines, without blanks. */
  readonly name: string;
  /** Of its findings, unless a finding has one of its own. */
  readonly severity: Severity;
  /** What is wrong, as half a sentence. */
  readonly title: string;
  /** Why it matters, in a sentence or two. */
  readonly why: string;
  /** What to do: a field of KubeletConfiguration, or a command. */
  readonly remedy: string;
}

const rules = [
  {
    id: 'KA001',
    name: 'AnonymousRequestServed',
    severity: 'high',
    title: 'a request without any credential is served',
    why: 'Whoever reaches the port of the kubelet needs no identity. What is served so may include exec in every container.',
    remedy:
      'authentication.anonymous.enabled: false and authorization.mode: Webhook in the KubeletConfiguration; take system:anonymous and system:unauthenticated out of ClusterRoleBindings',
  },
  {
    id: 'KA002',
    name: 'AnonymousAuthenticationOn',
    severity: 'medium',
    title: 'anonymous authentication is on',
    why: 'Requests without a credential are not turned away but asked about as system:anonymous: one binding too many opens the kubelet to everybody.',
    remedy: 'authentication.anonymous.enabled: false in the KubeletConfiguration',
  },
  {
    id: 'KA003',
    name: 'AuthorizationAlwaysAllow',
    severity: 'high',
    title: 'whoever is authenticated may do everything (AlwaysAllow)',
    why: 'The kubelet asks nobody whether a request is allowed: any client certificate of the cluster, and any service account token, runs commands in every container of the node.',
    remedy: 'authorization.mode: Webhook in the KubeletConfiguration',
  },
  {
    id: 'KA004',
    name: 'ReadOnlyPortOpen',
    severity: 'high',
    title: 'the read-only port is open',
    why: 'It serves pods, metrics and stats over plain HTTP to whoever reaches it, without authentication or authorization.',
    remedy: 'readOnlyPort: 0 in the KubeletConfiguration (and no --read-only-port)',
  },
  {
    id: 'KA005',
    name: 'WebhookAuthenticationOff',
    severity: 'low',
    title: 'bearer tokens are not looked at',
    why: 'With webhook authentication off a token, good or bad, is ignored: components must use client certificates, which cannot be taken back.',
    remedy: 'authentication.webhook.enabled: true in the KubeletConfiguration',
  },
  {
    id: 'KA006',
    name: 'ClientAuthorityMissing',
    severity: 'info',
    title: 'no client certificate is accepted',
    why: 'It is so by default. Without a client CA kube-apiserver, which shows kubelets a certificate, is nobody to this one: logs and exec fail, or the kubelet takes requests of anybody.',
    remedy: 'authentication.x509.clientCAFile: FILE in the KubeletConfiguration',
  },
  {
    id: 'KA101',
    name: 'DebuggingHandlersOn',
    severity: 'info',
    title: 'the debugging handlers are on',
    why: 'kubectl logs, exec, attach and port-forward need them, and so they are on by default; they are also what makes nodes/proxy as good as exec.',
    remedy:
      'keep them, and see to it who may reach kubelets; on nodes that need none of it: enableDebuggingHandlers: false in the KubeletConfiguration',
  },
  {
    id: 'KA102',
    name: 'ProfilingHandlerOn',
    severity: 'info',
    title: 'the profiling handler is on',
    why: 'It is on by default. Whoever has nodes/proxy can read the memory profile of the kubelet and make it work for minutes.',
    remedy: 'enableProfilingHandler: false in the KubeletConfiguration',
  },
  {
    id: 'KA103',
    name: 'DebugFlagsHandlerOn',
    severity: 'info',
    title: 'the debug flags handler is on',
    why: 'It is on by default. Whoever may update nodes/proxy can change the log level of the kubelet, and with it what its log holds.',
    remedy: 'enableDebugFlagsHandler: false in the KubeletConfiguration',
  },
  {
    id: 'KA104',
    name: 'SystemLogHandlerOn',
    severity: 'info',
    title: 'files under /var/log are served',
    why: 'It is on by default. Whoever has nodes/log reads all of /var/log, and with it the logs of all pods of the node.',
    remedy: 'enableSystemLogHandler: false in the KubeletConfiguration',
  },
  {
    id: 'KA105',
    name: 'SystemLogQueryOn',
    severity: 'low',
    title: 'logs of system services can be queried',
    why: 'Whoever has nodes/log has the kubelet read the journal of any service of the node.',
    remedy: 'enableSystemLogQuery: false in the KubeletConfiguration',
  },
  {
    id: 'KA201',
    name: 'OldTlsVersion',
    severity: 'medium',
    title: 'TLS before 1.2 is accepted',
    why: 'TLS 1.0 and 1.1 are no longer safe, and no client of a cluster needs them (RFC 8996).',
    remedy: 'tlsMinVersion: VersionTLS12 in the KubeletConfiguration, or leave it out',
  },
  {
    id: 'KA202',
    name: 'ServingCertificateEnds',
    severity: 'medium',
    title: 'the serving certificate ends soon',
    why: 'Who verifies kubelets cannot reach one whose certificate has expired.',
    remedy:
      'serverTLSBootstrap: true in the KubeletConfiguration, and an approver of its requests (kubectl get csr); or issue a new file for tlsCertFile',
  },
  {
    id: 'KA203',
    name: 'ServingCertificateNotTrusted',
    severity: 'medium',
    title: 'the serving certificate cannot be trusted',
    why: 'Who verifies kubelets cannot reach it; who does not cannot tell it from somebody in between, and must not send it a token.',
    remedy:
      'serverTLSBootstrap: true in the KubeletConfiguration, then kubectl get csr and kubectl certificate approve NAME; or name its authority with --kubelet-certificate-authority FILE',
  },
  {
    id: 'KA204',
    name: 'ServingCertificateForAnotherName',
    severity: 'medium',
    title: 'the serving certificate does not hold for the address of the node',
    why: 'Who verifies kubelets cannot reach it at the address that its Node object reports.',
    remedy:
      'issue it with the addresses of the node among its names (serverTLSBootstrap: true does), or choose another kind: --kubelet-preferred-address-types',
  },
  {
    id: 'KA205',
    name: 'ClientCertificateNotRotated',
    severity: 'info',
    title: 'the kubelet does not renew its client certificate',
    why: 'It is so by default. When the certificate ends the kubelet is nobody to the API server, and the node is lost.',
    remedy: 'rotateCertificates: true in the KubeletConfiguration',
  },
  {
    id: 'KA206',
    name: 'ServingCertificateNotBootstrapped',
    severity: 'info',
    title: 'the kubelet does not ask the cluster for its serving certificate',
    why: 'It is so by default: the kubelet serves a file that somebody must renew, or one that it signed itself and nobody can verify.',
    remedy:
      'serverTLSBootstrap: true in the KubeletConfiguration, and an approver of its requests (kubectl get csr)',
  },
  {
    id: 'KA301',
    name: 'SecuritySettingsDiffer',
    severity: 'medium',
    title: 'settings that concern security are not the same on all nodes',
    why: 'What differs was seldom meant to: a pod runs where the weakest settings are.',
    remedy: 'make the KubeletConfiguration of these nodes like that of the others',
  },
  {
    id: 'KA302',
    name: 'SettingsDiffer',
    severity: 'low',
    title: 'settings are not the same on all nodes of a version',
    why: 'Pods behave differently from node to node; often a node was forgotten in a change.',
    remedy:
      'make the KubeletConfiguration of these nodes like that of the others, unless it is meant',
  },
  {
    id: 'KA303',
    name: 'VersionsDiffer',
    severity: 'low',
    title: 'kubelets are of several versions',
    why: 'The older ones miss what newer ones mend, and before 1.33 everything but metrics, stats and logs needs nodes/proxy.',
    remedy: 'upgrade the kubelets of these nodes (kubectl get nodes)',
  },
  {
    id: 'KA401',
    name: 'EverybodyReachesKubelets',
    severity: 'high',
    title: 'a group that is nearly everybody can reach kubelets',
    why: 'Nobody decides who belongs to such a group: every user, every pod or every caller does.',
    remedy: 'take the subject out of the binding: kubectl edit clusterrolebinding NAME',
  },
  {
    id: 'KA402',
    name: 'WorkloadCanExec',
    severity: 'medium',
    title: 'pods outside kube-system can run commands in every container',
    why: 'nodes/proxy is as good as exec, with verb get, too: whoever gets into such a pod, or may start one in its namespace, has the node. What agents want is most often nodes/metrics or nodes/stats.',
    remedy:
      'give less, such as: kubectl kubeletaccess grant --profile readonly --subject serviceaccount:NAMESPACE:NAME; and take nodes/proxy out of the role',
  },
  {
    id: 'KA403',
    name: 'ReadingThatIsExec',
    severity: 'low',
    title: 'what looks like reading runs commands in every container',
    why: 'exec and attach accept GET, and a kubelet goes by the method: verb get on nodes/proxy is enough. It shows in no audit log.',
    remedy:
      'give less, such as: kubectl kubeletaccess grant --profile readonly --subject KIND:NAME; and take nodes/proxy out of the role',
  },
] as const satisfies readonly AuditRule[];

export type RuleId = (typeof rules)[number]['id'];

/** In the order of their ids. */
export const auditRules: readonly AuditRule[] = rules;

export function auditRule(id: RuleId): AuditRule {
  const rule = auditRules.find((each) => each.id === id);
  if (!rule) throw new Error(`no such rule: ${id}`);
  return rule;
}

export function isAtLeast(severity: Severity, least: Severity): boolean {
  return severities.indexOf(severity) <= severities.indexOf(least);
}
