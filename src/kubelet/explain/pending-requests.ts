import { describeCause } from '../causes/causes.ts';
import { type FoundError, foundError } from './explanation.ts';

const cause = 'no serving certificate yet';
const hop = 'caller or API server -> kubelet';
const mostNames = 5;

// A row of `kubectl get csr`. Approved without Issued: no signer has signed it.
const row =
  /^[ \t]*([a-z0-9][a-z0-9.-]{0,252})[ \t]+\S{1,20}[ \t]+kubernetes\.io\/kubelet-serving[ \t]+system:node:([\w.-]{1,253})(?:[ \t]+\S{1,40})?[ \t]+(Pending|Approved|Denied|Failed|Approved,Failed)[ \t]*$/gm;
// `kubectl describe csr`.
const described =
  /^Name:[ \t]+([a-z0-9][a-z0-9.-]{0,252})[ \t]*$[\s\S]{0,600}?^Requesting User:[ \t]+system:node:([\w.-]{1,253})[ \t]*$[\s\S]{0,200}?^Signer:[ \t]+kubernetes\.io\/kubelet-serving[ \t]*$[\s\S]{0,200}?^Status:[ \t]+(Pending|Approved|Denied|Failed)[ \t]*$/gm;

/** Kubelets whose certificate signing requests wait: they serve nobody until then. */
export function pendingRequests(text: string): readonly FoundError[] {
  const found = [...text.matchAll(row), ...text.matchAll(described)];
  const [first] = found;
  if (first === undefined) return [];
  const [evidence, , node = '', condition = ''] = first;
  const names = found.flatMap(([, name = '', , state]) => (state === condition ? [name] : []));
  const where = { hop, node } as const;
  const description = describeCause({ cause }, where);
  const command =
    condition === 'Pending'
      ? `kubectl certificate approve ${names.slice(0, mostNames).join(' ')}`
      : 'kubectl -n kube-system logs -l component=kube-controller-manager';
  const sentence = `the CSR of the kubelet is ${condition}, and not issued. ${description.sentence}`;
  const get = 'kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving';
  return [
    foundError(cause, where, { ...description, sentence, hints: [get, command] }, evidence.trim()),
  ];
}
