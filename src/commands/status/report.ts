import { exitCodes } from '../../errors.ts';
import type { Facts } from './facts.ts';
import { type AccessReport, accessOf } from './report/access.ts';
import type { Finding } from './report/finding.ts';
import { findingsOf } from './report/findings.ts';
import { type Hop, hopsOf } from './report/hops.ts';
import { type NodeReport, nodeReport } from './report/nodes.ts';
import { isIntact, type PairReport, pairOf } from './report/pair-state.ts';
import { isFailed, isRefused } from './report/probe.ts';

/** exitCodeOf gives each its exit code. */
export const verdicts = [
  'ok',
  'access missing',
  'access expired',
  'some nodes fail',
  'all nodes fail',
  'not known',
] as const;

/** What `status` reports; printed as it is with -o json and -o yaml, and described by docs/KubeletAccessReport.schema.json. */
export interface Report {
  readonly apiVersion: 'kubeletaccess/v1';
  readonly kind: 'KubeletAccessReport';
  readonly server: string;
  /** When, in ISO 8601. */
  readonly time: string;
  readonly verdict: (typeof verdicts)[number];
  readonly pair: PairReport;
  readonly hops: readonly Hop[];
  readonly access: readonly AccessReport[];
  readonly nodes: readonly NodeReport[];
  readonly findings: readonly Finding[];
}

export function diagnose(facts: Facts): Report {
  const pair = pairOf(facts);
  const access = accessOf(facts);
  return {
    apiVersion: 'kubeletaccess/v1',
    kind: 'KubeletAccessReport',
    server: facts.server,
    time: new Date(facts.now).toISOString(),
    verdict: verdictOf(facts, pair, access),
    pair,
    hops: hopsOf(facts),
    access,
    nodes: facts.nodes.map((node) => nodeReport(node, facts.now)),
    findings: findingsOf(facts, pair, access),
  };
}

export function exitCodeOf({ verdict }: Report): number {
  if (verdict === 'ok') return exitCodes.ok;
  if (verdict === 'access missing' || verdict === 'access expired') return exitCodes.unmet;
  return verdict === 'some nodes fail' ? exitCodes.someFailed : exitCodes.error;
}

function verdictOf(
  { nodes: all, path, interrupted, apiServerDown }: Facts,
  pair: PairReport,
  access: readonly AccessReport[],
): Report['verdict'] {
  if (interrupted || apiServerDown !== undefined) return 'not known';
  const probes =
    path === 'review'
      ? []
      : all.map((node) => (path === 'direct' ? node.direct : node.viaApiServer));
  if (probes.some((probe) => isRefused(probe, 'kubelet'))) return 'access missing';
  const rights = access.filter(({ whose }) => whose !== 'caller');
  const lacking = rights.filter(({ verdict }) => verdict === 'denied');
  // Allowed from a cache, or by a group that the review did not know.
  const atOdds = lacking.some(({ answer }) => answer === 'allowed');
  if (lacking.some(({ answer }) => answer === 'refused') || (lacking.length > 0 && !atOdds))
    return 'access missing';
  if (pair.clusterRoleBinding.state === 'expired') return 'access expired';
  // The pair alone does not settle it: something else may allow the access, or the pair may not be enough.
  const callerRefused = probes.some(
    (probe) => isRefused(probe, 'api server') || isRefused(probe, 'in between'),
  );
  if (path === 'review')
    return rights.every(({ verdict }) => verdict === 'allowed') ? 'ok' : 'not known';
  const asked = probes.filter(({ result }) => result !== 'not asked');
  if (asked.length === 0 || callerRefused) return 'not known';
  const failing = asked.filter(isFailed).length;
  if (failing === asked.length) return 'all nodes fail';
  if (atOdds && !isIntact(pair)) return 'not known';
  return failing === 0 ? 'ok' : 'some nodes fail';
}
