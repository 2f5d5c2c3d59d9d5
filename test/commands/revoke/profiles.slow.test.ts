import * as assert from 'uvu/assert';
import type { GrantTerms } from '../../../src/commands/grant/options.ts';
import { planGrant } from '../../../src/commands/grant/plan.ts';
import { planRevoke, type RevokePlan } from '../../../src/commands/revoke/plan.ts';
import type { GrantSelection } from '../../../src/commands/revoke/select-grants.ts';
import { Failure } from '../../../src/errors.ts';
import type { ClusterRole, ClusterRoleBinding, RbacSubject } from '../../../src/objects.ts';
import type { Change } from '../../../src/rbac/change.ts';
import { pairOf } from '../../../src/rbac/pair.ts';
import { type ProfileName, profileOf } from '../../../src/rbac/profiles.ts';
import { covers } from '../../../src/rbac/rules.ts';
import { sameSubject } from '../../../src/rbac/subject.ts';
import { fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { account, user } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { play, ran } from '../shared/pair/scenario.ts';

const profiles = ['metrics', 'stats', 'logs', 'readonly', 'checkpoint'] as const;
const subjects = [
  user('alice'),
  user('bob'),
  account('bot', 'ops'),
  // This user is the same identity as the service account.
  user('system:serviceaccount:ops:bot'),
];
const options: GrantTerms = {
  prune: false,
  acceptWider: true,
  force: false,
  expires: undefined,
  permanent: false,
  now: 0,
};

interface Cluster {
  readonly roles: Map<string, ClusterRole>;
  readonly bindings: Map<string, ClusterRoleBinding>;
}

/** A grant that no step has revoked yet. */
interface Entry {
  readonly subject: RbacSubject;
  readonly binding: string;
  readonly role: string;
  readonly profile: ProfileName;
  /** Whether the binding had the subject before grant, so that grant does not record the subject. */
  readonly isByHand: boolean;
}

type Step =
  | {
      readonly act: 'grant';
      readonly subject: RbacSubject;
      readonly profile: ProfileName;
      readonly role: string;
      readonly binding: string;
    }
  | { readonly act: 'add'; readonly subject: RbacSubject; readonly binding: string };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant('grant' as const),
      subject: fc.constantFrom(...subjects),
      profile: fc.constantFrom(...profiles),
      role: fc.constantFrom('R', 'S'),
      binding: fc.constantFrom('B', 'C', 'D'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('add' as const),
      subject: fc.constantFrom(user('alice'), user('carl')),
      binding: fc.constantFrom('B', 'C', 'D'),
    }),
  },
);

const revocation = fc.record({
  subject: fc.option(fc.constantFrom(...subjects), { nil: undefined }),
  profile: fc.option(fc.constantFrom(...profiles), { nil: undefined }),
  /** Number of changes after which the first run of revoke is killed; undefined if it is not killed. */
  killedAfter: fc.option(fc.nat(3), { nil: undefined }),
});

function apply({ roles, bindings }: Cluster, changes: readonly Change[]): void {
  for (const { kind, name, action, object } of changes) {
    const store: Map<string, ClusterRole | ClusterRoleBinding> =
      kind === 'ClusterRole' ? roles : bindings;
    if (action === 'delete') store.delete(name);
    else if (action !== 'none' && object) store.set(name, object);
  }
}

/** Applies a step, and returns the list of grants after it. Changes nothing if grant fails. */
function take(cluster: Cluster, ledger: readonly Entry[], made: Step): readonly Entry[] {
  const { subject, binding: name } = made;
  const found = cluster.bindings.get(name);
  if (made.act === 'add') {
    const has = found?.subjects ?? [];
    // The user adds the subject by hand, as with kubectl edit.
    if (found && !has.some((each) => sameSubject(each, subject)))
      cluster.bindings.set(name, { ...found, subjects: [...has, subject] });
    return ledger;
  }
  const names = { role: made.role, binding: name };
  const wanted = pairOf(profileOf(made.profile), subject, names);
  const all = [...cluster.bindings.values()];
  const isByHand =
    found?.subjects?.some((each) => sameSubject(each, subject)) &&
    !ledger.some(
      (entry) => entry.binding === name && !entry.isByHand && sameSubject(entry.subject, subject),
    );
  try {
    const pair = { role: cluster.roles.get(made.role), binding: found };
    const roles = { found: [...cluster.roles.values()] };
    apply(cluster, planGrant(wanted, { ...pair, bindings: all, roles }, options));
  } catch (error) {
    if (error instanceof Failure) return ledger;
    throw error;
  }
  const entry = { subject, binding: name, role: made.role, profile: made.profile };
  if (isByHand) return [...ledger, { ...entry, isByHand }];
  const rulesOf = (profile: ProfileName) => profileOf(profile).rules;
  const own = (other: Entry) =>
    other.binding === name && !other.isByHand && sameSubject(other.subject, subject);
  // A wider profile of the same binding includes the narrower one.
  if (ledger.some((other) => own(other) && covers(rulesOf(other.profile), rulesOf(made.profile))))
    return ledger;
  return [
    ...ledger.filter(
      (other) => !(own(other) && covers(rulesOf(made.profile), rulesOf(other.profile))),
    ),
    { ...entry, isByHand: false },
  ];
}

function plan({ roles, bindings }: Cluster, selection: GrantSelection): RevokePlan {
  const found = {
    clusterRoles: [...roles.values()],
    clusterRoleBindings: [...bindings.values()],
    roleBindings: [],
  };
  return planRevoke(found, selection, { client: undefined, force: false, now: 0 });
}

/** Whether a subject has one of a profile's permissions on kubelets, through any role or through the role of the grant. */
function hasAny(
  { roles, bindings }: Cluster,
  { subject, profile, role }: Entry,
  anyRole: boolean,
): boolean {
  const has = [...bindings.values()].flatMap((binding) =>
    (anyRole || binding.roleRef.name === role) &&
    binding.subjects?.some((each) => sameSubject(each, subject))
      ? (roles.get(binding.roleRef.name)?.rules ?? [])
      : [],
  );
  return profileOf(profile).rules.some(({ resources = [], verbs }) =>
    resources.some(
      (resource) =>
        resource.startsWith('nodes/') &&
        covers(has, [{ apiGroups: [''], resources: [resource], verbs }]),
    ),
  );
}

function hasAll(cluster: Cluster, subject: RbacSubject, { binding: name, profile }: Entry) {
  const binding = cluster.bindings.get(name);
  const rules = cluster.roles.get(binding?.roleRef.name ?? '')?.rules ?? [];
  const isBound = binding?.subjects?.some((each) => sameSubject(each, subject)) ?? false;
  return isBound && covers(rules, profileOf(profile).rules);
}

suite('revoke: profiles', (test) => {
  test('removes the access by the profile, or reports that it stays, and removes no other access', () =>
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 8 }),
        revocation,
        (steps, { subject, profile, killedAfter }) => {
          const cluster: Cluster = { roles: new Map(), bindings: new Map() };
          const ledger = steps.reduce<readonly Entry[]>(
            (entries, made) => take(cluster, entries, made),
            [],
          );
          for (const entry of ledger) assert.ok(hasAll(cluster, entry.subject, entry));
          const selection: GrantSelection = {
            profile,
            allProfiles: profile === undefined,
            subject,
            expired: false,
            nodes: [],
            names: { role: '', binding: '' },
          };
          if (killedAfter !== undefined)
            apply(
              cluster,
              plan(cluster, selection)
                .changes.filter(({ action }) => action !== 'none')
                .slice(0, killedAfter),
            );
          const { changes, failures, remaining } = plan(cluster, selection);
          apply(cluster, changes);
          const isRevoked = (entry: Entry) =>
            !entry.isByHand &&
            (subject === undefined || sameSubject(entry.subject, subject)) &&
            (profile === undefined || entry.profile === profile);
          for (const entry of ledger.filter((each) => !each.isByHand && !isRevoked(each)))
            assert.ok(
              hasAll(cluster, entry.subject, entry),
              `${JSON.stringify(entry)} was not to be revoked`,
            );
          for (const entry of ledger.filter(isRevoked)) {
            // Access that other grants of the role or of the subject also give is not removed.
            const others = ledger.filter(
              (each) =>
                !isRevoked(each) &&
                (sameSubject(each.subject, entry.subject) || each.role === entry.role),
            );
            const isShared = others.some((other) => overlaps(other.profile, entry.profile));
            if (isShared && subject === undefined) continue;
            if (
              others.some((other) => isOwn(other, entry) && overlaps(other.profile, entry.profile))
            )
              continue;
            if (!hasAny(cluster, entry, subject !== undefined)) continue;
            const isSaid =
              failures.length > 0 ||
              remaining.length > 0 ||
              changes.some(({ notes = [], differences }) => notes.length + differences.length > 0);
            assert.ok(isSaid, `${JSON.stringify(entry)} stays, and nothing is said`);
          }
          // The revoke is complete: the same command plans no more changes.
          assert.equal(
            plan(cluster, selection).changes.filter(({ action }) => action !== 'none'),
            [],
          );
        },
      ),
      runs(5000),
    ));

  function isOwn(a: Entry, b: Entry): boolean {
    return sameSubject(a.subject, b.subject);
  }

  function overlaps(a: ProfileName, b: ProfileName): boolean {
    const kubelet = (name: ProfileName) =>
      profileOf(name).rules.flatMap(({ resources = [] }) =>
        resources.filter((resource) => resource.startsWith('nodes/')),
      );
    return kubelet(a).some((resource) => kubelet(b).includes(resource));
  }
});

const shared = '--role-name R --binding-name B --accept-wider';

suite('revoke: one of several profiles in a binding', (test) => {
  play(test, [
    {
      title: 'prints the commands that grant the other profiles by separate roles',
      given: ['metrics', 'logs'].map((profile) =>
        ran(`grant --subject user:alice --profile ${profile} --for 2h ${shared}`),
      ),
      args: 'revoke --subject user:alice --profile logs',
      expected: {
        code: 1,
        stdout: '',
        stderr:
          /^error: user:alice keeps profile logs: ClusterRoleBinding B gives metrics by the same ClusterRole R\nhint: to grant the others by roles of their own: kubectl kubeletaccess revoke --subject user:alice --all-profiles --binding-name B && kubectl kubeletaccess grant --profile metrics --subject user:alice --for 119m\n/,
        objects: 'unchanged',
      },
      afterwards: [
        ran('revoke --subject user:alice --all-profiles --binding-name B'),
        ran('grant --profile metrics --subject user:alice --for 119m'),
        {
          args: 'revoke --subject user:alice --profile logs',
          expected: { stdout: '', stderr: 'nothing to do: ' },
        },
      ],
    },
    {
      title: 'does not print a grant that would bind the same role again',
      given: [
        ran('grant --subject user:alice --profile metrics --binding-name B'),
        ran('grant --subject user:bob --profile metrics'),
        ran(
          'grant --subject user:alice --profile logs --role-name kubeletaccess:metrics --binding-name B --accept-wider',
        ),
      ],
      args: 'revoke --subject user:alice --profile logs',
      expected: {
        code: 1,
        stdout: '',
        stderr:
          /\nhint: to remove all of them: kubectl kubeletaccess revoke --subject user:alice --all-profiles --binding-name B\n/,
        objects: 'unchanged',
      },
    },
    {
      title:
        'removes subjects that have only this profile, and keeps subjects that have another profile',
      given: [
        ran(`grant --subject user:alice --profile metrics ${shared}`),
        ran(`grant --subject user:alice --profile logs ${shared}`),
        ran(`grant --subject user:bob --profile logs ${shared}`),
      ],
      args: 'revoke --profile logs',
      expected: {
        code: 4,
        stderr: /^error: user:alice keeps profile logs: /m,
        subjects: { B: [user('alice')] },
      },
    },
    {
      title: 'names the command that edits a role with the rules of several profiles',
      given: [
        ran(`grant --subject user:alice --profile metrics ${shared}`),
        ran(`grant --subject user:bob --profile logs ${shared}`),
      ],
      args: 'revoke --subject user:bob --profile logs',
      expected: {
        stderr:
          /\nnote: ClusterRole R gives its other subjects profiles metrics, logs; to remove rules from it: kubectl edit clusterrole R\n/,
        subjects: { B: [user('alice')] },
      },
    },
    {
      title: 'names the grants of other profiles that give the same access',
      given: [ran(`grant --subject user:alice --profile readonly ${shared}`)],
      args: 'revoke --subject user:alice --profile metrics',
      expected: {
        stdout: '',
        stderr:
          /^nothing to do: .*\nnote: user:alice still has access through ClusterRoleBinding B \(profile readonly\)\nhint: to revoke that too: kubectl kubeletaccess revoke --subject user:alice --all-profiles\n/,
      },
    },
  ]);
});
