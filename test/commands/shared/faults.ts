import type { Cause } from '../../../src/kubelet/causes/causes.ts';
import type { Fault } from '../../sandbox/faults.ts';

/**
 * A fault of all requests to a kubelet: its cause, and the start of its sentence after the address; then, from the finding of status,
 * parts of the message, parts of the evidence through the API server, and commands.
 */
export type NodeFault = readonly [
  fault: Fault,
  cause: Cause,
  words: string,
  message: string,
  evidence: string,
  ...commands: (string | RegExp)[],
];

export const faults: readonly NodeFault[] = [
  // Connections that end before the certificate arrives
  [
    'stopped',
    'connection-refused',
    'connection refused',
    'but the connection was refused: the kubelet is stopped or listens on another port, or a firewall rejects the connection; permissions were not checked',
    'dial tcp 127.0.0.1:1: connect: connection refused',
    /^ssh \S+ journalctl -u kubelet -n 100 --no-pager \| kubectl kubeletaccess explain -$/,
  ],
  [
    'black-hole',
    'connection-timed-out',
    'no connection within ',
    'a firewall or security group drops the packets, or the host is down',
    'i/o timeout',
    'kubectl get nodes -o wide',
  ],
  [
    'no-route',
    'no-route',
    'no route',
    'has no route to the kubelet at 224.0.0.1:',
    'network is unreachable',
    'kubectl get nodes -o wide',
  ],
  [
    'unresolvable',
    'name-does-not-resolve',
    'name does not resolve',
    'cannot resolve the name of the kubelet at node-5.invalid:',
    'lookup node-5.invalid on 10.96.0.10:53: no such host',
    'kubectl get nodes -o wide',
  ],
  [
    'no-addresses',
    'no-address',
    'no address of type InternalIP, ExternalIP, Hostname, InternalDNS, ExternalDNS',
    'the Node object has no address of a type that the client (your machine or kube-apiserver) accepts',
    'no preferred addresses found; known addresses: []',
    /^kubectl get nodes -o custom-columns=/,
  ],
  [
    'not-tls',
    'not-tls',
    'what listens there does not speak TLS',
    'does not speak TLS: it is not the kubelet, or a proxy or load balancer is in front of it',
    'first record does not look like a TLS handshake',
  ],
  [
    'silent',
    'handshake-failed',
    'it accepts connections but did not complete the TLS handshake within ',
    'accepts connections but does not complete the TLS handshake',
    'net/http: TLS handshake timeout',
  ],
  [
    'no-certificate',
    'no-serving-certificate-yet',
    'it has no serving certificate yet (TLS alert 80)',
    'it waits for its CSR (signer kubernetes.io/kubelet-serving) to be approved',
    'remote error: tls: internal error',
    /^kubectl kubeletaccess certificates node-[0-9]+$/,
  ],

  // Certificates
  [
    'wrong-name',
    'name-mismatch',
    'its certificate is for another name (valid for DNS:elsewhere, IP Address:10.0.0.1, not 127.0.0.1)',
    'is not valid for the name or address that the client (your machine or kube-apiserver) used',
    'x509: certificate is valid for 10.0.0.1, not 127.0.0.1',
  ],
  [
    'other-authority',
    'untrusted-ca',
    'its certificate is signed by an authority that is not trusted',
    'does not trust the CA that signed the certificate',
    'x509: certificate signed by unknown authority',
  ],
  [
    'self-signed',
    'self-signed-certificate',
    'its certificate is self-signed',
    'is not valid for the IP address that kube-apiserver used: self-signed kubelet certificates name only the host',
    "doesn't contain any IP SANs",
    'kubectl kubeletaccess explain self-signed-certificate',
  ],
  [
    'expired',
    'certificate-expired',
    'its certificate has expired',
    'has expired, or the clock of the node or of the client is wrong',
    'x509: certificate has expired or is not yet valid: current time ',
  ],
  [
    'not-yet-valid',
    'certificate-not-yet-valid',
    'its certificate is not yet valid',
    'is not yet valid: the clock of the node or of the client is wrong',
    ' is before ',
  ],
  [
    'not-for-servers',
    'certificate-not-for-servers',
    'its certificate is not meant for servers',
    'cannot be used by a server',
    'incompatible key usage',
  ],

  // Responses
  [
    'not-http',
    'not-http',
    'what listens there does not speak HTTP',
    'does not speak HTTP: it is not the kubelet, or a proxy or load balancer is in front of it',
    'malformed HTTP response "SSH-2.0-OpenSSH_9.9"',
  ],
  [
    'no-answer',
    'no-answer',
    'no answer within ',
    'but got no response in time: it hangs or is overloaded',
    'through the API server: no answer within ',
  ],
  [
    'stall',
    'no-answer',
    'its answer did not end within ',
    'but got no response in time',
    'through the API server: its answer did not end within ',
  ],
  [
    'cut',
    'connection-cut',
    'the connection was cut in the middle of the answer, after 19 of 1000000 bytes',
    'was cut before the whole answer arrived',
    'through the API server: the connection was cut in the middle of the answer',
  ],
  [
    'unauthorized',
    'no-credential-accepted',
    '401: Unauthorized',
    'the kubelet rejected the credentials of the request (401), yours or,',
    'through the API server answered 401: Unauthorized',
  ],
  [
    'cut-off',
    'kubelet-cannot-reach-apiserver',
    '500: Authorization error (user=admin, verb=',
    'could not ask the API server whether the user is allowed',
    '500: Authorization error (user=Kubernetes,',
    'journalctl -u kubelet --since -10min',
  ],
];
