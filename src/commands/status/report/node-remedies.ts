import type { Cause } from '../../../kubelet/cause.ts';

const look = 'on the node: journalctl -u kubelet, and systemctl restart kubelet if it hangs';
const reach =
  'see to it that kube-apiserver reaches that port of the node: is the machine up, what do its firewall, security groups and routes say';
const bootstrap =
  'with serverTLSBootstrap: true in its KubeletConfiguration, and an approver of its requests, the kubelet gets a certificate of the cluster (kubectl get csr)';
const other = 'see what has that address: kubectl get nodes -o wide';

/** What mends a cause, on the node or around it, as one sentence; none where a command says it all, or nobody knows. */
export const remedies: Partial<Record<Cause, string>> = {
  'connection refused':
    'on the node: systemctl status kubelet, and journalctl -u kubelet for why it ended',
  'connection timed out': reach,
  'no route': reach,
  'name does not resolve':
    'let kube-apiserver use addresses first (--kubelet-preferred-address-types=InternalIP,…), or put the name into its DNS',
  'not TLS': other,
  'not HTTP': other,
  'not a kubelet': other,
  'handshake failed': look,
  'no answer': look,
  'connection cut': look,
  'server error': look,
  'unknown issuer': `${bootstrap}; kube-apiserver verifies by its --kubelet-certificate-authority`,
  'self-signed certificate': bootstrap,
  'certificate for another name': `${bootstrap}, for the addresses that it reports (--node-ip)`,
  'certificate expired': `${bootstrap}; else replace its tlsCertFile and restart it`,
  'certificate not yet valid': 'set the clock of the node, or of this machine',
  'certificate not for servers': 'issue it with the extended key usage serverAuth',
  'no credential accepted':
    'authentication.x509.clientCAFile in its KubeletConfiguration has to hold the authority of the certificate that is shown to it; restart the kubelet then',
  'no address':
    'its kubelet (--node-ip, --hostname-override) or the cloud controller manager has to report one',
  'node gone': 'restart its kubelet to have it register again, or shut the machine down',
  'switched off': 'enableDebuggingHandlers: true in its KubeletConfiguration, and restart it',
  'kubelet cannot reach API server':
    'on the node: journalctl -u kubelet tells whether it does not reach the API server or may not create subjectaccessreviews',
};
