import type { RbacSubject } from '../../objects.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { formatGiver } from '../pair/existing-access.ts';
import type { GrantRequest } from './options.ts';

export interface ExistingAccess {
  /** Whether a grant is unnecessary. */
  readonly suffices: boolean;
  /** Lines to print. */
  readonly lines: readonly string[];
}

export function describeExistingAccess(
  subject: RbacSubject,
  bindings: readonly string[],
  { expires, permanent, prune }: Pick<GrantRequest, 'expires' | 'permanent' | 'prune'>,
): ExistingAccess {
  const givers = bindings.map(formatGiver).join(' and ');
  const access = `${formatSubject(subject)} already has this access through ${givers}`;
  // These change the pair itself.
  if (expires !== undefined || permanent || prune)
    return { suffices: false, lines: [`note: ${access}, independently of this grant`] };
  return {
    suffices: true,
    lines: [`nothing to do: ${access}`, 'hint: re-run with --even-if-redundant to grant it anyway'],
  };
}
