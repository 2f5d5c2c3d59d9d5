import { createCommands } from '../rbac/create-commands.ts';
import { apiserverRules } from '../rbac/profiles.ts';
import { covers } from '../rbac/rules.ts';
import { formatSubresources } from './authorization.ts';
import type { KubeletRefusal } from './refusal.ts';

/** What is missing, in words, and commands that give it. */
export interface Remedy {
  readonly missing: string;
  readonly hints: readonly string[];
}

const cacheNote = 'it takes up to 30 s to count: kubelets remember what they refused';

/** For a kubelet's refusal of a caller who came to it directly. */
export function remedyForCaller(refusal: KubeletRefusal): Remedy {
  const { user, verb, subresources } = refusal;
  const choice = narrowest(subresources);
  return {
    missing: `${verbPhrase(verb)} on ${formatSubresources(subresources)} for user "${user}"`,
    hints: [
      grantCommands(user, verb, [`nodes/${choice}`], choice),
      ...execWarning(choice),
      cacheNote,
    ],
  };
}

/** For a kubelet's refusal of kube-apiserver, which asked on the caller's behalf. */
export function remedyForKubeletClient(refusal: KubeletRefusal): Remedy {
  const { user, verb, subresources } = refusal;
  const pairHelps = subresources.some((name) =>
    covers(apiserverRules, [{ apiGroups: [''], resources: [`nodes/${name}`], verbs: [verb] }]),
  );
  const choice = narrowest(subresources);
  return {
    missing: `${verbPhrase(verb)} on ${formatSubresources(subresources)} for user "${user}", who is kube-apiserver to this kubelet, not you`,
    hints: [
      pairHelps
        ? 'kubectl kubeletaccess grant'
        : grantCommands(user, verb, [`nodes/${choice}`], choice),
      cacheNote,
    ],
  };
}

/** For the API server's refusal to tell a caller where a node is; the kubelet would ask for `subresources` next. */
export function remedyForNodeLookup(
  user: string,
  verb: string,
  subresources: readonly string[],
): Remedy {
  const choice = narrowest(subresources);
  return {
    missing: `get on nodes for user "${user}", to look up the address; the kubelet itself will want ${verbPhrase(verb)} on ${formatSubresources(subresources)}`,
    hints: [
      grantCommands(
        user,
        verb === 'get' ? verb : `get,${verb || '*'}`,
        ['nodes', `nodes/${choice}`],
        `nodes-${choice}`,
      ),
      ...execWarning(choice),
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

/** A kubelet tries several subresources in order, the narrowest first. */
export function narrowest(subresources: readonly string[]): string {
  return subresources[0] ?? 'proxy';
}

function verbPhrase(verb: string): string {
  return verb === '' ? 'every verb (*), as the kubelet knows none for this method,' : verb;
}

function execWarning(subresource: string): readonly string[] {
  return subresource === 'proxy'
    ? ['beware: nodes/proxy, even with get alone, runs commands in every container']
    : [];
}

/** kubectl's commands for a role and a binding of a user's own; `verbs` is empty for every verb. */
export function grantCommands(
  user: string,
  verbs: string,
  resources: readonly string[],
  name: string,
): string {
  const suffix = verbs === 'get' ? '' : `-${verbs || 'any'}`;
  return createCommands(user, `kubelet-${name}${suffix}`, { verbs, resources });
}
