import { exitCodes } from '../errors.ts';
import type { Node } from '../objects.ts';
import { bindingState, type ObjectState, roleState } from '../rbac/drift.ts';
import { type FoundPair, knownNames } from '../rbac/pair.ts';
import { user } from '../rbac/subject.ts';
import { formatHostPort, type KubeletAddress } from './address.ts';
import { formatSubresources } from './authorization.ts';
import type { Cause } from './cause.ts';
import type { KubeletRefusal } from './refusal.ts';

/** What asking a node by one path came to. */
export type Probe =
  | { readonly result: 'ok' }
  /** `by` is who said no; `words` are theirs. */
  | {
      readonly result: 'failed';
      readonly by: 'kubelet' | 'api server' | 'network';
      readonly cause: Cause;
      readonly words: string;
      readonly refusal?: KubeletRefusal | undefined;
    }
  | { readonly result: 'not asked'; readonly why: string };

export interface NodeFacts {
  readonly node: Node;
  readonly address: KubeletAddress | undefined;
  readonly direct: Probe;
  readonly viaApiServer: Probe;
}

/** All that was seen of a cluster; the diagnosis below is a pure function of it. */
export interface Facts {
  readonly server: string;
  /** Who the API server takes the caller for; empty if it does not tell. */
  readonly caller: string;
  /** Who kube-apiserver is to kubelets; undefined if no kubelet refused it anything. Or why that is unknown, if there is more to say. */
  readonly client: { readonly userName: string | undefined } | { readonly unknown: string };
  readonly pair: FoundPair;
  /** RBAC's answer now for the kubelet client and `get nodes/proxy`; undefined if it could not be asked. */
  readonly review: boolean | undefined;
  readonly nodes: readonly NodeFacts[];
}

export interface NodeReport {
  readonly name: string;
  readonly version: string;
  readonly address: string;
  readonly direct: string;
  readonly viaApiServer: string;
  /** The words of who failed it; empty when all is well. */
  readonly words: string;
}

export interface Hop {
  readonly from: string;
  readonly to: string;
  readonly identity: string;
  readonly verdict: string;
}

/** What `status` tells; printed as it is with -o json and -o yaml. */
export interface Report {
  readonly apiVersion: 'kubeletaccess/v1';
  readonly kind: 'KubeletAccessReport';
  readonly server: string;
  readonly verdict: 'ok' | 'access missing' | 'some nodes fail' | 'all nodes fail' | 'not known';
  readonly pair: { readonly clusterRole: NamedState; readonly clusterRoleBinding: NamedState };
  readonly hops: readonly Hop[];
  readonly nodes: readonly NodeReport[];
  readonly findings: readonly Finding[];
}

type NamedState = ObjectState & { readonly name: string };

/** A sentence that says what is wrong, and what to run, if a command mends it. */
export interface Finding {
  readonly cause: string;
  readonly command: string;
}

export function diagnose(facts: Facts): Report {
  const clientName = 'userName' in facts.client ? facts.client.userName : undefined;
  const role = roleState(facts.pair);
  const binding = bindingState(facts.pair, clientName === undefined ? undefined : user(clientName));
  const intact = role.state === 'present' && binding.state === 'present';
  return {
    apiVersion: 'kubeletaccess/v1',
    kind: 'KubeletAccessReport',
    server: facts.server,
    verdict: verdictOf(facts, intact),
    pair: {
      clusterRole: { name: knownNames.role, ...role },
      clusterRoleBinding: { name: knownNames.binding, ...binding },
    },
    hops: hopsOf(facts, clientName),
    nodes: facts.nodes.map(nodeReport),
    findings: findingsOf(facts, clientName, intact),
  };
}

export function exitCodeOf(report: Report): number {
  if (report.verdict === 'ok') return exitCodes.ok;
  if (report.verdict === 'access missing') return exitCodes.no;
  return report.verdict === 'some nodes fail' ? exitCodes.someFailed : exitCodes.error;
}

function refused(probe: Probe, by: 'kubelet' | 'api server'): boolean {
  return probe.result === 'failed' && probe.by === by && probe.cause === 'forbidden';
}

function verdictOf({ nodes, review }: Facts, intact: boolean): Report['verdict'] {
  if (nodes.some(({ viaApiServer }) => refused(viaApiServer, 'kubelet'))) return 'access missing';
  // Whether the pair is there does not settle it: something else may allow the access, or the pair may not be enough.
  if (nodes.length === 0 || nodes.some(({ viaApiServer }) => refused(viaApiServer, 'api server')))
    return 'not known';
  const failing = nodes.filter(({ viaApiServer }) => viaApiServer.result === 'failed').length;
  if (!intact && review === false && failing < nodes.length) return 'not known';
  if (failing === 0) return 'ok';
  return failing === nodes.length ? 'all nodes fail' : 'some nodes fail';
}

function hopsOf(facts: Facts, clientName: string | undefined): Hop[] {
  const { nodes } = facts;
  const callerRefused = nodes.find(({ viaApiServer }) =>
    refused(viaApiServer, 'api server'),
  )?.viaApiServer;
  const atKubelet = nodes.map(({ viaApiServer }) => viaApiServer);
  return [
    {
      from: 'caller',
      to: 'API server',
      identity: facts.caller,
      verdict: callerRefused ? 'forbidden: get nodes/proxy' : 'ok',
    },
    {
      from: 'API server',
      to: 'kubelets',
      identity:
        clientName ?? ('unknown' in facts.client ? 'unknown' : '(never refused, so never named)'),
      verdict: callerRefused ? 'not asked' : summarize(atKubelet),
    },
    {
      from: 'caller',
      to: 'kubelets',
      identity: facts.caller,
      verdict: summarize(nodes.map(({ direct }) => direct)),
    },
  ];
}

/** One verdict for many nodes: ok, or the commonest trouble and how many nodes have any. */
function summarize(probes: readonly Probe[]): string {
  if (probes.length === 0) return 'no node to ask';
  const troubled = probes.filter(({ result }) => result !== 'ok');
  if (troubled.length === 0) return 'ok';
  const counts = new Map<string, number>();
  for (const probe of troubled)
    counts.set(describeProbe(probe), (counts.get(describeProbe(probe)) ?? 0) + 1);
  const [[worst = ''] = []] = [...counts].sort((a, b) => b[1] - a[1]);
  return troubled.length === probes.length
    ? worst
    : `${worst} (${troubled.length} of ${probes.length} nodes)`;
}

function describeProbe(probe: Probe): string {
  if (probe.result === 'ok') return 'ok';
  if (probe.result === 'not asked') return `not asked: ${probe.why}`;
  if (!probe.refusal) return probe.cause;
  const { verb, subresources } = probe.refusal;
  return `forbidden: ${verb} ${formatSubresources(subresources)}`;
}

function nodeReport({ node, address, direct, viaApiServer }: NodeFacts): NodeReport {
  const words = [viaApiServer, direct]
    .map((probe) => (probe.result === 'failed' ? probe.words : ''))
    .find(Boolean);
  return {
    name: node.metadata?.name ?? '',
    version: node.status?.nodeInfo?.kubeletVersion ?? '',
    address: address ? formatHostPort(address) : '',
    direct: direct.result === 'failed' ? direct.cause : direct.result,
    viaApiServer: viaApiServer.result === 'failed' ? viaApiServer.cause : viaApiServer.result,
    words: words ?? '',
  };
}

function findingsOf(facts: Facts, clientName: string | undefined, intact: boolean): Finding[] {
  const findings: Finding[] = [];
  const add = (cause: string, command = '') => findings.push({ cause, command });
  const clientRefused = facts.nodes.some(({ viaApiServer }) => refused(viaApiServer, 'kubelet'));
  if ('unknown' in facts.client && facts.client.unknown !== '') add(facts.client.unknown);
  if (clientRefused && facts.review !== true)
    add(
      `kubelets refuse kube-apiserver, who is user "${clientName}" to them; your own rights do not matter there`,
      'kubectl kubeletaccess grant',
    );
  if (clientRefused && facts.review === true)
    add(
      `user "${clientName}" is allowed now; kubelets that had refused it go on doing so from their cache, for up to 30 s`,
      'kubectl kubeletaccess status',
    );
  if (
    !clientRefused &&
    !intact &&
    facts.nodes.some(({ viaApiServer }) => viaApiServer.result === 'ok')
  )
    add(
      facts.review === false
        ? `nothing allows user "${clientName}" that access now, yet kubelets do: from their cache, for up to 5 minutes, or by a group of its certificate`
        : 'the pair is not as grant makes it, but kubelets do not refuse kube-apiserver: something else allows it',
    );
  if (facts.nodes.some(({ viaApiServer }) => refused(viaApiServer, 'api server')))
    add(
      `the API server does not let user "${facts.caller}" use its node proxy: that is you, not kube-apiserver`,
    );
  if (facts.nodes.some(({ direct }) => refused(direct, 'kubelet')))
    add(
      `kubelets refuse user "${facts.caller}", who is you; that concerns only kubectl kubeletaccess curl without --via apiserver`,
    );
  for (const probe of facts.nodes.flatMap(({ direct, viaApiServer }) => [viaApiServer, direct])) {
    if (probe.result !== 'failed' || probe.cause === 'forbidden') continue;
    if (!findings.some(({ cause }) => cause === probe.words)) add(probe.words);
  }
  return findings;
}
