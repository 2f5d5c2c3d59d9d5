import type { PolicyRule, RbacSubject } from '../../objects.ts';

/** One question to the API server about a right. */
export interface AskedRight {
  readonly resource: 'nodes';
  readonly subresource?: string;
  readonly verb: string;
  readonly name?: string;
}

/**
 * What is asked to find out whether a subject has a right already. nodes/spec is left out: no kubelet has checked it for
 * years, and the cluster's own role does not hold it.
 */
export function rightsToAsk(rules: readonly PolicyRule[]): readonly AskedRight[] {
  return rules.flatMap(({ resources = [], verbs, resourceNames = [] }) =>
    resources
      .filter((resource) => resource !== 'nodes/spec')
      .flatMap((resource) =>
        verbs.flatMap((verb) =>
          (resourceNames.length > 0 ? resourceNames : [undefined]).map((name) => {
            const subresource = resource.split('/')[1];
            return {
              resource: 'nodes' as const,
              ...(subresource !== undefined && { subresource }),
              verb,
              ...(name !== undefined && { name }),
            };
          }),
        ),
      ),
  );
}

/** A subject as a review asks for it; of a service account its user name, without the groups it is in. */
export function reviewedUser(subject: RbacSubject): { user?: string; groups?: string[] } {
  switch (subject.kind) {
    case 'Group':
      return { groups: [subject.name] };
    case 'ServiceAccount':
      return { user: `system:serviceaccount:${subject.namespace ?? ''}:${subject.name}` };
    default:
      return { user: subject.name };
  }
}

/** How a sentence names what grants a permission: a binding, or with an empty name system:masters. */
export function formatGiver(binding: string): string {
  return binding === '' ? 'the group system:masters' : `ClusterRoleBinding ${binding}`;
}
