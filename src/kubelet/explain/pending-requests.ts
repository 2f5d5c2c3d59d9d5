import { command as line } from '../../text/command.ts';
import { describedError, type FoundError } from './explanation.ts';

const cause = 'no-serving-certificate-yet';
const hop = 'caller-or-apiserver-to-kubelet';
const mostNames = 5;
const list = 'kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving';
// The command that approves is printed only by `certificates`, which has read and compared the request.
const compare = {
  remedy:
    'compare the request with its node before you approve it, or run an approver for kubelet serving certificates',
  command: 'kubectl kubeletaccess certificates',
};

// A row of `kubectl get csr`. `Approved` without `Issued` means that the request was approved but not signed.
const row =
  /^[ \t]*([a-z0-9][a-z0-9.-]{0,252})[ \t]+\S{1,20}[ \t]+kubernetes\.io\/kubelet-serving[ \t]+system:node:([\w.-]{1,253})(?:[ \t]+\S{1,40})?[ \t]+(Pending|Approved|Denied|Failed|Approved,Failed)[ \t]*$/gm;
const described =
  /^Name:[ \t]+([a-z0-9][a-z0-9.-]{0,252})[ \t]*$[\s\S]{0,600}?^Requesting User:[ \t]+system:node:([\w.-]{1,253})[ \t]*$[\s\S]{0,200}?^Signer:[ \t]+kubernetes\.io\/kubelet-serving[ \t]*$[\s\S]{0,200}?^Status:[ \t]+(Pending|Approved|Denied|Failed)[ \t]*$/gm;

// `old`: a row of kubectl before 1.19, which shows no signer. `foreign`: a row whose requestor is not a node.
const old =
  /^[ \t]*(csr-[a-z0-9]{1,60})[ \t]+\S{1,20}[ \t]+system:node:([\w.-]{1,253})[ \t]+(Pending|Denied)[ \t]*$/gm;
const foreign =
  /^[ \t]*([a-z0-9][a-z0-9.-]{0,252})[ \t]+\S{1,20}[ \t]+kubernetes\.io\/kubelet-serving[ \t]+(?!system:node:)([\w:@.-]{1,253})(?:[ \t]+\S{1,40})?[ \t]+(Pending|Approved|Denied|Failed|Approved,Failed)[ \t]*$/gm;
// The patterns of `outcomes` match log lines of the waiting kubelet, log lines of approvers (kubelet-csr-approver, OpenShift's
// machine-approver), and sentences of people.
const readReason = {
  remedy:
    'read the reason and the message of the approver, and correct what it names, often an address or a name that the Node object or DNS lacks: the kubelet then creates another',
  command: 'kubectl describe csr NAME',
};
/** Patterns of texts about the outcome of a certificate signing request. The first matching pattern decides. */
const outcomes = [
  {
    fate: 'denied',
    text: /^(?![^\n]{0,1000}kube-apiserver-client)[^\n]{0,500}?(?:(?:kubelet-serving|certificate_manager\.go)[^\n]{0,300}?certificate signing request is denied, reason: [^\n]{1,300}|certificate signing request is denied, reason: [^\n]{0,200}kubelet-serving[^\n]{0,200}|Denying kubelet-serving CSR\.(?! ?Reason: ?CSR Spec\.Username is not )[^\n]{1,300}|CSR not complying with kubelet-csr-approver[^\n]{0,300}|The (?:SAN DNS name (?:in the x509 CS?R|could not be resolved)|x509 Cert Request (?:SAN )?contains) [^\n]{1,200}|One of the SAN IP addresses, \S{1,60}, is not [^\n]{1,200}|"?reason"?: "?kubelet-serving cert denied)/im,
    ...readReason,
  },
  {
    fate: 'not approved',
    text: /^[^\n]{0,500}?(?:Could not use (?:current serving cert (?:and egress IPs )?for renewal|Machine for serving cert authorization): [^\n]{1,300}|Unrecoverable serving cert error, cannot approve: [^\n]{1,300}|could not authorize CSR: exhausted all authorization methods[^\n]{0,300}|csr \S{1,253} not recognized as kubelet serving csr[^\n]{0,300}|\bCSR csr-\S{1,60} not authorized: [^\n]{1,300})/im,
    ...readReason,
  },
  {
    fate: 'not approved',
    text: /^[^\n]{0,300}?\bkubelet[- ]serving (?:CSRs?|certificate (?:signing )?requests?)[^\n.]{0,60}? (?:(?:not|never|n't) (?:be(?:ing)? )?(?:auto(?:matically)?[- ]?)?approved|pending)\b|^[^\n]{0,500}?kubelet server certificate rotation is enabled, but CSR is not approved/im,
    ...compare,
  },
  {
    fate: 'left by an approver without permission',
    text: /^[^\n]{0,600}?user not permitted to approve requests with signerName "kubernetes\.io\/kubelet-serving"/im,
    ...readReason,
    remedy:
      'let the approver approve for that signer: verb approve on resource signers of certificates.k8s.io, resourceNames kubernetes.io/kubelet-serving',
  },
  {
    fate: 'not signed in time',
    text: /^(?![^\n]{0,1000}kube-apiserver-client)[^\n]{0,500}?(?:kubelet-serving|certificate_manager\.go)[^\n]{0,300}?certificate (?:signing )?request was not signed: timed out waiting for the condition/im,
    ...compare,
  },
];

/** Finds kubelets that cannot serve TLS because their certificate signing requests are not approved or signed. */
export function pendingRequests(text: string): readonly FoundError[] {
  const found = [row, described, old, foreign].flatMap((pattern) => [...text.matchAll(pattern)]);
  const [first] = found;
  if (first === undefined) return toldRequests(text);
  const [evidence, own = '', node = '', condition = ''] = first;
  const names = found.flatMap(([, name = '', , state]) => (state === condition ? [name] : []));
  const isOfKubelet = evidence.includes('system:node:');
  const { remedy, command } = isOfKubelet
    ? next(condition, names.slice(0, mostNames))
    : {
        remedy:
          'the signer signs requests of kubelets alone (user system:node:NAME of group system:nodes): let the kubelet ask by itself (serverTLSBootstrap: true)',
        command: line`kubectl describe csr ${own}`,
      };
  // If the row shows no signer, the request may be for a client certificate.
  const isEither = isOfKubelet && !evidence.includes('kubernetes.io/kubelet-serving');
  const then = isEither
    ? 'if it is for a serving certificate, and not for a client certificate (kubectl describe csr tells), the kubelet has none until then'
    : 'until then the kubelet has no serving certificate';
  const where = { hop: isOfKubelet ? hop : 'unknown', ...(isOfKubelet && { node }) } as const;
  const error = {
    ...describedError({ cause }, where, evidence.trim()),
    message: `the certificate signing request ${own} of ${isOfKubelet ? `the kubelet of ${node}` : node} is ${condition}, and not issued: ${then}, and aborts every TLS handshake (alert 80); permissions are not involved`,
    remedy,
    commands: [list, command],
  };
  return isOfKubelet ? [error] : [error, ...toldRequests(text)];
}

function toldRequests(text: string): readonly FoundError[] {
  for (const { fate, text: pattern, remedy, command } of outcomes) {
    const [evidence] = pattern.exec(text) ?? [];
    if (evidence === undefined) continue;
    return [
      {
        ...describedError({ cause }, { hop }, evidence.trim()),
        message: `the certificate signing request of a kubelet was ${fate}: until one is issued the kubelet has no serving certificate, and aborts every TLS handshake (alert 80); permissions on kubelets are not involved`,
        remedy,
        commands: [list, command],
      },
    ];
  }
  return [];
}

function next(condition: string, names: readonly string[]) {
  if (condition === 'Pending') return compare;
  if (condition === 'Approved')
    return {
      remedy:
        'check that kube-controller-manager signs it (--cluster-signing-cert-file, --cluster-signing-key-file)',
      command: 'kubectl -n kube-system logs -l component=kube-controller-manager',
    };
  return {
    remedy: 'check why it was denied or has failed: the kubelet then creates another',
    command: line`kubectl describe csr ${names}`,
  };
}
