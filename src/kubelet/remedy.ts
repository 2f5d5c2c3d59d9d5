import { formatSubresources } from './authorization.ts';
import { denialTtl } from './authorization-cache.ts';
import {
  type Right,
  rightForCaller,
  rightForKubeletClient,
  rightForNodeLookup,
} from './missing-right.ts';
import type { KubeletRefusal } from './refusal.ts';

/** What is missing, in words, and commands that give it. */
export interface Remedy {
  readonly missing: string;
  readonly hints: readonly string[];
}

const cacheNote = `kubelets cache denials for up to ${denialTtl}`;

/** For a kubelet's refusal of a caller who came to it directly. */
export function remedyForCaller(refusal: KubeletRefusal): Remedy {
  const { user, verb, subresources } = refusal;
  return {
    missing: `${verbPhrase(verb)} on ${formatSubresources(subresources)} for user "${user}"`,
    hints: withDelay(rightForCaller(refusal)),
  };
}

/** For a kubelet's refusal of kube-apiserver, which asked on the caller's behalf. */
export function remedyForKubeletClient(refusal: KubeletRefusal): Remedy {
  const { user, verb, subresources } = refusal;
  return {
    missing: `${verbPhrase(verb)} on ${formatSubresources(subresources)} for user "${user}", who is kube-apiserver to this kubelet, not you`,
    hints: withDelay(rightForKubeletClient(refusal)),
  };
}

function hintsOf({ commands, warning, never }: Right): readonly string[] {
  if (never !== undefined) return [`that user is granted nothing: ${never}`];
  return [...commands, ...(warning === '' ? [] : [`beware: ${warning}`])];
}

function withDelay(right: Right): readonly string[] {
  return right.missingRule ? [...hintsOf(right), cacheNote] : hintsOf(right);
}

/** For the API server's refusal to tell a caller where a node is; the kubelet would ask for `subresources` next. */
export function remedyForNodeLookup(
  user: string,
  verb: string,
  subresources: readonly string[],
): Remedy {
  const right = rightForNodeLookup(user, verb, subresources);
  return {
    missing: `get on nodes for user "${user}", to look up the address; the kubelet itself will want ${verbPhrase(verb)} on ${formatSubresources(subresources)}`,
    hints: [
      ...hintsOf(right),
      'without the right to read nodes, name the kubelet by its address: --address HOST',
    ],
  };
}

/** For the API server's refusal to let a caller use its node proxy. */
export function remedyForNodeProxy(user: string, verb: string): Remedy {
  return {
    missing: `${verb} on nodes/proxy for user "${user}", whatever the path: that is the API server refusing you, not a kubelet`,
    hints: [
      'nodes/proxy lets one run commands in every container; going straight to the kubelet takes less: leave out --via apiserver',
    ],
  };
}

function verbPhrase(verb: string): string {
  return verb === '' ? 'every verb (*), as the kubelet knows none for this method,' : verb;
}
