import type { PolicyRule } from '../../../objects.ts';
import { permissions } from '../../../rbac/permission.ts';

/** A permission on nodes, as an access review takes it. */
export interface NodePermission {
  readonly resource: 'nodes';
  readonly subresource?: string;
  readonly verb: string;
  readonly name?: string;
}

/** The permissions of rules, to check one by one; without nodes/spec, which kubelets no longer check and no built-in role has. */
export function permissionsToCheck(rules: readonly PolicyRule[]): readonly NodePermission[] {
  return rules.flatMap(permissions).flatMap((permission) => {
    if ('url' in permission || permission.resource === 'nodes/spec') return [];
    const { resource, verb, resourceName: name } = permission;
    const [, subresource] = resource.split('/');
    return {
      resource: 'nodes' as const,
      ...(subresource !== undefined && { subresource }),
      verb,
      ...(name !== undefined && { name }),
    };
  });
}

/** How a sentence names what grants a permission: a binding, or with an empty name system:masters. */
export function formatGiver(binding: string): string {
  return binding === '' ? 'the group system:masters' : `ClusterRoleBinding ${binding}`;
}
