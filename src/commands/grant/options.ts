import { parsePositiveDuration, parseSubjectOption } from '../../cli/parse-options.ts';
import { Failure, UsageFailure } from '../../errors.ts';
import type { RbacSubject } from '../../objects.ts';
import type { Profile } from '../../rbac/profiles.ts';
import { needsForce, neverGranted } from '../../rbac/subject.ts';
import type { PairSettings } from '../shared/pair/options.ts';

export interface GrantSettings extends PairSettings {
  readonly profile: Profile;
  /** Whether the user gave none of NODE, --node and --profile. */
  readonly isUsual: boolean;
  /** Subject to grant access to; undefined for the kubelet client. */
  readonly subject: RbacSubject | undefined;
  readonly allowExec: boolean;
  readonly ignoreNotFound: boolean;
  readonly expires: string | undefined;
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

/** Throws for --node if the profile binds a built-in ClusterRole, which covers all nodes. */
export function checkOwnRole({ name, ownRole }: Profile, { nodes }: PairSettings): void {
  if (ownRole === undefined || nodes.length === 0) return;
  throw new UsageFailure(
    `--node cannot be used with --profile ${name}: ClusterRole ${ownRole} covers all nodes`,
    { hints: ['use another profile, such as --profile apiserver'] },
  );
}

export function parseExpiry(duration: string, now: number): string {
  const ms = parsePositiveDuration('--for', duration);
  return new Date(now + ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
