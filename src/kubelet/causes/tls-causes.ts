import { differentCertificate } from '../fingerprint.ts';
import {
  forKubelets,
  isReadOnlyPort,
  readOnlyHints,
  readOnlyRemedy,
  restart,
  seconds,
  unchecked,
  useApiServer,
  type WrittenCause,
  wrongServer,
} from './cause-entry.ts';
import { certificateCommand, isToKubelet, type SentenceContext } from './hop.ts';

const bootstrap =
  'set serverTLSBootstrap: true in the KubeletConfiguration, restart the kubelet, and approve its CSR once it is checked (kubectl kubeletaccess certificates)';

const certificateHint = ({ hop, address, next }: SentenceContext) => {
  const isOurs = isToKubelet(hop) || hop === 'caller-to-apiserver' || hop === 'unknown';
  return [...(isOurs && address?.includes(':') ? [certificateCommand(address)] : []), ...next];
};

const trustHint = (context: SentenceContext) => [
  ...certificateHint(context),
  ...(context.hop === 'caller-to-kubelet' || context.hop === 'unknown'
    ? ['kubectl kubeletaccess help trust']
    : []),
];

function fix(onNode: string, forCaller = ''): (context: SentenceContext) => string {
  return ({ hop, toKubelet }) => {
    if (!toKubelet) return '';
    return hop === 'caller-to-kubelet' && forCaller !== '' ? `${onNode}; or ${forCaller}` : onNode;
  };
}

export const tlsCauses = {
  'not-tls': {
    rank: 80,
    layer: 'tls',
    anchors: /HTTP response|does not look like a TLS|wrong version number/,
    transport: ({ stage, message }) =>
      stage === 'handshake' &&
      /wrong version number|packet length too long|bad record type/i.test(message),
    texts: [
      {
        text: /server gave HTTP response to HTTPS client|first record does not look like a TLS handshake|tls: oversized record received|wrong version number/,
        when: ({ address = '' }) => isReadOnlyPort(address),
        sentence: ({ to, at }) =>
          `the read-only port of ${to}${at} speaks plain HTTP, without authentication, and is off by default`,
        remedy: readOnlyRemedy,
        hints: readOnlyHints,
      },
      {
        text: /first record does not look like a TLS handshake|tls: oversized record received|server gave HTTP response to HTTPS client|wrong version number|does not speak TLS/,
      },
    ],
    examples: ['http: server gave HTTP response to HTTPS client'],
    reason: 'what listens there does not speak TLS',
    sentence: ({ to, at }) =>
      `the server${at || ' at that address'} does not speak TLS: it is not ${to}, or a proxy or load balancer is in front of it`,
    remedy: forKubelets(wrongServer),
  },

  'no-serving-certificate-yet': {
    rank: 100,
    layer: 'tls',
    anchors: /not recognized as kubelet/,
    transport: ({ stage, message }) =>
      stage === 'handshake' && /alert internal error|alert number 80/.test(message),
    texts: [
      {
        // In Go source code, `("` precedes these words.
        text: /(?<!\(")no serving certificate available for(?= the kubelet)/,
        hop: 'caller-or-apiserver-to-kubelet',
        who: 'kubelet',
      },
      {
        text: /no serving certificate av(?:ailable for|[a-z ]{0,20}\.\.\.)|: no certificate available\b/,
        who: 'kubelet',
      },
      {
        text: /tls: internal error|alert:? '?internal[ _]?error|alert number 80|has no serving certificate yet/,
      },
    ],
    examples: ['remote error: tls: internal error'],
    reason: 'it has no serving certificate yet (TLS alert 80)',
    sentence: ({ toKubelet, to, at }) =>
      toKubelet
        ? `the kubelet${at} has no serving certificate yet and aborts every TLS handshake (alert 80): with serverTLSBootstrap it waits for its CSR (signer kubernetes.io/kubelet-serving) to be approved; permissions are not involved`
        : `${to}${at} ended the TLS handshake with alert 80, an internal error; a kubelet does so while it has no serving certificate`,
    remedy: forKubelets(
      'compare the CSR of the kubelet with its node before you approve it, or run an approver for kubelet serving certificates',
    ),
    hints: ({ toKubelet, next }) =>
      toKubelet
        ? [
            'kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
            'kubectl kubeletaccess certificates',
          ]
        : next,
    // If a kubelet sends alert 80, its serving certificate is missing. From other servers, alert 80 has other causes.
    becomes: ({ toKubelet }) => (toKubelet ? undefined : 'handshake-failed'),
  },

  'different-certificate': {
    rank: 104,
    layer: 'tls',
    codes: [differentCertificate],
    texts: [{ priority: 'alone', text: /its certificate is not the expected one/ }],
    reason: ({ message }) => `its certificate is not the expected one${message && `: ${message}`}`,
    sentence: ({ to, at }) =>
      `WARNING: ${to}${at} does not have the certificate that you trust: another server may answer in its place, or its certificate was replaced; no request was sent to it`,
    remedy:
      'compare with the fingerprint on the node (openssl x509 -noout -fingerprint -sha256 -in /var/lib/kubelet/pki/kubelet.crt, or the file of tlsCertFile); only if it is the same, pass it with --kubelet-fingerprint, or write it into the line of this node in the file of fingerprints',
    hints: certificateHint,
  },

  'untrusted-ca': {
    rank: 110,
    layer: 'tls',
    anchors:
      /PartialChain|trust anchor|trust relationship|_CERT|UNABLE_TO_|authority that is not trusted|CERT_|certificate|certification path|issuer|unknown authority|UNTRUSTED_ROOT|UntrustedRoot|x509|curl: \(/,
    codes: [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'CERT_SIGNATURE_FAILURE',
      'CERT_UNTRUSTED',
      'SELF_SIGNED_CERT_IN_CHAIN',
    ],
    texts: [
      {
        // macOS verified the certificate with its own CAs, because the client was given no CA.
        text: /x509: "[^"\n]{1,253}" certificate is not (?:trusted|standards compliant)/,
        sentence: ({ to, at }) =>
          `macOS does not accept the certificate of ${to}${at}: the client has no CA of its own to verify it with, and macOS knows none that signed it, or it breaks a rule of macOS; ${unchecked}`,
      },
      {
        text: /signed by unknown authority|x509\.UnknownAuthorityError\{|CERTIFICATE_VERIFY_FAILED\] certificate verify failed(?!:)|server certificate verification failed\. CAfile|certificate issuer has been marked as not trusted|CERT_TRUST_IS_(?:UNTRUSTED_ROOT|PARTIAL_CHAIN)|SEC_E_UNTRUSTED_ROOT|certificate chain was issued by an authority that is not trusted|Invalid certificate chain|signed by an authority that is not trusted|self[- ]signed certificate in certificate chain|SELF_SIGNED_CERT_IN_CHAIN|unable to get (?:local )?issuer certificate|unable to verify the first certificate|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT|unable to find valid certification path|path to trust anchor|\bUnknownIssuer\b|\b(?:UntrustedRoot|PartialChain)\b|locally verify the issuer's authority|establish trust relationship/,
      },
      {
        text: /(?:failed to verify certificate(?:: x509:?)?|error dialing backend: x509:?)\s{0,9}(?:["']|$)/,
        sentence: ({ from, to, at }) =>
          `${from} could not verify the certificate of ${to}${at}, and the text ends before it says why; ${unchecked}`,
      },
      {
        priority: 'last',
        text: /(?<!from server: )\bx509: (?!certificate is valid for|cannot validate certificate|\w{1,12}(?:\.{3}|\u2026)|c(?:ert\w{0,8}(?: i?s?)?(?: v\w{0,4})?|an\w{0,3}(?: v\w{0,7})?)\s{0,9}$)[a-z][^"\n]{3,160}/,
        sentence: ({ from, to, at, evidence = '' }) =>
          `${from} could not verify the certificate of ${to}${at}, or one above it: ${evidence.replace(/^x509: /, '')}; ${unchecked}`,
      },
    ],
    examples: [
      'x509: certificate signed by unknown authority',
      'curl: (60) SSL certificate problem: unable to get local issuer certificate',
      'curl: (60) server certificate verification failed. CAfile: /etc/ssl/certs/ca-certificates.crt',
    ],
    reason: 'its certificate is signed by an authority that is not trusted',
    sentence: ({ toKubelet, from, to, at }) =>
      `${from} does not trust the CA that signed the certificate of ${to}${at}${toKubelet ? ' (a kubelet without tlsCertFile or serverTLSBootstrap signs its own)' : ''}; ${unchecked}`,
    remedy: fix(
      `${bootstrap}; kube-apiserver verifies kubelets with --kubelet-certificate-authority`,
      `pass the CA with --kubelet-certificate-authority FILE, trust the certificate by its fingerprint (--kubelet-fingerprint), or ${useApiServer}`,
    ),
    hints: trustHint,
  },

  'self-signed-certificate': {
    rank: 120,
    layer: 'tls',
    codes: ['DEPTH_ZERO_SELF_SIGNED_CERT'],
    texts: [
      {
        text: /(?<!\ba )self[- ]signed certificate(?! in certificate chain)|its certificate is self-signed|DEPTH_ZERO_SELF_SIGNED_CERT/,
      },
    ],
    examples: ['curl: (60) SSL certificate problem: self-signed certificate'],
    reason: 'its certificate is self-signed',
    sentence: ({ from, to, at }) =>
      `the certificate of ${to}${at} is self-signed, and ${from} does not trust it; ${unchecked}`,
    remedy: fix(
      bootstrap,
      `trust the certificate by its fingerprint (--kubelet-fingerprint), or ${useApiServer}`,
    ),
    hints: trustHint,
  },

  'name-mismatch': {
    rank: 130,
    layer: 'tls',
    anchors:
      /contain any IP SANs|legacy Common Name|not verified|NotValidForName|target host name|valid for any names|doesn't match|\bnames? (?:matches|matching|present)/,
    codes: ['ERR_TLS_CERT_ALTNAME_INVALID'],
    texts: [
      {
        text: /doesn't contain any IP SANs/,
        sentence: ({ toKubelet, from, to, at }) =>
          `the certificate of ${to}${at} is not valid for the IP address that ${from} used${toKubelet ? ': self-signed kubelet certificates name only the host' : ''}; ${unchecked}`,
      },
      {
        text: /x509\.HostnameError\{|certificate is valid for (?:[^,"\n]{1,260}, ){1,200}not (?:for )?\S+|certificate is valid for [^,"\s]{1,260} not (?:for )?\S+|is not valid for any names|relies on legacy Common Name|does not match target host name|no (?:(?:alternative|certificate|subject|DNS) ){2,4}names? (?:matches|matching|present)|(?:IP address|Hostname) mismatch, certificate|hostname '[^'\n]{1,253}' doesn't match|Hostname \S{1,253} not verified|certificate's altnames|\b(?:Cert)?NotValidForName\b|certificate not valid for name|RemoteCertificateNameMismatch|does not match the server certificate|ERR_TLS_CERT_ALTNAME_INVALID|its certificate is for another name/,
      },
      {
        // The message was cut off before its reason.
        text: /\bx509: (?:certificate is valid for|cannot validate certificate for)\b/,
      },
    ],
    examples: ['x509: certificate is valid for 10.0.0.200, not 10.0.0.1'],
    reason: ({ message }) => `its certificate is for another name (${message})`,
    sentence: ({ from, to, at, hop, evidence = '' }) => {
      const isFargate =
        hop === 'apiserver-to-webhook' && /valid for [^,]{0,40}\bip-[\d-]{7,15}\./.test(evidence);
      const [, valid, wanted] =
        /valid for (.{1,400}?),? not (?:for )?([^\s"',;)]+)/i.exec(evidence) ?? [];
      return valid === undefined
        ? `the certificate of ${to}${at} is not valid for the name or address that ${from} used; ${unchecked}`
        : `the certificate of ${to}${at} is valid for ${valid}, and not for ${wanted}, which ${from} used${isFargate ? ". That name is a node's: on Fargate, port 10250 of a pod is its kubelet, and the webhook needs another port" : ''}; ${unchecked}`;
    },
    remedy: fix(
      `${bootstrap}; the certificate names the addresses that the kubelet reports (--node-ip)`,
      'use another address (--kubelet-preferred-address-types), or the name in the certificate (--kubelet-tls-server-name NAME)',
    ),
    hints: certificateHint,
  },

  'certificate-expired': {
    rank: 140,
    layer: 'tls',
    codes: ['CERT_HAS_EXPIRED'],
    texts: [
      {
        text: /certificate has expired(?! or is not yet valid: current time \S{1,40} is before)|CERT_HAS_EXPIRED|x509: "[^"\n]{1,253}" certificate is expired|CertificateExpiredException|peer certificate: (?:Cert|certificate )?Expired\b/,
      },
    ],
    examples: ['curl: (60) SSL certificate problem: certificate has expired'],
    reason: 'its certificate has expired',
    sentence: ({ to, at }) =>
      `the certificate of ${to}${at} has expired, or the clock of the node or of the client is wrong; ${unchecked}`,
    remedy: fix(`${bootstrap}; or replace its tlsCertFile and restart the kubelet`),
    hints: certificateHint,
  },

  'certificate-not-yet-valid': {
    rank: 150,
    layer: 'tls',
    anchors: /not yet valid/,
    codes: ['CERT_NOT_YET_VALID'],
    texts: [
      {
        text: /is not yet valid: current time \S{1,40} is before|certificate is not yet valid|CertificateNotYetValidException|peer certificate: (?:Cert)?NotValidYet|certificate not valid yet/,
      },
    ],
    examples: ['curl: (60) SSL certificate problem: certificate is not yet valid'],
    reason: 'its certificate is not yet valid',
    sentence: ({ to, at }) =>
      `the certificate of ${to}${at} is not yet valid: the clock of the node or of the client is wrong; ${unchecked}`,
    remedy: 'set the clock of the node, or of this machine',
    hints: certificateHint,
  },

  'certificate-not-for-servers': {
    rank: 160,
    layer: 'tls',
    anchors: /INVALID_PURPOSE|key usage|not meant for/,
    codes: ['INVALID_PURPOSE'],
    texts: [
      {
        text: /incompatible key usage|INVALID_PURPOSE|unsuitable certificate purpose|not meant for servers/,
      },
    ],
    examples: ['x509: certificate specifies an incompatible key usage'],
    reason: 'its certificate is not meant for servers',
    sentence: ({ to, at }) =>
      `the certificate of ${to}${at} cannot be used by a server (extended key usage serverAuth is missing); ${unchecked}`,
    remedy: 'reissue the certificate with the extended key usage serverAuth',
    hints: certificateHint,
  },

  'handshake-failed': {
    rank: 170,
    layer: 'tls',
    anchors:
      /remote host |the TLS handshake|tls:|alert:? '?(?:internal|handshake|bad|certificate|unknown|protocol|number)/,
    transport: ({ stage }) => stage === 'handshake',
    texts: [
      {
        // A line in a server's log about a TLS handshake that the client ended.
        text: /TLS handshake error from \S{1,100}: remote error: tls: (?:bad certificate|unknown certificate(?: authority)?|handshake failure|certificate required|protocol version not supported|expired certificate|access denied|unrecognized name)/,
        sentence: ({ speaker }) =>
          `a client of the ${speaker === 'kubelet' ? 'kubelet' : 'API server'} ended the TLS handshake, most likely because it does not trust the certificate: check the log of that client`,
        remedy: '',
      },
      {
        text: /TLS handshake timeout|SSL connection timeout|did not complete the TLS handshake/,
        transport: ({ code }) => code === 'timeout',
        sentence: ({ to, at }) =>
          `${to}${at} accepts connections but does not complete the TLS handshake: it hangs, or something in between drops the traffic`,
      },
      {
        text: /(?:local|remote) error: tls: (?:bad certificate|unknown certificate(?: authority)?|handshake failure|certificate required|protocol version not supported|expired certificate|access denied|unrecognized name|bad record MAC|unexpected message|illegal parameter|error decod(?:ing|ypting) message|no application protocol)|alert:? '?(?:handshake[ _]?failure|bad[ _]?certificate|certificate[ _]?required|unknown[ _]?ca|protocol[ _]version)|Remote host (?:closed connection during|terminated the) handshake|the TLS handshake failed/,
      },
      {
        // The message was cut off before its reason.
        priority: 'last',
        text: /error dialing backend: remote error(?:: tls)?:?\s{0,9}$/,
        sentence: ({ from, to, at }) =>
          `${to}${at} ended the TLS handshake of ${from}, and the text ends before it says why: often it has no serving certificate yet; ${unchecked}`,
      },
      {
        priority: 'last',
        text: /\b(?:remote error: |local error: )?tls: (?!failed to (?:verify|find) |fa?i?l?e?d?(?: t?o?)?(?: (?:verify|find)[a-z ]{0,15})?\s{0,9}$|\w{1,12}(?:\.{3}|\u2026)|private key|use of closed|[\w-]{1,40}:)[a-z][^"\n]{3,160}/,
      },
    ],
    examples: [
      'net/http: TLS handshake timeout',
      'curl: (35) error:0A000410:SSL routines::ssl/tls alert handshake failure',
    ],
    reason: ({ code }, { connectMs }) =>
      code === 'timeout'
        ? `it accepts connections but did not complete the TLS handshake within ${seconds(connectMs)}`
        : `the TLS handshake failed (${code})`,
    sentence: ({ from, to, at }) =>
      `${to}${at} did not complete the TLS handshake with ${from}: the server there is no kubelet, a proxy or firewall closes connections, or the two share no TLS version or cipher`,
    remedy: forKubelets(restart),
  },
} as const satisfies Record<string, WrittenCause>;
