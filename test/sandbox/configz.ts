export type KubeletConfiguration = Readonly<Record<string, unknown>>;

/** Returns the configuration of a kubelet that kubeadm has set up. Fields with zero values are absent, as in a real /configz. */
export function usualConfiguration(minor: number): KubeletConfiguration {
  return {
    ...(minor >= 33
      ? { kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1' }
      : {}),
    enableServer: true,
    address: '0.0.0.0',
    port: 10_250,
    tlsCertFile: '/var/lib/kubelet/pki/kubelet.crt',
    tlsPrivateKeyFile: '/var/lib/kubelet/pki/kubelet.key',
    rotateCertificates: true,
    authentication: {
      x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' },
      webhook: { enabled: true, cacheTTL: '2m0s' },
      anonymous: { enabled: false },
    },
    authorization: {
      mode: 'Webhook',
      webhook: { cacheAuthorizedTTL: '5m0s', cacheUnauthorizedTTL: '30s' },
    },
    enableDebuggingHandlers: true,
    clusterDNS: ['10.96.0.10'],
    maxPods: 110,
    evictionHard: {
      'imagefs.available': '15%',
      'imagefs.inodesFree': '5%',
      'memory.available': '100Mi',
      'nodefs.available': '10%',
      'nodefs.inodesFree': '5%',
    },
    enableSystemLogHandler: true,
    enableSystemLogQuery: false,
    enableProfilingHandler: true,
    enableDebugFlagsHandler: true,
  };
}
