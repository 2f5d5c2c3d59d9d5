import { knownNames } from '../pair.ts';
import { boundRole, nameOf, type RbacObjects } from '../rbac-objects.ts';
import { type Identity, subjectOf, subjectPhrase } from '../subject.ts';
import type { Miss } from './binding.ts';
import { grantCommand } from './fix-command.ts';
import { gives, type Wanted } from './rule-mismatch.ts';

/** The roles that are there for kube-apiserver and hold the right; for who is known not to have it by either. */
export function unboundMisses(
  who: Identity,
  wanted: Wanted,
  objects: RbacObjects,
): readonly Miss[] {
  const whom = subjectPhrase(subjectOf(who.user));
  return [knownNames.role, 'system:kubelet-api-admin'].flatMap((name) => {
    const role = objects.clusterRoles.find((each) => nameOf(each) === name);
    if (!role || !gives(role.rules ?? [], wanted)) return [];
    const usual = objects.clusterRoleBindings.some(
      (binding) => nameOf(binding) === knownNames.binding && boundRole(binding, objects) === role,
    );
    const [object, why] = usual
      ? [
          `ClusterRoleBinding ${knownNames.binding}`,
          `It gives ClusterRole ${name}, which holds the right, and ${whom} is not among its subjects.`,
        ]
      : [
          `ClusterRole ${name}`,
          `It holds the right, and no ClusterRoleBinding gives it to ${whom}.`,
        ];
    const command = grantCommand(who.user, name, wanted);
    return [{ kind: 'unbound', role: name, object, why, ...command }];
  });
}
