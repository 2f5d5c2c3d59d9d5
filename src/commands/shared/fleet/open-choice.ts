import { hasKubeletFlags, type KubeletInvocation } from '../../../cli/kubelets.ts';
import type { ApiConnection } from '../../../kube/config/api-connection.ts';
import { openPathMemory } from '../../../kube/kubelet-client/node-cache.ts';
import { choosePath, type PathChoice } from '../../../kube/kubelet-client/path-choice.ts';
import type { Node } from '../../../objects.ts';

/** Remembers the chosen path for later runs, but only if no option changes how kubelets are called. */
export function openChoice(
  nodes: readonly Node[],
  { given, context }: KubeletInvocation,
  connection: ApiConnection,
  tell?: (line: string) => void,
): PathChoice {
  const memory = hasKubeletFlags(given) ? undefined : openPathMemory(context.env, connection);
  return choosePath({
    remembered: memory?.read(),
    remember: (path) => memory?.write(path),
    nodes,
    ...(tell && { tell }),
  });
}
