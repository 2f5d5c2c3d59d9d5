import type { Remedy } from '../rbac/write-remedy.ts';
import { formatSubresources } from './authorization.ts';
import type { KubeletDenial } from './denial.ts';
import { hintsForNodeLookup } from './missing-permission.ts';

/** The permission that a kubelet denied to a user who called it directly. */
export function missingForCaller({ user, verb, subresources }: KubeletDenial): string {
  return `${formatVerb(verb)} on ${formatSubresources(subresources)} for user "${user}"`;
}

/** The permission that a kubelet denied to kube-apiserver, which called it for the caller. */
export function missingForKubeletClient(denial: KubeletDenial): string {
  return `${missingForCaller(denial)}, which is kube-apiserver to this kubelet, not you`;
}

/** For a caller whom the API server denies Node objects; the kubelet would ask for `subresources` next. */
export function remedyForNodeLookup(
  user: string,
  read: string,
  verb: string,
  subresources: readonly string[],
): Remedy {
  return {
    details: [
      `missing: user "${user}" needs ${read} on nodes (to find the address) and ${formatVerb(verb)} on ${formatSubresources(subresources)} (at the kubelet)`,
    ],
    hints: [
      ...hintsForNodeLookup(user, read, verb, subresources),
      `without permission to ${read} nodes, pass the address of the kubelet: --address HOST`,
    ],
  };
}

/** The same for a request through the API server, which asks for its node proxy next, whatever the path. */
export function remedyForNodeListing(user: string, read: string, verb: string): Remedy {
  return {
    details: [
      `missing: user "${user}" needs ${read} on nodes and ${verb} on nodes/proxy, for every path: the API server checks both`,
    ],
    hints: [...hintsForNodeLookup(user, read, verb, ['proxy']), lessDirectly],
  };
}

/** Kubelets know no impersonation. */
const lessDirectly =
  'a direct request needs less: omit --via apiserver, and --as where it is given, which kubelets ignore';

/** For a caller whom the API server denies its node proxy. */
export function remedyForNodeProxy(user: string, verb: string): Remedy {
  return {
    details: [
      `missing: ${verb} on nodes/proxy for user "${user}" for every path: the API server denied you, not a kubelet`,
    ],
    hints: ['nodes/proxy allows running commands in every container', lessDirectly],
  };
}

function formatVerb(verb: string): string {
  return verb === '' ? 'every verb (*; the kubelet has none for this method)' : verb;
}
