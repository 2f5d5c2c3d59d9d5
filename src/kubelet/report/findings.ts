import type { PolicyRule } from '../../objects.ts';
import { canICommand, canITrap } from '../../rbac/can-i.ts';
import { neverGranted, user } from '../../rbac/subject.ts';
import { shellWord } from '../../shell.ts';
import type { Cause } from '../cause.ts';
import {
  type Right,
  rightForCaller,
  rightForKubeletClient,
  rightForNodeProxy,
} from '../explain/rights.ts';
import type { KubeletRefusal } from '../refusal.ts';
import type { AccessReport } from './access.ts';
import type { Facts, NodeFacts, Probe } from './facts.ts';
import { nodeFindings } from './node-findings.ts';
import { isIntact, type PairReport } from './pair.ts';
import { isFailed, isRefused } from './probe.ts';

/** What is wrong, what shows it, and what to run. */
export interface Finding {
  readonly cause: Cause | RightCause;
  readonly severity: (typeof severities)[number];
  /** The nodes that it concerns; empty if it is not of some nodes alone. */
  readonly nodes: readonly string[];
  /** One sentence. */
  readonly message: string;
  /** Servers' own words, and objects that come close. */
  readonly evidence: readonly string[];
  /** What would have to be allowed; only where a rule helps. */
  readonly missingRule?: PolicyRule;
  /** To be pasted, unless they hold a word in capitals. */
  readonly commands: readonly string[];
}

/** What can be wrong with rights, rather than with a node. */
export const rightCauses = [
  'identity unknown',
  'access missing',
  'access cached',
  'access expired',
  'access by another way',
  'caller forbidden',
  'caller forbidden by kubelets',
  'authorization off',
  'certificate expires soon',
  'node not ready',
  'not looked at',
  'no node',
  'interrupted',
] as const;

export type RightCause = (typeof rightCauses)[number];

export const severities = ['error', 'warning', 'note'] as const;

/** Worst first: what concerns every node, then what concerns most of them. */
export function findingsOf(
  facts: Facts,
  pair: PairReport,
  access: readonly AccessReport[],
): readonly Finding[] {
  const found = [
    ...identityFindings(facts),
    ...accessFindings(facts, pair, access),
    ...expiryFindings(pair),
    ...callerFindings(facts),
    ...nodeFindings(facts),
    ...unseenFindings(facts),
  ];
  return found.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

const status = 'kubectl kubeletaccess status';

function finding(
  cause: Finding['cause'],
  severity: Finding['severity'],
  message: string,
  rest: Partial<Pick<Finding, 'nodes' | 'evidence' | 'missingRule' | 'commands'>> = {},
): Finding {
  return { cause, severity, nodes: [], message, evidence: [], commands: [], ...rest };
}

function namesOf(nodes: readonly NodeFacts[]): readonly string[] {
  return nodes.map(({ node }) => node.metadata?.name ?? '');
}

/** Nodes where something holds; none are named if it holds for all. */
function where(facts: Facts, holds: (node: NodeFacts) => boolean): readonly string[] {
  const found = facts.nodes.filter(holds);
  return found.length === facts.nodes.length ? [] : namesOf(found);
}

function identityFindings({
  client,
  nodes,
  selector,
  unseen,
  apiServerDown,
}: Facts): readonly Finding[] {
  if (apiServerDown !== undefined)
    return [
      finding('unknown', 'error', `the API server cannot be reached: ${apiServerDown}`, {
        commands: ['kubectl cluster-info'],
      }),
    ];
  if (nodes.length === 0 && unseen.every(({ right }) => right !== 'list nodes'))
    return [
      finding(
        'no node',
        'error',
        selector === '' ? 'the cluster has no node to ask' : `no node has the labels ${selector}`,
      ),
    ];
  if ('unknown' in client && client.unknown !== '')
    return [finding('identity unknown', 'error', client.unknown, { evidence: client.details })];
  return [];
}

/** What the one whom the pair is for may do, by kubelets and by RBAC. */
function accessFindings(
  facts: Facts,
  pair: PairReport,
  access: readonly AccessReport[],
): readonly Finding[] {
  const name = 'userName' in facts.client ? facts.client.userName : undefined;
  const refused = facts.nodes.filter(({ viaApiServer }) => isRefused(viaApiServer, 'kubelet'));
  const rights = access.filter(({ whose }) => whose !== 'caller');
  const allowed = rights[0]?.review === 'allowed';
  const isClient = rights.every(({ whose }) => whose === 'kube-apiserver');
  const off = authorizationOff(facts);
  const nodes = where(facts, ({ viaApiServer }) => isRefused(viaApiServer, 'kubelet'));
  if (isClient && refused.length > 0) {
    if (allowed)
      return [
        finding(
          'access cached',
          'error',
          `user "${name}" is allowed now; kubelets that had refused it go on doing so from their cache, for up to 30 s`,
          { nodes, commands: [status] },
        ),
        ...off,
      ];
    return [
      finding(
        'access missing',
        'error',
        `kubelets refuse kube-apiserver, ${name === undefined ? 'and do not agree who that is' : `who is user "${name}" to them`}; your own rights do not matter there`,
        {
          nodes,
          evidence: [...refusalWords(refused), ...neverWords(name), ...nearMissWords(facts)],
          ...(name === undefined ? {} : rightFor(refused.map(byApiServer), rightForKubeletClient)),
        },
      ),
      ...off,
    ];
  }
  const denied = rights.filter(({ verdict }) => verdict === 'denied');
  const cached = denied.filter(({ answer }) => answer === 'allowed');
  const lacking = denied.filter(({ answer }) =>
    cached.length > 0 ? answer === 'refused' : answer !== 'allowed',
  );
  return [
    ...off,
    ...(cached.length > 0 && off.length === 0
      ? [
          finding(
            'access cached',
            'error',
            `nothing allows ${isClient ? `user "${name}"` : pair.subject} that access now, yet kubelets do: from their cache, for up to 5 minutes, or by a group of its certificate`,
          ),
        ]
      : []),
    ...(lacking.length > 0 ? [missing(facts, pair, lacking)] : []),
    ...(denied.length === 0 && off.length === 0 && isOtherwise(pair) && isInForce(facts, rights)
      ? anotherWay(facts, pair)
      : []),
  ];
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
      { nodes: namesOf(off), commands: ['kubectl kubeletaccess status --audit'] },
    ),
  ];
}

/** What is over gives what it gave until it is taken back. */
function isOtherwise(pair: PairReport): boolean {
  return !isIntact(pair) && pair.clusterRoleBinding.state !== 'expired';
}

function byApiServer({ viaApiServer }: NodeFacts): Probe {
  return viaApiServer;
}

/** Whether something shows that what the pair gives is there. */
function isInForce({ path, nodes }: Facts, rights: readonly AccessReport[]): boolean {
  if (path === 'apiserver') return nodes.some(({ viaApiServer }) => viaApiServer.result === 'ok');
  return rights.length > 0 && rights.every(({ verdict }) => verdict === 'allowed');
}

function missing(facts: Facts, pair: PairReport, lacking: readonly AccessReport[]): Finding {
  const isClient = lacking.every(({ whose }) => whose === 'kube-apiserver');
  const profile = pair.profile === 'apiserver' ? '' : ` --profile ${pair.profile}`;
  const subject = isClient ? '' : ` --subject ${shellWord(pair.subject)}`;
  return finding(
    'access missing',
    'error',
    `${isClient ? `kube-apiserver, who is ${pair.subject} to kubelets,` : pair.subject} lacks ${lacking.map(({ right }) => right).join(', ')}`,
    {
      evidence: nearMissWords(facts),
      commands: [`kubectl kubeletaccess grant${profile}${subject}`],
    },
  );
}

/** The pair is not as grant makes it, and nothing is refused. */
function anotherWay({ pair, path }: Facts, { alsoBy, subject }: PairReport): readonly Finding[] {
  if (!pair) return [];
  const by = alsoBy.map((name) =>
    name === '' ? 'the group system:masters' : `ClusterRoleBinding ${name}`,
  );
  const told = by.length > 0 ? `: ${subject} has it by ${by.join(' and ')}` : '';
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

function expiryFindings({ clusterRoleBinding, subject }: PairReport): readonly Finding[] {
  const { state, expires } = clusterRoleBinding;
  if (state !== 'expired' || expires === undefined) return [];
  return [
    finding(
      'access expired',
      'error',
      `what was granted to ${subject} for a while is over since ${expires}, and still in force until it is taken back`,
      { commands: ['kubectl kubeletaccess revoke --expired'] },
    ),
  ];
}

function callerFindings(facts: Facts): readonly Finding[] {
  const { caller, nodes, path } = facts;
  const atServer = nodes.find(({ viaApiServer }) => isRefused(viaApiServer, 'api server'));
  const between = nodes.find(({ viaApiServer }) => isRefused(viaApiServer, 'in between'));
  const direct = nodes.map((node) => node.direct).filter((probe) => isRefused(probe, 'kubelet'));
  const refusal = direct[0]?.refusal;
  const isCaller = refusal?.user === caller.user || caller.user === '';
  return [
    ...(atServer
      ? [
          finding(
            'caller forbidden',
            'error',
            `the API server does not let user "${caller.user}" use its node proxy: that is you, not kube-apiserver`,
            {
              evidence: [...wordsOf(atServer), canITrap(undefined, 'get', 'proxy')],
              ...nodeProxyRight(caller.user, wordsOf(atServer)),
            },
          ),
        ]
      : []),
    ...(between
      ? [
          finding(
            'not a kubelet',
            'error',
            'something between you and the kubelets refused, in words that are neither those of RBAC nor of a kubelet: an admission plugin, a webhook or a proxy',
            { evidence: wordsOf(between) },
          ),
        ]
      : []),
    ...(refusal
      ? [
          finding(
            'caller forbidden by kubelets',
            path === 'direct' ? 'error' : 'note',
            `kubelets refuse user "${refusal.user}", ${isCaller ? 'who is you' : `whom they take you for, though you are "${caller.user}" to the API server`}${path === 'direct' ? '' : '; that concerns only kubectl kubeletaccess curl without --via apiserver'}`,
            {
              nodes: where(facts, (node) => isRefused(node.direct, 'kubelet')),
              ...(isCaller ? rightFor(direct, rightForCaller) : {}),
            },
          ),
        ]
      : []),
  ];
}

/** The rule that is missing, and the commands that give it. */
function rightFor(
  probes: readonly Probe[],
  look: (refusal: KubeletRefusal) => Right,
): Pick<Finding, 'missingRule' | 'commands'> {
  const refusal = probes.find(isFailed)?.refusal;
  if (!refusal) return { commands: [] };
  const { missingRule, commands } = look(refusal);
  return { ...(missingRule && { missingRule }), commands };
}

/** RBAC gives no reason for a denial: another authorizer does, and no rule opens what that denies. */
function nodeProxyRight(
  user: string,
  words: readonly string[],
): Pick<Finding, 'missingRule' | 'commands'> {
  const ask = canICommand(undefined, 'get', 'proxy');
  if (words.some((text) => /at the cluster scope: ./.test(text))) return { commands: [ask] };
  const { missingRule, commands } = rightForNodeProxy(user, 'get');
  return { ...(missingRule && { missingRule }), commands: [ask, ...commands.slice(0, 1)] };
}

function wordsOf({ viaApiServer }: NodeFacts): readonly string[] {
  return viaApiServer.result === 'failed' ? [viaApiServer.words] : [];
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
  const reason = name === undefined ? undefined : neverGranted(user(name));
  return reason === undefined ? [] : [`"${name}" is never granted anything: ${reason}`];
}

function nearMissWords({ nearMisses }: Facts): readonly string[] {
  return nearMisses.map(({ object, why }) => `${object}: ${why}`);
}

function unseenFindings({ unseen, interrupted }: Facts): readonly Finding[] {
  return [
    ...unseen.map(({ what, right }) =>
      finding('not looked at', 'warning', `${what} could not be looked at: you lack ${right}`),
    ),
    ...(interrupted
      ? [finding('interrupted', 'warning', 'interrupted before every node was asked')]
      : []),
  ];
}
