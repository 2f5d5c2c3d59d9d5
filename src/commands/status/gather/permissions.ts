import { foundIn, type Known } from '../../../known.ts';
import type { AskedRequest, ReviewResult } from '../../../kube/api-server/reviews.ts';
import { askAuthorization } from '../../../kube/kubelet-client/ask-authorization.ts';
import { readOrNote } from '../../../kube/read-or-note.ts';
import { kubeletAttributes } from '../../../kubelet/authorization.ts';
import type { NodeSubresource } from '../../../kubelet/endpoints.ts';
import { showsGateOff } from '../../../kubelet/finer-permissions.ts';
import { probesFor } from '../../../kubelet/probes.ts';
import type { PolicyRule } from '../../../objects.ts';
import { covers } from '../../../rbac/rules.ts';
import type { NodePermission, PermissionFacts } from '../facts.ts';
import type { QuickestKubelet } from './follow-up.ts';

/**
 * The permissions that the report shows if the profile contains them. First the permissions that kubelets of all versions check, then the
 * finer permissions that kubelets check since 1.33.
 */
const reported = {
  // exec and attach over SPDY use POST, which needs create.
  proxy: ['get', 'create'],
  stats: ['get'],
  metrics: ['get'],
  log: ['get'],
  healthz: ['get'],
  pods: ['get'],
  configz: ['get'],
  statusz: [],
  checkpoint: ['create'],
} satisfies Record<NodeSubresource, readonly NodePermission['verb'][]>;

const candidates: readonly NodePermission[] = Object.entries(reported).flatMap(
  ([subresource, verbs]) => verbs.map((verb) => ({ verb, subresource })),
);

/** Returns the permissions in `rules` that the report shows. Ignores `resourceNames`. */
export function reportedPermissions(rules: readonly PolicyRule[]): readonly NodePermission[] {
  const anyNode = rules.map(({ resourceNames: _, ...rule }) => rule);
  return candidates.filter((permission) => covers(anyNode, [ruleOf(permission)]));
}

function ruleOf({ verb, subresource }: NodePermission): PolicyRule {
  return { apiGroups: [''], resources: [`nodes/${subresource}`], verbs: [verb] };
}

/**
 * Asks RBAC and one kubelet about permissions. Never sends a request that needs `create` to the kubelet, because it would run something.
 * Asks RBAC about the node of this kubelet, because permissions may be limited to named nodes.
 */
export async function checkPermissions(
  permissions: readonly NodePermission[],
  review: (permission: AskedRequest) => Promise<Known<ReviewResult>>,
  open: QuickestKubelet | undefined,
): Promise<readonly PermissionFacts[]> {
  const name = open?.node;
  using _ = open?.kubelet;
  return await Promise.all(
    permissions.map(async (permission) => {
      const [reviewed, answer] = await Promise.all([
        review({ resource: 'nodes', ...permission, ...(name !== undefined && { name }) }),
        open && askKubelet(permission, open),
      ]);
      return { ...permission, review: reviewed, answer };
    }),
  );
}

async function askKubelet(
  permission: NodePermission,
  { kubelet, minor }: QuickestKubelet,
): Promise<PermissionFacts['answer']> {
  const [request] = probesFor([ruleOf(permission)], minor);
  if (!request) return undefined;
  // If the kubelet does not answer, the probe of its node reports why.
  const answer = foundIn(await readOrNote(() => askAuthorization(kubelet, request)));
  // If the feature gate for finer permissions is off, the kubelet checks only nodes/proxy. Its denial then says nothing about the finer
  // permission.
  if (answer?.verdict === 'denied')
    return showsGateOff(answer.words, request, minor) ? undefined : 'denied';
  if (answer?.verdict !== 'allowed') return undefined;
  // If the kubelet also accepts nodes/proxy, its answer does not show which permission the caller has.
  const { subresources } = kubeletAttributes(request.method, request.path, minor);
  return subresources.length > 1 ? undefined : 'allowed';
}
