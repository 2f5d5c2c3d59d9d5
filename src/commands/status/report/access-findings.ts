import { foundIn } from '../../../known.ts';
import { denialTtl, permissionTtl } from '../../../kubelet/authorization-cache.ts';
import { finding } from '../../../kubelet/finding.ts';
import { usualProfile } from '../../../rbac/names.ts';
import { formatGiver, neverGranted, notKubeletClient } from '../../../rbac/subject.ts';
import { command, options } from '../../../text/command.ts';
import { summarize } from '../../../text/list.ts';
import type { Facts, NodeFacts } from '../facts.ts';
import { isDenied, isFailedProbe } from '../probe.ts';
import type { AccessReport } from './access.ts';
import { fixForDenial, namesOf, type StatusFinding, wordsOf } from './finding.ts';
import { isIntact, type PairReport } from './pair-state.ts';

export function accessFindings(
  facts: Facts,
  pair: PairReport,
  access: readonly AccessReport[],
): readonly StatusFinding[] {
  const permissions = access.filter(({ holder }) => holder !== 'caller');
  const isClient = permissions.every(({ holder }) => holder === 'apiserver');
  const denied = facts.nodes.filter(({ viaApiServer }) => isDenied(viaApiServer, 'kubelet'));
  const off = authorizationOff(facts);
  const found =
    isClient && denied.length > 0
      ? [denial(facts, denied, permissions), off ?? []]
      : [off ?? [], ...otherFindings(facts, pair, permissions, off !== undefined)];
  return found.flat();
}

function denial(
  facts: Facts,
  denied: readonly NodeFacts[],
  permissions: readonly AccessReport[],
): StatusFinding {
  const name = foundIn(facts.client);
  const nodes = namesOf(denied);
  if (permissions[0]?.review === 'allowed')
    return finding(
      'access-cached',
      'error',
      `user "${name}" is allowed now, but kubelets cache denials for up to ${denialTtl}; retry`,
      { nodeNames: nodes, commands: ['kubectl kubeletaccess status'] },
    );
  const {
    missingRule,
    remedy = '',
    commands = [],
  } = fixForDenial(
    denied.map(({ viaApiServer }) => viaApiServer),
    'apiserver-to-kubelet',
  );
  const never = name === undefined ? undefined : notKubeletClient(name);
  const neverWords = never === undefined ? [] : [`"${name}" is never granted access: ${never}`];
  const isFixable = name !== undefined && never === undefined;
  return finding(
    'access-missing',
    'error',
    `kubelets deny kube-apiserver (${name === undefined ? unnamed(facts) : `user "${name}"`}); your own permissions are not involved`,
    {
      nodeNames: nodes,
      evidence: [
        ...denialWords(denied),
        ...limitWords(facts),
        ...neverWords,
        ...nearMissWords(facts),
      ],
      ...(name !== undefined && missingRule && { missingRule }),
      remedy: isFixable ? remedy : '',
      commands: isFixable ? commands : [],
    },
  );
}

function unnamed({ interrupted }: Facts): string {
  return interrupted
    ? 'its user name was not found out: interrupted'
    : 'they do not agree which user that is';
}

function otherFindings(
  facts: Facts,
  pair: PairReport,
  permissions: readonly AccessReport[],
  isOff: boolean,
): readonly StatusFinding[] {
  const denied = permissions.filter(({ result }) => result === 'denied');
  const isCached = denied.some(({ answer }) => answer === 'allowed');
  const lacking = denied.filter(({ answer }) =>
    isCached ? answer === 'denied' : answer !== 'allowed',
  );
  const isByAnother =
    denied.length === 0 && !isOff && isDrifted(pair) && isInForce(facts, permissions);
  return [
    isCached && !isOff
      ? finding(
          'access-cached',
          'error',
          `nothing allows ${pair.subject} that access now, but kubelets still do: they cache permissions for up to ${permissionTtl}, or a group of its certificate has the permission`,
        )
      : [],
    lacking.length > 0 ? missing(facts, pair, lacking) : [],
    isByAnother ? anotherWay(facts, pair) : [],
  ].flat();
}

function authorizationOff({ nodes }: Facts): StatusFinding | undefined {
  const off = nodes.filter(({ authorizationMode }) => authorizationMode === 'AlwaysAllow');
  if (off.length === 0) return undefined;
  return finding(
    'authorization-off',
    'warning',
    'kubelets allow everything to every authenticated client (authorization.mode is AlwaysAllow); RBAC is not involved',
    { nodeNames: namesOf(off), commands: ['kubectl kubeletaccess audit'] },
  );
}

/**
 * Whether the ClusterRole or ClusterRoleBinding differs from the objects that the grant command creates. Returns false for an expired
 * grant, which works until it is revoked.
 */
function isDrifted(pair: PairReport): boolean {
  return !isIntact(pair) && pair.bindingStatus.state !== 'expired';
}

function isInForce({ path, nodes }: Facts, permissions: readonly AccessReport[]): boolean {
  if (path === 'apiserver') return nodes.some(({ viaApiServer }) => viaApiServer.result === 'ok');
  return permissions.length > 0 && permissions.every(({ result }) => result === 'allowed');
}

function missing(facts: Facts, pair: PairReport, lacking: readonly AccessReport[]): StatusFinding {
  const { profile, subject, nodes } = facts.wanted;
  const isClient = lacking.every(({ holder }) => holder === 'apiserver');
  const reason = subject && neverGranted(subject);
  const limited = [...new Set(facts.limits.flatMap((each) => each.nodes))].sort();
  // The subject may have access to some nodes only, and that may be intended.
  const isLimited = limited.length > 0 && nodes.length === 0;
  const ofProfile = options(
    profile.name === usualProfile(isClient ? subject : undefined)
      ? []
      : ['--profile', profile.name],
  );
  const whom = isClient ? [] : ['--subject', pair.subject];
  const where = isClient ? [] : nodes.flatMap((name) => ['--node', name]);
  const granting = command`kubectl kubeletaccess grant ${ofProfile} ${options([...whom, ...where])}`;
  const check = command`kubectl kubeletaccess status ${limited} ${ofProfile} --subject ${pair.subject}`;
  // Only kube-apiserver should get a permission to run commands in every container.
  const isAdvised = reason === undefined && (isClient || !profile.runsCommands);
  return finding(
    'access-missing',
    'error',
    `${isClient ? `kube-apiserver (${pair.subject})` : pair.subject} lacks ${lacking.map(({ permission }) => permission).join(', ')}${isLimited ? ' on all nodes: it is limited to some' : ''}`,
    {
      evidence: [
        ...limitWords(facts),
        ...(reason === undefined ? [] : [`never granted access: ${reason}`]),
        ...(isClient || !profile.runsCommands ? [] : [notForOthers]),
        ...nearMissWords(facts),
      ],
      commands: isLimited ? [check] : isAdvised ? [granting] : [],
    },
  );
}

const notForOthers =
  'this is what kube-apiserver needs, and it runs commands in every container; anyone else needs less: --profile readonly, metrics, stats or logs';

function anotherWay(
  { pair, path, groups }: Facts,
  { otherBindings: alsoBy, subject }: PairReport,
): StatusFinding | [] {
  if (!pair) return [];
  const by = alsoBy.map(formatGiver);
  const byGroups = groups.length > 0 ? `, possibly ${summarize(groups, 3)}` : '';
  const source = by.length > 0 ? `: ${subject} has it through ${by.join(' and ')}` : byGroups;
  return finding(
    'access-by-another-way',
    'note',
    path === 'apiserver'
      ? `the pair differs from what grant creates, but kubelets do not deny kube-apiserver: something else allows it${source}`
      : `the pair differs from what grant creates, but something else allows it${source}`,
  );
}

export function expiryFinding({
  bindingStatus: clusterRoleBinding,
  subject,
}: PairReport): StatusFinding | [] {
  const { state, expires } = clusterRoleBinding;
  if (state !== 'expired' || expires === undefined) return [];
  return finding(
    'access-expired',
    'error',
    `the access granted to ${subject} expired at ${expires}, and stays in effect until it is revoked`,
    { commands: ['kubectl kubeletaccess revoke --expired'] },
  );
}

function denialWords(denied: readonly NodeFacts[]): readonly string[] {
  const byUser = Map.groupBy(denied, ({ viaApiServer }) =>
    isFailedProbe(viaApiServer) ? viaApiServer.denial?.user : undefined,
  );
  return [...byUser.values()].flatMap((nodes) => nodes.slice(0, 1).flatMap(wordsOf));
}

function limitWords({ limits }: Facts): readonly string[] {
  return limits.map(
    ({ binding, nodes }) =>
      `ClusterRoleBinding ${binding} gives it on ${summarize(nodes, 3)} alone`,
  );
}

function nearMissWords({ nearMisses }: Facts): readonly string[] {
  return nearMisses.map(({ object, why }) => `${object}: ${why}`);
}
