import type { NodeSubresource } from '../../../kubelet/endpoints.ts';
import type { PolicyRule } from '../../../objects.ts';
import { covers } from '../../../rbac/rules.ts';
import type { NodePermission } from '../facts.ts';

/** The verbs worth a row of the report: what logs, exec and metrics need, then what kubelets since 1.33 check apart. */
const reported = {
  // exec and attach over SPDY are a POST.
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

/** The permissions on kubelets worth reporting, of those that rules give. Which nodes they hold for is not checked. */
export function reportedPermissions(rules: readonly PolicyRule[]): readonly NodePermission[] {
  const anyNode = rules.map(({ resourceNames: _, ...rule }) => rule);
  return candidates.filter((permission) => covers(anyNode, [ruleOf(permission)]));
}

export function ruleOf({ verb, subresource }: NodePermission): PolicyRule {
  return { apiGroups: [''], resources: [`nodes/${subresource}`], verbs: [verb] };
}
