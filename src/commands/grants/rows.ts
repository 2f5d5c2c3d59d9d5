import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';
import { type FoundGrant, grantsIn, isExpired } from '../../rbac/grant.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { always, type ListView, textField, wide, wideAlways } from '../shared/rows/fields.ts';

interface ListedGrant extends FoundGrant {
  /** Seconds until the access expires; undefined without an expiry. */
  readonly leftSeconds: number | undefined;
  readonly isExpired: boolean;
}

/** Lists expired grants first, then by expiry. @param nowMs since 1970 */
export function listGrants(
  roles: readonly ClusterRole[],
  bindings: readonly ClusterRoleBinding[],
  nowMs: number,
): readonly ListedGrant[] {
  const listed = grantsIn(roles, bindings).map((grant): ListedGrant => {
    const { expires } = grant;
    // Access with an expiry that cannot be parsed is shown as expired now, because it would otherwise never expire.
    const at = Date.parse(expires ?? '') || nowMs;
    return {
      ...grant,
      leftSeconds: expires === undefined ? undefined : Math.round((at - nowMs) / 1000),
      isExpired: expires !== undefined && isExpired(expires, nowMs),
    };
  });
  const last = Number.POSITIVE_INFINITY;
  return listed.sort((a, b) => (a.leftSeconds ?? last) - (b.leftSeconds ?? last) || 0);
}

export const grantsView: ListView<ListedGrant> = {
  kind: 'KubeletGrantList',
  names: 'clusterRoleBinding',
  about: 'Access that grant gave a subject. Unknown fields are absent.',
  document: {
    title: 'Granted access to kubelets',
    intro:
      'A kubelet runs the containers of one machine (a node) of a Kubernetes cluster. Each row is access that kubectl kubeletaccess grant gave a subject. Expired access still works until revoke --expired removes it.',
  },
  columns: [
    textField('SUBJECT', 'subject', ({ subject }) => formatSubject(subject), always),
    textField('PROFILE', 'profile', ({ profile }) => profile, always),
    textField('NODES', 'nodeNames', ({ nodes }) => (nodes?.length ? nodes : undefined), {
      absent: '<all>',
      type: 'texts',
      about:
        'Names of the nodes that the access is limited to; absent if it covers all nodes, or the role was not found.',
    }),
    textField('BINDING', 'clusterRoleBinding', ({ binding }) => nameOf(binding), always),
    textField('GRANTED BY', 'grantedBy', ({ grantedBy }) => grantedBy, {
      about:
        'The user who last ran grant, from an annotation that every user with permission to edit the binding can change.',
    }),
    {
      ...{ head: 'EXPIRES IN', key: 'expiresInSeconds', unit: 'seconds', absent: '<never>' },
      of: ({ leftSeconds }) => leftSeconds,
      about:
        'Seconds until the access expires; negative after the expiry. Absent without an expiry.',
    },
    textField(
      'EXPIRES',
      'expires',
      ({ expires }) => (Number.isNaN(Date.parse(expires ?? '')) ? undefined : expires),
      { ...wide, type: 'time' },
    ),
    textField('ROLE', 'clusterRole', ({ binding }) => binding.roleRef.name, wideAlways),
    textField('EXPIRED', 'expired', ({ isExpired }) => isExpired, {
      ...wideAlways,
      type: 'boolean',
    }),
  ],
};
