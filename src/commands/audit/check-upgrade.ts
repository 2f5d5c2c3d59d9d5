import { foundIn, isFound, type Known } from '../../known.ts';
import type { RuleId, Severity } from '../../kubelet/audit-rules.ts';
import { minorOf } from '../../kubelet/authorization.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import { losesFlags, lostFlags } from '../../kubelet/removed-flags.ts';
import { type AuditFacts, type Fact, type NodeAuditFacts, plannedUpgrade } from './facts.ts';
import { type AuditFinding, violation } from './finding.ts';

/** A kubelet, and the upgrade for which it is judged. */
interface Upgrade extends NodeAuditFacts {
  readonly minor: number;
  /** Minor version after the upgrade. */
  readonly target: number;
  readonly others: readonly NodeAuditFacts[];
}

interface Hit {
  readonly evidence: string;
  readonly part?: string;
  /** Minor version from which on the problem breaks something; undefined if unknown. Before it, the finding is low. */
  readonly since?: number;
  readonly severity?: Severity;
}

type Check = (kubelet: Upgrade) => readonly Hit[];

const checks: Readonly<Partial<Record<RuleId, Check>>> = {
  KA501: ({ metrics, configuration, minor }) => {
    if (foundIn(metrics)?.cgroupVersion !== 1) return [];
    const isAllowed = foundIn(configuration)?.value.failCgroupV1 === false;
    const evidence = `kubelet_cgroup_version is 1${isAllowed ? ', failCgroupV1 is false' : ''}`;
    // Kubelets from 1.35 on that run on cgroup v1 are configured to do so.
    return minor < 35
      ? [{ evidence: `${evidence}: does not start by default from 1.35 on`, since: 35 }]
      : [{ evidence: `${evidence}: support may end with 1.38`, since: 38, severity: 'medium' }];
  },
  KA502: (kubelet) => {
    const at = foundIn(kubelet.metrics)?.losesSupportAt;
    const runtime = oneLine(kubelet.runtime);
    if (at !== undefined) {
      const evidence = `kubelet_cri_losing_support names ${oneLine(at)}${runtime && `, runtime ${runtime}`}`;
      return [{ evidence, since: Math.max(fallbackEnds, minorOf(at)) }];
    }
    if (namesDriver(kubelet) !== false) return [];
    return [{ evidence: `${runtime} does not name its cgroup driver`, since: fallbackEnds }];
  },
  KA503: (kubelet) => {
    const own = foundIn(kubelet.metrics)?.stages;
    const newer = newestAbove(kubelet);
    return gatesOf(kubelet).flatMap(([gate, value]): readonly Hit[] => {
      const part = `featureGates.${gate}`;
      const setting = `${oneLine(part)} is ${value}`;
      if (newer && !newer.stages.has(gate)) {
        const unknown = `the kubelet of ${oneLine(newer.name)} (${oneLine(newer.version)}) does not know it`;
        return [{ part, severity: 'high', evidence: `${setting}: ${unknown}` }];
      }
      const stage = newer?.stages.get(gate) ?? own?.get(gate);
      return stage === 'GA' || stage === 'DEPRECATED'
        ? [{ part, evidence: `${setting}: its stage is ${stage}` }]
        : [];
    });
  },
  KA505: ({ configuration, minor }) =>
    foundIn(configuration)?.value.eventRecordQPS === 0 && minor < 37
      ? [{ evidence: 'eventRecordQPS is 0', since: 37 }]
      : [],
  KA506: ({ metrics }) =>
    [...(foundIn(metrics)?.labelConflicts ?? [])].map(([metric, count]) => ({
      evidence: `${metric} is ${count}`,
      since: 37,
    })),
  KA507: ({ flags, minor, target }) =>
    lostFlags(foundIn(flags) ?? {}, minor, target).map(({ flag, since }) => ({
      part: `--${flag}`,
      evidence: `--${flag} is set: unknown flag from 1.${since} on`,
      since,
    })),
};

/** Minor version of the first kubelets that need the cgroup driver of the runtime: https://github.com/kubernetes/kubernetes/pull/139121 */
const fallbackEnds = 38;

/** First minor version of kubelets that report kubelet_cri_losing_support: https://github.com/kubernetes/kubernetes/pull/133157 */
const reportsRuntime = 34;

/** Whether the container runtime names its cgroup driver to kubelets; undefined if unknown. */
function namesDriver({ runtime, minor, system }: Upgrade): boolean | undefined {
  if (system === 'windows') return true;
  const [, name, major, second] =
    /^(containerd|cri-o):\/\/v?(\d{1,3})\.(\d{1,3})(?!\d)/.exec(runtime) ?? [];
  if (name === 'containerd') return Number(major) >= 2;
  if (name === 'cri-o') return Number(major) > 1 || Number(second) >= 28;
  return minor >= reportsRuntime ? true : undefined;
}

/** The gates that are set by hand. AllAlpha and AllBeta are none of one feature. */
function gatesOf({ configuration }: Upgrade): readonly (readonly [string, boolean])[] {
  const gates = Object.entries(foundIn(configuration)?.value.featureGates ?? {});
  return gates.filter(([gate]) => gate !== 'AllAlpha' && gate !== 'AllBeta');
}

/** Returns the stages at the newest kubelet between the version of this one and the target. */
function newestAbove({ minor, target, others }: Upgrade) {
  return others
    .flatMap(({ name, version, metrics }) => {
      const stages = foundIn(metrics)?.stages;
      const other = minorOf(version);
      return stages && other > minor && other <= target
        ? [{ name, version, stages, minor: other }]
        : [];
    })
    .toSorted((a, b) => b.minor - a.minor)[0];
}

/** Finds what breaks at the next upgrade. A kubelet that has the version of --for-version already is not upgraded. */
export function checkUpgrade(facts: AuditFacts): readonly AuditFinding[] {
  return (foundIn(facts.nodes) ?? []).flatMap((node) => {
    const upgrade = upgradeOf(node, facts);
    const hits = upgrade
      ? Object.entries(checks).flatMap(([id, check]) =>
          check(upgrade).map((hit) => findingOf(id as RuleId, upgrade, hit)),
        )
      : [];
    return [...hits, ...checkSkew(node, facts)];
  });
}

function upgradeOf(node: NodeAuditFacts, { nodes, forMinor }: AuditFacts): Upgrade | undefined {
  const { minor, target } = plannedUpgrade(node.version, forMinor);
  if (!Number.isFinite(minor) || target <= minor) return undefined;
  return { ...node, minor, target, others: foundIn(nodes) ?? [] };
}

function findingOf(
  id: RuleId,
  { name, target }: Upgrade,
  { evidence, part, since, severity }: Hit,
): AuditFinding {
  const isLater = since !== undefined && since > target;
  return violation(
    id,
    { kind: 'Node', name, ...(part !== undefined && { part }), observation: evidence },
    isLater ? { severity: 'low' } : severity && { severity },
  );
}

/** Source: https://kubernetes.io/releases/version-skew-policy/ */
function checkSkew(
  { name, version }: NodeAuditFacts,
  { serverVersion, forMinor }: AuditFacts,
): readonly AuditFinding[] {
  const server = foundIn(serverVersion);
  const minor = minorOf(version);
  const ahead = minorOf(server) - minor;
  if (server === undefined || !Number.isFinite(ahead)) return [];
  const most = minor < 25 ? 2 : 3;
  const found = (what: string, rest?: { readonly severity: Severity }) => {
    const observation = `kubelet ${oneLine(version)}, kube-apiserver ${oneLine(server)}: ${what}`;
    return [violation('KA504', { kind: 'Node', name, observation }, rest)];
  };
  if (ahead < 0) return found('the kubelet is newer');
  if (ahead > most) return found(`${ahead} minor versions newer`);
  const next = Math.max(minor + ahead, forMinor ?? minor + ahead + 1);
  if (next - minor <= most) return [];
  const after = `with kube-apiserver 1.${next}, it is ${next - minor} minor versions older`;
  return found(after, { severity: 'medium' });
}

/** Returns the facts about the upgrade of a kubelet, of which those that are unknown were not checked. */
export function upgradeFacts(
  node: NodeAuditFacts,
  facts: AuditFacts,
): readonly (readonly [Fact, Known<unknown>])[] {
  const { version, metrics, flags, system } = node;
  if (!Number.isFinite(minorOf(version))) {
    const unknown = `its Node has no known version: ${oneLine(version) || '(empty)'}`;
    return [['kubelet-version', { unknown }]];
  }
  const upgrade = upgradeOf(node, facts);
  if (!upgrade) return [];
  const { minor, target } = upgrade;
  const read = foundIn(metrics);
  const isSilent = (fact: Fact, unknown: string) => [fact, { unknown }] as const;
  return [
    ['metrics', metrics],
    ...(read && read.cgroupVersion === undefined && system !== 'windows'
      ? [isSilent('cgroup-version', 'no kubelet_cgroup_version: kubelets report it since 1.31')]
      : []),
    ...(read && !read.losesSupportAt && namesDriver(upgrade) === undefined
      ? [isSilent('container-runtime', 'no known runtime: kubelets report its support since 1.34')]
      : []),
    ...(read && !read.stages && gatesOf(upgrade).length > 0
      ? [isSilent('feature-gate-stages', 'no kubernetes_feature_enabled in its metrics')]
      : []),
    ...(losesFlags(minor, target) && !isFound(flags) ? [['flags', flags] as const] : []),
  ];
}
