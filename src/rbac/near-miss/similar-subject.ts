import type { RbacSubject } from '../../objects.ts';
import { type Identity, subjectOf, subjectPhrase } from '../subject.ts';

/** A subject that somebody may have been meant by, and is not. */
export interface OtherSubject {
  readonly kind: 'spelling' | 'kind';
  /** Follows the subject, after "and". */
  readonly text: string;
}

/** Why `subject`, which is not `who`, looks as if it were; undefined if it does not. */
export function otherSubject(subject: RbacSubject, who: Identity): OtherSubject | undefined {
  const own = subjectOf(who.user);
  const wrongKind = otherKind(subject, own, who);
  if (wrongKind !== undefined)
    return { kind: 'kind', text: `${subjectPhrase(own)} is not that: ${wrongKind}` };
  const names = subject.kind === 'User' ? [who.user] : subject.kind === 'Group' ? who.groups : [];
  const meant = names.find((name) => plainName(name) === plainName(subject.name));
  if (meant === undefined) return undefined;
  const named = subjectPhrase({ ...subject, name: meant });
  return {
    kind: 'spelling',
    text: `${named} is another: ${difference(subject.name, meant)}, and names compare byte for byte`,
  };
}

function otherKind(subject: RbacSubject, own: RbacSubject, who: Identity): string | undefined {
  switch (subject.kind) {
    case 'Group':
      return subject.name === who.user ? 'the binding says Group' : undefined;
    case 'ServiceAccount':
      if (subject.name !== own.name) return undefined;
      if (own.kind === 'User') return 'the binding says ServiceAccount';
      return subject.namespace ? 'the namespace is another' : 'the binding names no namespace';
    case 'User':
      if (who.groups.includes(subject.name))
        return `${JSON.stringify(subject.name)} is a group of it, and the binding says User`;
      return own.kind === 'ServiceAccount' && accountNames(own).includes(subject.name)
        ? `the binding says User, and as a user its name is ${JSON.stringify(who.user)}`
        : undefined;
    default:
      return undefined;
  }
}

/** How people name a service account where its user name belongs. */
function accountNames({ namespace, name }: RbacSubject): readonly string[] {
  return [
    name,
    ...[':', '/'].map((separator) => `${namespace}${separator}${name}`),
    `serviceaccount:${namespace}:${name}`,
  ];
}

const prefixes = /^(?:(?:user|group|system):)+/;

/** Alike for spellings of one name. */
function plainName(name: string): string {
  return name.trim().toLowerCase().replace(prefixes, '').trim();
}

function difference(found: string, meant: string): string {
  if (found.trim() === meant.trim()) return 'there is white space at an end';
  if (found.trim().toLowerCase() === meant.trim().toLowerCase()) return 'the case differs';
  return 'the prefix differs';
}
