import type { RbacSubject } from '../../objects.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { groupsOf } from '../../text/groups.ts';
import { type Evidence, permissionsOnce } from '../audit-log/evidence.ts';
import { kubeletAttributes } from '../authorization.ts';
import type { LiveCall } from './live-calls.ts';

type CallBySubject = LiveCall & { readonly subject: RbacSubject };

/**
 * Returns the permissions that callers used between two reads of the metrics. A permission that was not used may still be needed,
 * for example once a day.
 */
export function liveEvidence(
  calls: readonly CallBySubject[],
  { firstMs, lastMs }: Pick<Evidence, 'firstMs' | 'lastMs'>,
): readonly Evidence[] {
  const used = calls.filter(
    ({ path, answers }) => path.startsWith('/') && isAuthenticated(answers),
  );
  return groupsOf(used, ({ subject }) => formatSubject(subject)).map((own) => {
    const [{ subject }] = own;
    const needs = own.map((call) => ({ ...permissionOf(call), path: 'direct' as const }));
    return { subject, needs: permissionsOnce(needs), unknown: [], firstMs, lastMs };
  });
}

/** Returns the least permission with which kubelets since 1.33 allow a request for the path. */
export function permissionOf({ method, path }: Pick<LiveCall, 'method' | 'path'>) {
  const served = path.replace(/\*$/, '');
  const { verb, subresources } = kubeletAttributes(method, served, Number.POSITIVE_INFINITY);
  return { verb, subresource: subresources[0] ?? 'proxy' };
}

/**
 * Whether the kubelet accepted the caller's credential at least once. Any status except 401 shows this, because kubelets
 * authenticate before they check permissions.
 */
function isAuthenticated(answers: LiveCall['answers']): boolean {
  return [...(answers?.keys() ?? [])].some((status) => status !== 401);
}
