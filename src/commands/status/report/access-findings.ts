import { denialTtl, permissionTtl } from '../../../kubelet/authorization-cache.ts';
import { rightForKubeletClient } from '../../../kubelet/missing-right.ts';
import { createCommands } from '../../../rbac/create-commands.ts';
import { notKubeletClient } from '../../../rbac/kubelet-client-name.ts';
import { apiserverRules } from '../../../rbac/profiles.ts';
import { neverGranted } from '../../../rbac/subject.ts';
import { summarize } from '../../../text/list.ts';
import { shellWord } from '../../../text/shell.ts';
import type { Facts, NodeFacts } from '../facts.ts';
import type { AccessReport } from './access.ts';
import { type Finding, finding } from './finding.ts';
import { isIntact, type PairReport } from './pair-state.ts';
import { isFailed, isRefused } from './probe.ts';
import { namesOf, rightFor, where, wordsOf } from './refused.ts';

/** What the one whom the pair is for may do, by kubelets and by RBAC. */
export function accessFindings(
  facts: Facts,
  pair: PairReport,
  access: readonly AccessReport[],
): readonly Finding[] {
  const rights = access.filter(({ whose }) => whose !== 'caller');
  const isClient = rights.every(({ whose }) => whose === 'kube-apiserver');
  const isRefusing = facts.nodes.some(({ viaApiServer }) => isRefused(viaApiServer, 'kubelet'));
  const off = authorizationOff(facts);
  return isClient && isRefusing
    ? [refusal(facts, rights), ...off]
    : [...off, ...unrefused(facts, pair, rights, off.length > 0)];
}

/** Kubelets refuse kube-apiserver: because nothing allows it, or because they have not yet seen that something does. */
function refusal(facts: Facts, rights: readonly AccessReport[]): Finding {
  const name = 'userName' in facts.client ? facts.client.userName : undefined;
  const isRefusing = ({ viaApiServer }: NodeFacts) => isRefused(viaApiServer, 'kubelet');
  const nodes = where(facts, isRefusing);
  if (rights[0]?.review === 'allowed')
    return finding(
      'access cached',
      'error',
      `user "${name}" is allowed now; kubelets that had refused it go on doing so from their cache, for up to ${denialTtl}`,
      { nodes, commands: ['kubectl kubeletaccess status'] },
    );
  const refused = facts.nodes.filter(isRefusing);
  const { missingRule } = rightFor(
    refused.map(({ viaApiServer }) => viaApiServer),
    rightForKubeletClient,
  );
  const mendable = name !== undefined && notKubeletClient(name) === undefined;
  return finding(
    'access missing',
    'error',
    `kubelets refuse kube-apiserver, ${name === undefined ? 'and do not agree who that is' : `who is user "${name}" to them`}; your own rights do not matter there`,
    {
      nodes,
      evidence: [...refusalWords(refused), ...neverWords(name), ...nearMissWords(facts)],
      ...(name !== undefined && missingRule && { missingRule }),
      commands: mendable ? grantCommands(name) : [],
    },
  );
}

/** What RBAC says where kubelets refuse nothing, or where it is not about kube-apiserver. */
function unrefused(
  facts: Facts,
  pair: PairReport,
  rights: readonly AccessReport[],
  isOff: boolean,
): readonly Finding[] {
  const denied = rights.filter(({ verdict }) => verdict === 'denied');
  const isCached = denied.some(({ answer }) => answer === 'allowed');
  const lacking = denied.filter(({ answer }) =>
    isCached ? answer === 'refused' : answer !== 'allowed',
  );
  const another =
    denied.length === 0 && !isOff && isOtherwise(pair) && isInForce(facts, rights)
      ? anotherWay(facts, pair)
      : [];
  return [
    ...(isCached && !isOff ? [cachedYes(pair)] : []),
    ...(lacking.length > 0 ? [missing(facts, pair, lacking)] : []),
    ...another,
  ];
}

function cachedYes({ subject }: PairReport): Finding {
  return finding(
    'access cached',
    'error',
    `nothing allows ${subject} that access now, yet kubelets do: from their cache, for up to ${permissionTtl}, or by a group of its certificate`,
  );
}

/** Kubelets that ask nobody, as far as that was looked at. */
function authorizationOff({ nodes }: Facts): readonly Finding[] {
  const off = nodes.filter(({ authorizationMode }) => authorizationMode === 'AlwaysAllow');
  if (off.length === 0) return [];
  return [
    finding(
      'authorization off',
      'warning',
      'kubelets allow everything to everyone whom they know, as their authorization.mode is AlwaysAllow: RBAC does not matter there',
      { nodes: namesOf(off), commands: ['kubectl kubeletaccess audit'] },
    ),
  ];
}

/** What is over gives what it gave until it is taken back. */
function isOtherwise(pair: PairReport): boolean {
  return !isIntact(pair) && pair.clusterRoleBinding.state !== 'expired';
}

/** Whether something shows that what the pair gives is there. */
function isInForce({ path, nodes }: Facts, rights: readonly AccessReport[]): boolean {
  if (path === 'apiserver') return nodes.some(({ viaApiServer }) => viaApiServer.result === 'ok');
  return rights.length > 0 && rights.every(({ verdict }) => verdict === 'allowed');
}

function missing(facts: Facts, pair: PairReport, lacking: readonly AccessReport[]): Finding {
  const { profile, subject } = facts.wanted;
  const isClient = lacking.every(({ whose }) => whose === 'kube-apiserver');
  const reason = subject && neverGranted(subject);
  const command = [
    grant,
    ...(profile.name === 'apiserver' ? [] : [`--profile ${profile.name}`]),
    ...(isClient ? [] : [`--subject ${shellWord(pair.subject)}`]),
    ...(isClient || !profile.runsCommands ? [] : ['--allow-exec']),
  ].join(' ');
  return finding(
    'access missing',
    'error',
    `${isClient ? `kube-apiserver, who is ${pair.subject} to kubelets,` : pair.subject} lacks ${lacking.map(({ right }) => right).join(', ')}`,
    {
      evidence: [
        ...(reason === undefined ? [] : [`it is never granted anything: ${reason}`]),
        ...(isClient || !profile.runsCommands ? [] : [execWarning]),
        ...nearMissWords(facts),
      ],
      commands: reason === undefined ? [command] : [],
    },
  );
}

const execWarning =
  'beware: with nodes/proxy, even with get alone, one runs commands in every container';

/** The pair is not as grant makes it, and nothing is refused. */
function anotherWay(
  { pair, path, groups }: Facts,
  { alsoBy, subject }: PairReport,
): readonly Finding[] {
  if (!pair) return [];
  const by = alsoBy.map((name) =>
    name === '' ? 'the group system:masters' : `ClusterRoleBinding ${name}`,
  );
  const byGroups = groups.length > 0 ? `: it may be ${summarize(groups, 3)}` : '';
  const told = by.length > 0 ? `: ${subject} has it by ${by.join(' and ')}` : byGroups;
  return [
    finding(
      'access by another way',
      'note',
      path === 'apiserver'
        ? `the pair is not as grant makes it, but kubelets do not refuse kube-apiserver: something else allows it${told}`
        : `the pair is not as grant makes it, but something else allows it${told}`,
    ),
  ];
}

export function expiryFindings({ clusterRoleBinding, subject }: PairReport): readonly Finding[] {
  const { state, expires } = clusterRoleBinding;
  if (state !== 'expired' || expires === undefined) return [];
  return [
    finding(
      'access expired',
      'error',
      `what was granted to ${subject} for a while ended at ${expires}, and is still in force until it is taken back`,
      { commands: ['kubectl kubeletaccess revoke --expired'] },
    ),
  ];
}

/** Of each user that kubelets name, one refusal. */
function refusalWords(refused: readonly NodeFacts[]): readonly string[] {
  const byUser = new Map<string | undefined, readonly string[]>();
  for (const node of refused) {
    const { viaApiServer } = node;
    const name = isFailed(viaApiServer) ? viaApiServer.refusal?.user : undefined;
    if (!byUser.has(name)) byUser.set(name, wordsOf(node));
  }
  return [...byUser.values()].flat();
}

/** Why there is nothing to run. */
function neverWords(name: string | undefined): readonly string[] {
  const reason = name === undefined ? undefined : notKubeletClient(name);
  return reason === undefined ? [] : [`"${name}" is never granted anything: ${reason}`];
}

const grant = 'kubectl kubeletaccess grant';

/** All that kube-apiserver needs, by our own command, and by kubectl's. */
function grantCommands(name: string): readonly string[] {
  const resources = apiserverRules.flatMap((rule) => rule.resources ?? []);
  return [grant, createCommands(name, 'kubelet-api', { verbs: '*', resources })];
}

function nearMissWords({ nearMisses }: Facts): readonly string[] {
  return nearMisses.map(({ object, why, command }) => {
    const mended = command === undefined || command === grant ? '' : ` (that mends it: ${command})`;
    return `${object}: ${why}${mended}`;
  });
}
