import { Failure } from '../../errors.ts';
import { aggregatedFrom, type RoleHolder, roleHoldersOf } from '../../kubelet/narrow/holders.ts';
import { newerMinors, olderMinors } from '../../kubelet/narrow/kubelets.ts';
import { narrowRules } from '../../kubelet/narrow/narrow-rules.ts';
import type { ClusterRole } from '../../objects.ts';
import { aggregationLabels, aggregatorsOf } from '../../rbac/aggregation.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { formatSubject, hasSubject, parseSubject } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { didYouMean, nearestNames } from '../../text/nearest.ts';
import type { NarrowFacts } from './facts.ts';
import type { NarrowSettings } from './options.ts';

export interface ChosenRole {
  readonly role: ClusterRole;
  readonly holders: readonly RoleHolder[];
  /**
   * Labels by which an aggregated role outside the files may select this role. Empty if all roles of the cluster were read, or if the files
   * contain such an aggregated role.
   */
  readonly unseen: readonly string[];
}

export interface SelectedRoles {
  readonly chosen: readonly ChosenRole[];
  readonly notes: readonly string[];
  /** Aggregated roles with access to kubelets whose source roles were not found. */
  readonly withoutSources: readonly ClusterRole[];
}

type Objects = Pick<NarrowFacts, 'roles' | 'bindings' | 'isWhole'>;

/** The name of the role, or the subject whose roles are selected. If both are undefined, all roles are selected. */
export type WantedRoles = Pick<NarrowSettings, 'role' | 'subject'>;

/**
 * Selects the wanted roles. Replaces each aggregated role by the roles that its rules come from, because a controller overwrites the
 * rules of aggregated roles.
 */
export function selectRoles(objects: Objects, wanted: WantedRoles): SelectedRoles {
  const { roles, bindings, isWhole } = objects;
  const notes: string[] = [];
  const chosen = new Set<ClusterRole>();
  const withoutSources: ClusterRole[] = [];
  for (const role of wantedRoles(objects, wanted)) {
    if (!role.aggregationRule) {
      chosen.add(role);
      continue;
    }
    const sources = aggregatedFrom(role, roles).filter(isForKubelets);
    for (const source of sources) chosen.add(source);
    const isUnsourced = sources.length === 0 && isForKubelets(role);
    if (isUnsourced) withoutSources.push(role);
    const names = isUnsourced
      ? `roles with ${selectorsOf(role)}, ${isWhole ? 'and there is none' : 'which are not in the files'}`
      : sources.map(nameOf).join(', ') || 'no role that allows anything on kubelets';
    notes.push(
      `ClusterRole ${nameOf(role)} is aggregated, and its controller writes its rules: they come from ${names}`,
    );
  }
  return {
    chosen: [...chosen].map((role) => ({
      ...{ role, holders: roleHoldersOf(role, roles, bindings) },
      unseen: isWhole || aggregatorsOf(role, roles).length > 0 ? [] : aggregationLabels(role),
    })),
    notes,
    withoutSources,
  };
}

function selectorsOf({ aggregationRule }: ClusterRole): string {
  const labels = (aggregationRule?.clusterRoleSelectors ?? []).flatMap(({ matchLabels = {} }) =>
    Object.entries(matchLabels).map(([key, value]) => `label ${key}=${value}`),
  );
  return labels.join(' or ') || 'the labels of its aggregationRule';
}

function wantedRoles(
  { roles, bindings }: Objects,
  { role: name, subject }: WantedRoles,
): readonly ClusterRole[] {
  if (name !== undefined) {
    const role = roles.find((each) => nameOf(each) === name);
    if (role) return [role];
    const account = parseSubject(name);
    const hints = [
      ...(account?.kind === 'ServiceAccount'
        ? [command`roles of a service account: --subject ${formatSubject(account)}`]
        : []),
      ...didYouMean(nearestNames(name, roles.map(nameOf))),
      'roles that give nodes/proxy: kubectl kubeletaccess who-can exec',
      command`of a chart: helm template CHART | kubectl kubeletaccess narrow ${name} -f -`,
    ];
    throw new Failure(`ClusterRole ${name} not found`, { hints });
  }
  if (subject === undefined) {
    const isAlone = (role: ClusterRole) => !aggregatedFrom(role, roles).some(isForKubelets);
    return roles.filter((role) => isForKubelets(role) && (!role.aggregationRule || isAlone(role)));
  }
  const own = new Set(
    bindings
      .filter(({ subjects }) => hasSubject(subjects ?? [], subject))
      .filter(({ roleRef }) => roleRef.kind === 'ClusterRole')
      .map(({ roleRef }) => roleRef.name),
  );
  const held = roles
    .filter((role) => own.has(nameOf(role)))
    .filter((role) => [role, ...aggregatedFrom(role, roles)].some(isForKubelets));
  if (held.length > 0) return held;
  throw new Failure(
    `no ClusterRoleBinding gives ${formatSubject(subject)} a role that allows anything on kubelets`,
    { hints: ['kubectl kubeletaccess who-can'] },
  );
}

/** Whether a role has rules on kubelets that narrow may remove or replace. */
function isForKubelets({ rules = [] }: ClusterRole): boolean {
  const versions = { minors: [...olderMinors, ...newerMinors], also: [] };
  return narrowRules(rules, [], versions).verdicts.some(({ verdict }) => verdict !== 'keep');
}
