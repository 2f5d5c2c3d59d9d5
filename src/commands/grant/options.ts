import { parsePositiveDuration, parseSubjectOption } from '../../cli/parse-options.ts';
import { Failure, UsageFailure } from '../../errors.ts';
import type { RbacSubject } from '../../objects.ts';
import type { Profile } from '../../rbac/profiles.ts';
import { needsForce, neverGranted } from '../../rbac/subject.ts';
import type { PairRequest } from '../shared/pair/options.ts';

/** Consent and choices of the user. */
export interface GrantOptions {
  /** Leave the profile's rules, and of subjects only those that grant added. */
  readonly prune: boolean;
  /** Grant a role that allows more than the profile, or extend it for others as well. */
  readonly acceptWider: boolean;
  /** Change what another tool manages. */
  readonly force: boolean;
  /** When the access expires, in ISO 8601. */
  readonly expires: string | undefined;
  /** Remove the expiry of a grant. */
  readonly permanent: boolean;
  /** In ms since 1970. */
  readonly now: number;
}

export interface GrantRequest extends PairRequest, GrantOptions {
  readonly profile: Profile;
  /** Whether nothing says which pair it is to be. */
  readonly isUsual: boolean;
  /** Undefined for the kubelet client. */
  readonly subject: RbacSubject | undefined;
  readonly allowExec: boolean;
  readonly evenIfRedundant: boolean;
  /** Grants access to nodes that the cluster does not have, too. */
  readonly ignoreNotFound: boolean;
}

/** Parses `--subject`, and refuses subjects that must not be granted anything. */
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

/** The cluster's own role covers all nodes, and is bound as it is. */
export function checkOwnRole({ name, ownRole }: Profile, { nodes, names }: PairRequest): void {
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

/** When access expires that is granted --for a time from now, in ISO 8601. */
export function parseExpiry(duration: string, now: number): string {
  const ms = parsePositiveDuration('--for', duration);
  return new Date(now + ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
