import { knownNames } from '../pair.ts';
import { boundRole, nameOf, type RbacObjects } from '../rbac-objects.ts';
import { type Identity, subjectOf, subjectPhrase } from '../subject.ts';
import type { Miss } from './binding.ts';
import { grantCommand } from './fix-command.ts';
import { gives, type Wanted } from './rule-mismatch.ts';

/** The roles for kube-apiserver that allow it; the identity must be known not to have it through either. */
export function unboundMisses(
  who: Identity,
  wanted: Wanted,
  objects: RbacObjects,
): readonly Miss[] {
  const subject = subjectPhrase(subjectOf(who.user));
  return [knownNames.role, 'system:kubelet-api-admin'].flatMap((name) => {
    const role = objects.clusterRoles.find((each) => nameOf(each) === name);
    if (!role || !gives(role.rules ?? [], wanted)) return [];
    const isKnownPair = objects.clusterRoleBindings.some(
      (binding) => nameOf(binding) === knownNames.binding && boundRole(binding, objects) === role,
    );
    const [object, why] = isKnownPair
      ? [
          `ClusterRoleBinding ${knownNames.binding}`,
          `It refers to ClusterRole ${name}, which has the permission, but ${subject} is not among its subjects.`,
        ]
      : [
          `ClusterRole ${name}`,
          `It has the permission, but no ClusterRoleBinding grants it to ${subject}.`,
        ];
    const command = grantCommand(who.user, name, wanted);
    return [{ kind: 'unbound', role: name, object, why, ...command }];
  });
}
