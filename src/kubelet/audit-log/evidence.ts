import type { RbacSubject } from '../../objects.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { groupsOf } from '../../text/groups.ts';
import type { Use } from './tally.ts';

interface UsedPermission {
  /** Empty for methods such as HEAD and OPTIONS, which only a rule with verb `*` allows. */
  readonly verb: string;
  readonly subresource: string;
  readonly via: Use['via'];
}

export interface Evidence {
  readonly subject: RbacSubject;
  /** Permissions that the caller used, allowed or not. If one of them is missing, some calls of the caller fail. */
  readonly needs: readonly UsedPermission[];
  /** Permissions that the caller used but may not need. */
  readonly unknown: readonly UsedPermission[];
  /** Time of the caller's first call, in ms since 1970. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * Returns the permissions that each caller is proven to need. A caller may need more: a kubelet that caches a decision sends no
 * review. kube-apiserver is left out, because it calls kubelets for others.
 */
export function evidenceOf(uses: readonly Use[]): readonly Evidence[] {
  const callers = groupsOf(
    uses.filter(({ isKubeletClient }) => !isKubeletClient),
    ({ subject }) => formatSubject(subject),
  );
  return callers.map((own) => {
    const [{ subject }] = own;
    const asNeed = ({ verb, via }: Use, subresource: string) => ({ verb, subresource, via });
    return {
      subject,
      needs: permissionsOnce(own.flatMap((use) => use.enough.map((each) => asNeed(use, each)))),
      unknown: own
        .filter(({ enough }) => enough.length === 0)
        .map((use) => asNeed(use, use.subresource)),
      firstMs: Math.min(...own.map(({ firstMs }) => firstMs)),
      lastMs: Math.max(...own.map(({ lastMs }) => lastMs)),
    };
  });
}

function permissionsOnce(permissions: readonly UsedPermission[]): readonly UsedPermission[] {
  const keyOf = ({ verb, subresource, via }: UsedPermission) =>
    JSON.stringify([via, verb, subresource]);
  return [...new Map(permissions.map((each) => [keyOf(each), each])).values()];
}
