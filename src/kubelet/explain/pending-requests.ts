import { describeCause } from '../causes/causes.ts';
import { type FoundError, foundError } from './explanation.ts';

const cause = 'no serving certificate yet';
const hop = 'caller or API server -> kubelet';
const mostNames = 5;
const list = 'kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving';

// A row of `kubectl get csr`. Approved without Issued: no signer has signed it.
const row =
  /^[ \t]*([a-z0-9][a-z0-9.-]{0,252})[ \t]+\S{1,20}[ \t]+kubernetes\.io\/kubelet-serving[ \t]+system:node:([\w.-]{1,253})(?:[ \t]+\S{1,40})?[ \t]+(Pending|Approved|Denied|Failed|Approved,Failed)[ \t]*$/gm;
// `kubectl describe csr`.
const described =
  /^Name:[ \t]+([a-z0-9][a-z0-9.-]{0,252})[ \t]*$[\s\S]{0,600}?^Requesting User:[ \t]+system:node:([\w.-]{1,253})[ \t]*$[\s\S]{0,200}?^Signer:[ \t]+kubernetes\.io\/kubelet-serving[ \t]*$[\s\S]{0,200}?^Status:[ \t]+(Pending|Approved|Denied|Failed)[ \t]*$/gm;

/** Kubelets whose certificate signing requests are not issued: they serve nobody until then. */
export function pendingRequests(text: string): readonly FoundError[] {
  const found = [...text.matchAll(row), ...text.matchAll(described)];
  const [first] = found;
  if (first === undefined) return [];
  const [evidence, own = '', node = '', condition = ''] = first;
  const names = found.flatMap(([, name = '', , state]) => (state === condition ? [name] : []));
  const { remedy, command } = next(condition, names.slice(0, mostNames));
  const where = { hop, node } as const;
  const description = {
    ...describeCause({ cause }, where),
    sentence: `the certificate signing request ${own} of the kubelet of ${node} is ${condition}, and not issued: until then the kubelet has no serving certificate, and ends every handshake (TLS alert 80); permissions are not involved`,
    remedy,
    hints: [list, command],
  };
  return [foundError(cause, where, description, evidence.trim())];
}

function next(condition: string, names: readonly string[]) {
  if (condition === 'Pending')
    return {
      remedy: 'approve it, and run an approver for kubelet serving certificates',
      command: `kubectl certificate approve ${names.join(' ')}`,
    };
  if (condition === 'Approved')
    return {
      remedy:
        'check that kube-controller-manager signs it (--cluster-signing-cert-file, --cluster-signing-key-file)',
      command: 'kubectl -n kube-system logs -l component=kube-controller-manager',
    };
  return {
    remedy: 'check why it was denied or has failed: the kubelet then creates another',
    command: `kubectl describe csr ${names.join(' ')}`,
  };
}
