import { leastOf } from '../../kubelet/agents/agent-needs.ts';
import { agentOfSubject } from '../../kubelet/agents/recognize-agent.ts';
import { oneLine } from '../../kubelet/authorization-answer.ts';
import type { Strength } from '../../kubelet/endpoints.ts';
import {
  formatPermissions,
  type KubeletPermission,
  type Reach,
  type ReachGrant,
} from '../../kubelet/reach.ts';
import type { ClusterRole, RbacSubject } from '../../objects.ts';
import { covers, formatRule } from '../../rbac/rules.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { summarize } from '../../text/list.ts';
import { shellWord } from '../../text/shell.ts';
import type { Hit } from './finding.ts';

/** Subjects that can reach kubelets and hardly should. The others are an inventory, not findings. */
export function checkReachers(reach: readonly Reach[], roles: readonly ClusterRole[]): Hit[] {
  const byName = new Map(roles.map((role) => [role.metadata?.name ?? '', role]));
  return reach.flatMap(({ subject, by }) =>
    by.flatMap((grant): Hit[] => {
      if (grant.isDefault) return [];
      const who = formatSubject(subject);
      const strongest = grant.rights.filter(({ strength }) => strength === grant.strength);
      const place = {
        kind: 'ClusterRoleBinding' as const,
        name: grant.binding,
        part: who,
        evidence: `${oneLine(who)} has ${oneLine(formatPermissions(strongest))} by ClusterRole ${oneLine(grant.role)}`,
      };
      const remove = `remove ${oneLine(who)} from the binding: kubectl edit clusterrolebinding ${argument(grant.binding, 'NAME')}`;
      const crowd = crowdOf(subject);
      if (crowd !== undefined) {
        const evidence = `${place.evidence}; it is ${crowd}`;
        const severity = showsLittle(grant.strength) ? 'medium' : 'high';
        const remedy = `${remove}${lossWords(byName.get(grant.role), strongest)}`;
        return [{ id: 'KA401', severity, place: { ...place, evidence }, remedy }];
      }
      if (grant.strength !== 'exec') return [];
      // All else that the binding gives stays.
      const less = `print the role without nodes/proxy, and what it needs: kubectl kubeletaccess narrow --subject ${argument(who, 'SUBJECT')}`;
      if (isWorkload(subject)) {
        const evidence = `${place.evidence}${agentWords(subject, grant.role)}`;
        return [{ id: 'KA402', place: { ...place, evidence }, remedy: less }];
      }
      return looksLikeReading(grant) ? [{ id: 'KA403', place, remedy: less }] : [];
    }),
  );
}

/** All that goes with a role, where it allows more than what is named. */
function lossWords(role: ClusterRole | undefined, named: readonly KubeletPermission[]): string {
  const rules = role?.rules ?? [];
  const told = named.map(({ resource, verb, nodes }) => ({
    ...{ apiGroups: [''], resources: [resource], verbs: [verb] },
    ...(nodes && { resourceNames: [...nodes] }),
  }));
  if (covers(told, rules)) return '';
  const all = summarize(rules.map(formatRule), 5);
  return `, which takes away all that ClusterRole ${oneLine(role?.metadata?.name ?? '')} allows: ${oneLine(all)}`;
}

/** Of a known agent, who it is and what it needs. */
function agentWords(subject: RbacSubject, role: string): string {
  const agent = agentOfSubject(subject, role);
  const least = agent && leastOf(agent);
  if (!agent || least === undefined) return '';
  return `; it is ${agent.name}, which needs ${least}`;
}

/** A name as an argument of a command, or a placeholder if it cannot be printed as it is, such as one of several lines. */
function argument(name: string, otherwise: string): string {
  return name === oneLine(name) ? shellWord(name) : otherwise;
}

/** Who belongs to a subject without ever being added by name. */
function crowdOf({ kind, name }: RbacSubject): string | undefined {
  if (kind === 'User') return name === 'system:anonymous' ? everyone : undefined;
  return kind === 'Group' ? crowds.get(name) : undefined;
}

const everyone = 'everyone, even without a credential';
const crowds = new Map([
  ['system:unauthenticated', everyone],
  ['system:authenticated', 'everyone with a credential'],
  ['system:serviceaccounts', 'every pod with a service account'],
  ['system:nodes', 'every node'],
]);

function showsLittle(strength: Strength): boolean {
  return strength === 'read' || strength === 'metrics';
}

/** A service account, or all service accounts of a namespace, outside kube-system. */
function isWorkload({ kind, name, namespace }: RbacSubject): boolean {
  const home =
    kind === 'ServiceAccount' ? namespace : /^system:serviceaccounts:(.+)$/.exec(name)?.[1];
  return home !== undefined && home !== 'kube-system';
}

/** `get` without `create` looks harmless to those who grant it. */
function looksLikeReading({ rights }: ReachGrant): boolean {
  const verbs = rights.filter(({ resource }) => resource === 'nodes/proxy').map(({ verb }) => verb);
  return verbs.includes('get') && !verbs.includes('create');
}
