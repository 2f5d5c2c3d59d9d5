import type { RbacSubject } from '../../objects.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { groupsOf } from '../../text/groups.ts';
import type { Use } from './tally.ts';

/** A permission on `nodes/SUBRESOURCE`. */
interface UsedPermission {
  /** Empty for HEAD, OPTIONS and the like, which only a rule with verb `*` allows. */
  readonly verb: string;
  readonly subresource: string;
  readonly path: Use['path'];
}

/** Proof about one caller, from audit logs or from its calls. */
export interface Evidence {
  readonly subject: RbacSubject;
  /** Permissions that it used, allowed or not: without any of them, some of its calls fail. */
  readonly needs: readonly UsedPermission[];
  /** Permissions that it used, and may or may not need. */
  readonly unknown: readonly UsedPermission[];
  /** In ms since 1970: when it was seen. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * The proven needs of each caller. An absent permission is not proved to be useless: while a kubelet caches an answer, a log shows no
 * call. kube-apiserver, which calls for others, is left out.
 */
export function evidenceOf(uses: readonly Use[]): readonly Evidence[] {
  const callers = groupsOf(
    uses.filter(({ isKubeletClient }) => !isKubeletClient),
    ({ subject }) => formatSubject(subject),
  );
  return callers.map((own) => {
    const [{ subject }] = own;
    const asNeed = ({ verb, path }: Use, subresource: string) => ({ verb, subresource, path });
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

/** Each permission once. */
export function permissionsOnce(permissions: readonly UsedPermission[]): readonly UsedPermission[] {
  const keyOf = ({ verb, subresource, path }: UsedPermission) =>
    JSON.stringify([path, verb, subresource]);
  return [...new Map(permissions.map((each) => [keyOf(each), each])).values()];
}
