import type { Known, Unknown } from '../../known.ts';
import type { KubeletAddress } from '../../kubelet/address.ts';
import type { RunningWorkload } from '../../kubelet/agents/workloads.ts';
import type { RuleId } from '../../kubelet/audit-rules.ts';
import { minorOf } from '../../kubelet/authorization.ts';
import type { Flags } from '../../kubelet/bodies/flagz.ts';
import type { UpgradeMetrics } from '../../kubelet/bodies/upgrade-metrics.ts';
import type { Cause } from '../../kubelet/causes/causes.ts';
import type { ServingCertificate } from '../../kubelet/certificate.ts';
import type { KubeletConfiguration } from '../../kubelet/configz.ts';
import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';
import type { Unread } from '../../unread.ts';

/** Keys are facts, values match the ids of the rules that need the fact. */
const rulesOfFacts = {
  'kubelet-access': /^KA4/,
  configuration: /^KA(?:00[2-9]|1|201|20[567]|301|302|503|505)/,
  'anonymous-access': /^KA00[12]/,
  'read-only-port': /^KA004/,
  'serving-certificate': /^KA20[234]/,
  'certificate-trust': /^KA20[34]/,
  metrics: /^KA50[1236]/,
  'cgroup-version': /^KA501/,
  'container-runtime': /^KA502/,
  'feature-gate-stages': /^KA503/,
  'apiserver-version': /^KA504/,
  'kubelet-version': /^KA5/,
  flags: /^KA507/,
} as const satisfies Readonly<Record<string, RegExp>>;

/** `nodes` and `all-nodes` have no entry in `rulesOfFacts`: all rules need them. */
export type Fact = keyof typeof rulesOfFacts | 'nodes' | 'all-nodes';

export type SelectedRules = ReadonlySet<RuleId>;

export function isNeeded(fact: Fact, rules: SelectedRules): boolean {
  if (fact === 'nodes' || fact === 'all-nodes') return true;
  return [...rules].some((rule) => rulesOfFacts[fact].test(rule));
}

/** What audit reads for the selected rules. A fact may also be read as evidence about another one. */
export function readingsFor(rules: SelectedRules) {
  const needs = (...facts: readonly Fact[]) => facts.some((fact) => isNeeded(fact, rules));
  const judgesAuthorization = rules.has('KA003');
  const anonymousAccess = needs('anonymous-access');
  return {
    rbac: needs('kubelet-access') || anonymousAccess || judgesAuthorization,
    configuration: needs('configuration') || anonymousAccess,
    // A read-only port that is closed proves something only if a kubelet answers at the address.
    anonymousRequest:
      needs('read-only-port', 'serving-certificate', 'certificate-trust') ||
      anonymousAccess ||
      judgesAuthorization,
    readOnlyPort: needs('read-only-port'),
    metrics: needs('metrics'),
    flags: needs('flags'),
    serverVersion: needs('apiserver-version'),
  };
}

export type AnonymousAnswer =
  /** 401: anonymous authentication is off. */
  | { readonly result: 'no-credential-accepted' }
  /** 403, or 500 if the authorizer had an error: anonymous authentication is on, but the request was not allowed. */
  | { readonly result: 'forbidden'; readonly words: string }
  | { readonly result: 'served'; readonly status: number };

export interface ReadOnlyAnswer {
  readonly port: number;
  readonly result: 'served' | 'closed';
}

export interface NodeAuditFacts {
  readonly name: string;
  readonly version: string;
  /** `linux` or `windows`; empty if unknown. */
  readonly system: string;
  readonly address: KubeletAddress | undefined;
  readonly anonymous: Known<AnonymousAnswer>;
  readonly readOnly: Known<ReadOnlyAnswer>;
  readonly certificate: Known<ServingCertificate>;
  /** Why the serving certificate does not verify; `none` if it verifies. */
  readonly distrust: Known<Cause | 'none'>;
  readonly configuration: Known<{
    readonly via: 'direct' | 'apiserver';
    readonly value: KubeletConfiguration;
  }>;
  /** Container runtime as its Node has it, such as `containerd://2.1.4`; empty if unknown. */
  readonly runtime: string;
  readonly metrics: Known<UpgradeMetrics>;
  readonly flags: Known<Flags>;
}

export interface RbacFacts {
  readonly roles: readonly ClusterRole[];
  readonly bindings: readonly ClusterRoleBinding[];
  readonly unread?: readonly Unread[];
}

export interface AuditFacts {
  readonly server: string;
  /** Time of the audit, in ms since 1970. */
  readonly now: number;
  /** If a serving certificate expires within this number of days, audit reports a finding. */
  readonly warnDays: number;
  readonly nodes: Known<readonly NodeAuditFacts[]>;
  /** Why some nodes are missing from `nodes`; undefined if none is missing. */
  readonly leftOut?: Unknown | undefined;
  readonly rbac: Known<RbacFacts>;
  /** Version of kube-apiserver, such as `v1.37.2`. */
  readonly serverVersion: Known<string>;
  /** Minor version of the next upgrade; undefined for the next one of each kubelet. */
  readonly forMinor?: number | undefined;
  /** Workloads of service accounts that may run commands in containers; keys are `serviceaccount:NAMESPACE:NAME`. */
  readonly running: ReadonlyMap<string, Known<readonly RunningWorkload[]>>;
}

export type GatheredFacts = Pick<
  AuditFacts,
  'nodes' | 'leftOut' | 'rbac' | 'running' | 'serverVersion'
>;

export const notSelected: Unknown = { unknown: 'no selected rule needs it' };

/** Returns the minor versions of a kubelet before and after its next upgrade; infinity if its version is unknown. */
export function plannedUpgrade(version: string, forMinor: number | undefined) {
  const minor = minorOf(version);
  return { minor, target: forMinor ?? minor + 1 };
}
