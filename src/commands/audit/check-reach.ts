import { oneLine } from '../../kubelet/authorization-answer.ts';
import type { Strength } from '../../kubelet/endpoints.ts';
import { formatRights, type Reach, type ReachGrant } from '../../kubelet/reach.ts';
import type { RbacSubject } from '../../objects.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { shellWord } from '../../text/shell.ts';
import type { Hit } from './finding.ts';

/** Of those who can reach kubelets, the ones who hardly should. The others are an inventory, and no fault. */
export function checkReachers(reach: readonly Reach[]): Hit[] {
  return reach.flatMap(({ subject, by }) =>
    by.flatMap((grant): Hit[] => {
      if (grant.isDefault) return [];
      const who = formatSubject(subject);
      const strongest = grant.rights.filter(({ strength }) => strength === grant.strength);
      const place = {
        kind: 'ClusterRoleBinding' as const,
        name: grant.binding,
        part: who,
        evidence: `${oneLine(who)} has ${oneLine(formatRights(strongest))} by ClusterRole ${oneLine(grant.role)}`,
      };
      const takeOut = `take ${oneLine(who)} out: kubectl edit clusterrolebinding ${argument(grant.binding, 'NAME')}`;
      const crowd = crowdOf(subject);
      if (crowd !== undefined) {
        const evidence = `${place.evidence}; it is ${crowd}`;
        const severity = showsLittle(grant.strength) ? 'medium' : 'high';
        return [{ id: 'KA401', severity, place: { ...place, evidence }, remedy: takeOut }];
      }
      if (grant.strength !== 'exec') return [];
      const less = `give less, such as: kubectl kubeletaccess grant --profile readonly --subject ${argument(who, 'SUBJECT')}; and ${takeOut}`;
      if (isWorkload(subject)) return [{ id: 'KA402', place, remedy: less }];
      return looksLikeReading(grant) ? [{ id: 'KA403', place, remedy: less }] : [];
    }),
  );
}

/** A name in a command; what is none that could be printed as it is, such as one of several lines, is left to the reader. */
function argument(name: string, otherwise: string): string {
  return name === oneLine(name) ? shellWord(name) : otherwise;
}

/** Who belongs to a subject that nobody was ever put into by name. */
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

/** A service account, or all of a namespace, that is not the cluster's own. */
function isWorkload({ kind, name, namespace }: RbacSubject): boolean {
  const home =
    kind === 'ServiceAccount' ? namespace : /^system:serviceaccounts:(.+)$/.exec(name)?.[1];
  return home !== undefined && home !== 'kube-system';
}

/** Whoever gave it may have thought of reading: only `get` is there, no `create`. */
function looksLikeReading({ rights }: ReachGrant): boolean {
  const verbs = rights.filter(({ resource }) => resource === 'nodes/proxy').map(({ verb }) => verb);
  return verbs.includes('get') && !verbs.includes('create');
}
