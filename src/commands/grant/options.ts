import { parsePositiveDuration, parseSubjectOption } from '../../cli/parse-options.ts';
import { Failure, UsageFailure } from '../../errors.ts';
import type { RbacSubject } from '../../objects.ts';
import type { Profile } from '../../rbac/profiles.ts';
import { needsForce, neverGranted } from '../../rbac/subject.ts';
import type { PairSettings } from '../shared/pair/options.ts';

/** The options that decide what grant may change, and until when access lasts. */
export interface GrantTerms {
  readonly prune: boolean;
  readonly acceptWider: boolean;
  /** Whether to change objects that another tool manages, and to grant access to groups of all users. */
  readonly force: boolean;
  readonly expires: string | undefined;
  readonly permanent: boolean;
  readonly now: number;
}

export interface GrantSettings extends PairSettings, GrantTerms {
  readonly profile: Profile;
  /** Whether the user gave none of --node, --profile, --role-name, --binding-name and --prune. */
  readonly isUsual: boolean;
  /** Subject to grant access to; undefined for the kubelet client. */
  readonly subject: RbacSubject | undefined;
  readonly allowExec: boolean;
  readonly evenIfRedundant: boolean;
  readonly ignoreNotFound: boolean;
}

/** Parses `--subject`. Throws if the subject must never get access, or if it may get access only with --force. */
export function parseGrantee(text: string, force: boolean): RbacSubject {
  const subject = parseSubjectOption(text);
  const never = neverGranted(subject);
  if (never !== undefined) throw new Failure(`cannot grant kubelet access to ${text}: ${never}`);
  const crowd = force ? undefined : needsForce(subject);
  if (crowd !== undefined)
    throw new Failure(`granting kubelet access to ${text} requires --force: ${crowd}`, {
      hints: ['re-run with --force to override'],
    });
  return subject;
}

/**
 * Throws for --node or --role-name if the profile binds a built-in ClusterRole. Such a role covers all nodes, and grant does not change
 * it.
 */
export function checkOwnRole({ name, ownRole }: Profile, { nodes, names }: PairSettings): void {
  if (ownRole === undefined) return;
  if (nodes.length > 0)
    throw new UsageFailure(
      `--node cannot be used with --profile ${name}: ClusterRole ${ownRole} covers all nodes`,
      { hints: ['use another profile, such as --profile apiserver'] },
    );
  if (names.role !== '')
    throw new UsageFailure(
      `--role-name cannot be used with --profile ${name}: it binds ClusterRole ${ownRole}`,
      { hints: ['use another profile, such as --profile apiserver'] },
    );
}

export function parseExpiry(duration: string, now: number): string {
  const ms = parsePositiveDuration('--for', duration);
  return new Date(now + ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
