import type { RbacSubject } from '../../objects.ts';
import { canonicalSubject, type Identity, subjectOf, subjectPhrase } from '../subject.ts';

/** A subject that may have been meant for an identity, and does not match it. */
export interface SimilarSubject {
  readonly kind: 'spelling' | 'kind';
  /** Follows the subject and a comma. */
  readonly text: string;
}

/** How `subject`, which does not match `who`, resembles it; undefined if it does not. */
export function findSimilarity(subject: RbacSubject, who: Identity): SimilarSubject | undefined {
  const own = subjectOf(who.user);
  const canonical = canonicalSubject(subject);
  // The user name of an account is that account, unless `who` is none.
  if (canonical.kind !== subject.kind && own.kind === 'ServiceAccount')
    return findSimilarity(canonical, who);
  const wrongKind = otherKind(subject, own, who);
  if (wrongKind !== undefined)
    return { kind: 'kind', text: `not to ${subjectPhrase(own)}: ${wrongKind}` };
  const names = subject.kind === 'User' ? [who.user] : subject.kind === 'Group' ? who.groups : [];
  const meant = names.find((name) => plainName(name) === plainName(subject.name));
  if (meant === undefined) return undefined;
  const named = subjectPhrase({ ...subject, name: meant });
  return {
    kind: 'spelling',
    text: `not to ${named}: ${difference(subject.name, meant)}`,
  };
}

function otherKind(subject: RbacSubject, own: RbacSubject, who: Identity): string | undefined {
  switch (subject.kind) {
    case 'Group':
      return subject.name === who.user ? 'the binding says Group' : undefined;
    case 'ServiceAccount':
      if (subject.name !== own.name) return undefined;
      if (own.kind === 'User') return 'the binding says ServiceAccount';
      return subject.namespace ? 'the namespace differs' : 'the binding has no namespace';
    case 'User':
      if (who.groups.includes(subject.name))
        return `${JSON.stringify(subject.name)} is one of its groups, but the binding says User`;
      return own.kind === 'ServiceAccount' && accountNames(own).includes(subject.name)
        ? `the binding says User, and its user name is ${JSON.stringify(who.user)}`
        : undefined;
    default:
      return undefined;
  }
}

/** What people write for a service account in place of its user name. */
function accountNames({ namespace, name }: RbacSubject): readonly string[] {
  return [
    name,
    ...[':', '/'].map((separator) => `${namespace}${separator}${name}`),
    `serviceaccount:${namespace}:${name}`,
  ];
}

const prefixes = /^(?:(?:user|group|system):)+/;

/** The same for spellings of one name. */
function plainName(name: string): string {
  return name.trim().toLowerCase().replace(prefixes, '').trim();
}

function difference(found: string, meant: string): string {
  if (found.trim() === meant.trim()) return 'leading or trailing white space differs';
  if (found.trim().toLowerCase() === meant.trim().toLowerCase()) return 'the case differs';
  return 'the prefix differs';
}
