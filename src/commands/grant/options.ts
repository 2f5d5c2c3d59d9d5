import { parseSubjectOption } from '../../cli/parse-options.ts';
import { Failure, UsageFailure } from '../../errors.ts';
import type { RbacSubject } from '../../objects.ts';
import type { Profile } from '../../rbac/profiles.ts';
import { needsForce, neverGranted } from '../../rbac/subject.ts';
import type { PairRequest } from '../pair/options.ts';

/** What the user agreed to. */
export interface GrantOptions {
  /** Leave the profile's rules, and of subjects only those that grant added. */
  readonly prune: boolean;
  /** Grant a role that allows more than the profile, or extend it for others as well. */
  readonly acceptWider: boolean;
  /** Delete and recreate a binding of another role. */
  readonly recreate: boolean;
  /** … and move its other subjects to the new role. */
  readonly allSubjects: boolean;
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
  /** Undefined for the kubelet client. */
  readonly subject: RbacSubject | undefined;
  readonly allowExec: boolean;
  readonly evenIfRedundant: boolean;
}

/** What `--subject` names, if it may be granted anything. */
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

/** In ISO 8601. */
export function expiryAfter(now: number, ms: number): string {
  if (ms === 0) throw new UsageFailure('--for must be greater than 0');
  return new Date(now + ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
