import { UsageFailure } from '../errors.ts';
import type { RbacSubject } from '../objects.ts';
import { isProfileName, type ProfileName, profileNames } from '../rbac/profiles.ts';
import { parseSubject } from '../rbac/subject.ts';

/** What `--profile` names. */
export function parseProfileName(text: string): ProfileName {
  if (isProfileName(text)) return text;
  throw new UsageFailure(`there is no profile "${text}"`, {
    hints: [`one of ${profileNames.join(', ')}`],
  });
}

/** Whom `--subject` names. */
export function parseSubjectOption(text: string): RbacSubject {
  const subject = parseSubject(text);
  if (subject) return subject;
  throw new UsageFailure(`"${text}" is not a subject`, {
    hints: ['user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME'],
  });
}
