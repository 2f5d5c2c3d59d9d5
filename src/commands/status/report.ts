import { exitCodes } from '../../errors.ts';
import { isFound } from '../../known.ts';
import { permissionTtl } from '../../kubelet/authorization-cache.ts';
import { checkServer } from '../../kubelet/causes/hop.ts';
import { finding, severities } from '../../kubelet/finding.ts';
import type { FlavourName } from '../../kubelet/flavours.ts';
import { kubeadmClient } from '../../rbac/names.ts';
import { apiVersion } from '../../text/api-version.ts';
import type { Facts } from './facts.ts';
import { isDenied, isFailedProbe, outcomeOf } from './probe.ts';
import { type AccessReport, accessOf } from './report/access.ts';
import { accessFindings, expiryFinding } from './report/access-findings.ts';
import { callerFindings, gateFinding } from './report/caller-findings.ts';
import type { StatusFinding } from './report/finding.ts';
import { type HopReport, hopsOf, type ReadingReport, readingOf } from './report/hops.ts';
import { nodeFindings } from './report/node-findings.ts';
import { type NodeReport, nodeReport } from './report/nodes.ts';
import { isIntact, type PairReport, pairOf } from './report/pair-state.ts';
import { streamFindings, streamsOf } from './report/stream-findings.ts';

export const verdicts = {
  ok: exitCodes.ok,
  'access-missing': exitCodes.unmet,
  'access-expired': exitCodes.unmet,
  'streams-broken': exitCodes.unmet,
  'some-nodes-fail': exitCodes.someFailed,
  'all-nodes-fail': exitCodes.error,
  unknown: exitCodes.error,
} as const;

/** The report of `status`: whether kube-apiserver and the caller reach kubelets; if not, where, why, and which commands help. */
export interface Report {
  readonly apiVersion: typeof apiVersion;
  readonly kind: 'KubeletAccessReport';
  /** The URL of the API server. */
  readonly server: string;
  /** The distribution of the cluster, such as kubeadm or k3s; absent if its nodes do not prove it. */
  readonly distribution?: FlavourName;
  /** How commands that only read from kubelets, such as logs and top, reach them; absent with --kubelet-address. */
  readonly reading?: ReadingReport;
  /**
   * When the checks were completed.
   * @format date-time
   */
  readonly time: string;
  /**
   * The result, which decides the exit code. ok (0): kube-apiserver reaches every kubelet. access-missing (3): kubelets deny access,
   * RBAC does not give the permissions that were checked, or the service account does not exist. access-expired (3): a temporary grant has expired. streams-broken (3): with
   * --streams, logs work but exec fails on some node. some-nodes-fail (4): kube-apiserver cannot reach some nodes, or some named nodes do
   * not exist. all-nodes-fail (1). unknown (1): the result is unknown. With --kubelet-address, the result is about the caller and this kubelet.
   */
  readonly verdict: keyof typeof verdicts;
  readonly grant: PairReport;
  /** The hops: caller to API server, API server to kubelets, caller to kubelets. */
  readonly hops: readonly HopReport[];
  /** Answers of RBAC and kubelets about single permissions, first for the subject of the ClusterRoleBinding, then for the caller. */
  readonly access: readonly AccessReport[];
  /** The nodes that were checked, in the order of the API server. */
  readonly nodes: readonly NodeReport[];
  /** Findings, the most severe first; empty if everything is ok. */
  readonly findings: readonly StatusFinding[];
}

export function diagnose(facts: Facts): Report {
  const pair = pairOf(facts);
  const access = accessOf(facts);
  // Only kubeadm creates this binding. Nodes alone do not always show that the cluster was made by kubeadm.
  const isKubeadm = pair.otherBindings.includes(kubeadmClient.binding);
  const flavour = facts.flavour ?? (isKubeadm ? 'kubeadm' : undefined);
  const reading = readingOf(facts.nodes);
  return {
    apiVersion,
    kind: 'KubeletAccessReport',
    server: facts.server,
    ...(flavour && { distribution: flavour }),
    ...(reading && { reading }),
    time: new Date(facts.now).toISOString(),
    verdict: verdictOf(facts, pair, access),
    grant: pair,
    hops: hopsOf(facts),
    access,
    nodes: facts.nodes.map((node) => nodeReport(node, facts.now)),
    findings: findingsOf(facts, pair, access),
  };
}

function verdictOf(
  facts: Facts,
  pair: PairReport,
  access: readonly AccessReport[],
): Report['verdict'] {
  const verdict = verdictOfAnswers(facts, pair, access);
  if (verdict !== 'ok') return verdict;
  const streams = streamsOf(facts);
  if (streams === 'broken') return 'streams-broken';
  const isUnreadable = facts.unchecked.some(({ unreadable }) => unreadable);
  if (isUnreadable || streams === 'unknown') return 'unknown';
  return facts.hasMissing ? 'some-nodes-fail' : 'ok';
}

function verdictOfAnswers(
  { nodes: all, path, interrupted, apiServerDown, absent }: Facts,
  pair: PairReport,
  access: readonly AccessReport[],
): Report['verdict'] {
  if (interrupted || apiServerDown !== undefined) return 'unknown';
  if (absent.length > 0) return 'access-missing';
  const probes =
    path === 'review'
      ? []
      : all.map((node) => (path === 'direct' ? node.direct : node.viaApiServer));
  const permissions = access.filter(({ holder }) => holder !== 'caller');
  const lacking = permissions.filter(({ result }) => result === 'denied');
  // A kubelet may allow a request that RBAC denies, because it cached the permission, or because of a group that the access review did not
  // include.
  const atOdds = lacking.some(({ answer }) => answer === 'allowed');
  const isLacking = atOdds ? lacking.some(({ answer }) => answer === 'denied') : lacking.length > 0;
  if (isLacking || probes.some((probe) => isDenied(probe, 'kubelet'))) return 'access-missing';
  if (pair.bindingStatus.state === 'expired') return 'access-expired';
  const callerRefused = probes.some(
    (probe) => isDenied(probe, 'apiserver') || isDenied(probe, 'intermediary'),
  );
  if (path === 'review')
    return permissions.every(({ result }) => result === 'allowed') ? 'ok' : 'unknown';
  const asked = probes.filter(({ result }) => result !== 'not-asked');
  if (asked.length === 0 || callerRefused) return 'unknown';
  const failing = asked.filter(isFailedProbe).length;
  if (failing === asked.length) return 'all-nodes-fail';
  if (atOdds && !isIntact(pair)) return 'unknown';
  return failing === 0 ? 'ok' : 'some-nodes-fail';
}

function findingsOf(
  facts: Facts,
  pair: PairReport,
  access: readonly AccessReport[],
): readonly StatusFinding[] {
  // A report about another subject leaves out failures of the caller, and certificates that expire soon.
  const isOfSubject = facts.path === 'review' && access.some(({ holder }) => holder === 'subject');
  const ofNodes = nodeFindings(facts).filter(
    ({ severity, cause }) =>
      !isOfSubject || (severity !== 'note' && cause !== 'certificate-expires-soon'),
  );
  const found = [
    identityFinding(facts),
    facts.absent.map((words) =>
      finding('access-missing', 'error', words, { commands: ['kubectl get serviceaccounts -A'] }),
    ),
    accessFindings(facts, pair, access),
    expiryFinding(pair),
    isOfSubject ? uncoveredFinding(facts) : callerFindings(facts),
    gateFinding(facts),
    ofNodes,
    streamFindings(facts),
    uncheckedFindings(facts),
  ].flat();
  return found.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

/** Says that the verdict about a subject is of permissions alone, if its requests fail for another reason on the way to kubelets. */
function uncoveredFinding({ nodes, wanted }: Facts): StatusFinding | [] {
  const failing = nodes.filter(
    ({ direct }) => isFailedProbe(direct) && direct.component !== 'kubelet',
  );
  if (failing.length === 0 || !wanted.subject) return [];
  const causes = [...new Set(failing.map(({ direct }) => outcomeOf(direct)))];
  return finding(
    'not-checked',
    'warning',
    `the verdict is about permissions alone: directly, kubelets cannot be called from here (${causes.join(', ')}), and through the API server, every request needs nodes/proxy`,
    { nodeNames: failing.map(({ node }) => node.metadata.name) },
  );
}

const remembered = `a kubelet that cannot ask the API server allows only what it allowed to you in the last ${permissionTtl}; it denies the rest with 500`;

function identityFinding(facts: Facts): StatusFinding | [] {
  const { client, nodes, selector, deniedNodes, apiServerDown } = facts;
  if (apiServerDown !== undefined)
    return finding('unknown', 'error', apiServerDown, {
      evidence: nodes.some(({ direct }) => direct.result === 'ok') ? [remembered] : [],
      commands: [checkServer],
    });
  if (nodes.length === 0 && !deniedNodes)
    return finding(
      'no-node',
      'error',
      selector === '' ? 'the cluster has no nodes' : `no node matches selector "${selector}"`,
    );
  if (client && !isFound(client)) {
    const wasDenied = nodes.some(({ viaApiServer }) => isDenied(viaApiServer, 'kubelet'));
    return finding('identity-unknown', wasDenied ? 'error' : 'warning', client.unknown, {
      evidence: [...((wasDenied ? client.hints : undefined) ?? []), ...(client.details ?? [])],
    });
  }
  return [];
}

function uncheckedFindings({ unchecked, interrupted }: Facts): readonly StatusFinding[] {
  return [
    ...unchecked.map(({ check, unknown, needs }) =>
      finding(
        'not-checked',
        'warning',
        `cannot check ${check}: ${needs === undefined ? unknown : `you lack permission to ${needs}`}`,
      ),
    ),
    ...(interrupted
      ? [finding('interrupted', 'warning', 'interrupted before all checks completed')]
      : []),
  ];
}
