import { exitCodes, Failure } from '../../errors.ts';
import { deadReason } from '../../kubelet/narrow/dead.ts';
import { formatEra } from '../../kubelet/narrow/kubelets.ts';
import type { RuleVerdict } from '../../kubelet/narrow/narrow-rules.ts';
import { askedFor, formatCall, type Need } from '../../kubelet/narrow/need.ts';
import type { PolicyRule } from '../../objects.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { formatRule, signedRules } from '../../rbac/rules.ts';
import { formatSubject } from '../../rbac/subject.ts';
import type { Tone } from '../../text/color.ts';
import { summarize } from '../../text/list.ts';
import { yamlLines } from '../../text/serialize.ts';
import type { Section } from '../../text/shown.ts';
import type { FoundKubelets } from './facts.ts';
import type { RolePlan } from './plan-role.ts';
import { agentsOfUsers, formatRecognized, titleOfUser } from './role-users.ts';

interface ShownOptions {
  readonly kubelets: FoundKubelets;
  /** Lines that say where to change the role, and with which command. */
  readonly applied: readonly string[];
  readonly rerun: (more: readonly string[]) => string;
}

export function shownPlan(plan: RolePlan, { kubelets, applied, rerun }: ShownOptions): Section {
  const { narrowing } = plan;
  if (!narrowing) return [];
  const { verdicts, added, removed, own } = narrowing;
  const hasWildcard = verdicts.some(
    ({ verdict, resources }) =>
      verdict === 'cannot narrow' && resources.some((each) => each.startsWith('*')),
  );
  const changes = [...signedRules('+', added), ...signedRules('-', removed)];
  return [
    { verbatim: headOf(plan) },
    verdicts.length === 0
      ? { verbatim: ['nothing in it is for kubelets'] }
      : {
          heads: ['RULE', 'VERDICT', 'REPLACED BY', 'NEEDED FOR', 'KUBELETS'],
          rows: verdicts.map(({ rule, verdict, replacedBy, why, needs, kubelets: era }) => [
            rule,
            [verdict, tones[verdict]],
            replacedBy || '-',
            why || words(needs),
            formatEra(era),
          ]),
        },
    {
      verbatim: [
        ...(changes.length > 0
          ? ['changes:', ...changes.map((each) => `  ${each}`)]
          : ['changes: none']),
        ...conditionLines(plan, rerun),
        ...remarksOf(plan, kubelets),
        ...agentLines(plan),
        ...(changes.length > 0 ? applied : []),
        ...(hasWildcard && own.length > 0
          ? ['a role of its own would need:', ...yamlLines(own)]
          : []),
      ],
    },
  ];
}

const tones: Readonly<Record<RuleVerdict['verdict'], Tone>> = {
  keep: 'plain',
  replace: 'good',
  remove: 'good',
  unused: 'good',
  'cannot narrow': 'warning',
};

function headOf({ role, users, holders }: RolePlan): readonly string[] {
  const named = users.map((user) =>
    [titleOfUser(user), formatRecognized(user)].filter(Boolean).join(': '),
  );
  const who = users.length > 0 ? named : holders.map(({ subject }) => formatSubject(subject));
  const rest = who.length - mostUsers;
  return [
    `ClusterRole ${nameOf(role)}`,
    ...who.slice(0, mostUsers).map((each) => `  ${each}`),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ];
}

const mostUsers = 5;

/** Formats calls, such as `/pods, /metrics (if CONDITION)`. A call that is also made unconditionally has no condition. */
function words(needs: readonly Need[]): string {
  const always = new Set(needs.filter(({ when }) => when === undefined).map(formatCall));
  const others = needs.filter((need) => need.when !== undefined && !always.has(formatCall(need)));
  const conditional = [...Map.groupBy(others, ({ when }) => when)].map(([when, some]) => {
    const calls = [...new Set(some.map(formatCall))].join(', ');
    return `${calls} (if ${when})`;
  });
  return [...always, ...conditional].join(', ');
}

/** Returns notes on permissions that the new role lacks. Each output format prints these notes before the role is written. */
export function remarksOf(
  { narrowing, role }: RolePlan,
  kubelets: FoundKubelets,
): readonly string[] {
  if (!narrowing) return [];
  const { verdicts, lacking, lost } = narrowing;
  return [
    olderLines(verdicts, kubelets),
    lacking.length > 0
      ? `note: ClusterRole ${nameOf(role)} lacks ${permissionsOf(lacking)}, needed for ${words(lacking)}: denied now, and nothing is added for it`
      : [],
    [...Map.groupBy(lost, ({ agent }) => agent)].map(
      ([agent, needs]) => `note: ${agent} does without ${words(needs)}: denied without nodes/proxy`,
    ),
  ].flat();
}

/** Formats the permissions that the newest kubelets check, such as `nodes/metrics get`. */
function permissionsOf(needs: readonly Need[]): string {
  const permissions = needs.map((need) => {
    const { verb, subresources } = askedFor(need, Number.POSITIVE_INFINITY);
    return `nodes/${subresources[0] ?? 'proxy'} ${verb}`;
  });
  return [...new Set(permissions)].join(', ');
}

/**
 * Returns a note on rules that only older kubelets need. The new role keeps these rules if the cluster has such kubelets, and otherwise
 * lacks them.
 */
function olderLines(verdicts: readonly RuleVerdict[], { olderNodes, also }: FoundKubelets) {
  const stays = verdicts.filter(({ verdict }) => verdict === 'keep' || verdict === 'cannot narrow');
  const ofAll = stays.filter(({ kubelets }) => kubelets !== 'older').map(({ rule }) => rule);
  const ofOlder = stays.filter(({ kubelets }) => kubelets === 'older').map(({ rule }) => rule);
  const needed = [...new Set(ofOlder)].filter((rule) => !ofAll.includes(rule)).join(', ');
  if (needed === '') return [];
  if (olderNodes.length > 0)
    return [
      `note: ${needed} stays for kubelets that check nothing finer: ${summarize(olderNodes, 5)}`,
    ];
  return also.length > 0
    ? [`note: kubelets before 1.33 need ${needed} as well: --kubelet-version 1.32 keeps it`]
    : [];
}

/**
 * If newer kubelets need nodes/proxy only for calls that depend on a setting of the agent, returns a hint. The hint has the command
 * that leaves out these calls.
 */
export function conditionLines(
  plan: RolePlan,
  rerun: (more: readonly string[]) => string,
): readonly string[] {
  const holding = (plan.narrowing?.verdicts ?? []).filter(
    ({ kubelets, resources }) => kubelets !== 'older' && resources.includes('nodes/proxy'),
  );
  const needs = new Set(holding.flatMap((each) => each.needs));
  if (needs.size === 0 || [...needs].some(({ when }) => when === undefined)) return [];
  const conditions = [...new Set([...needs].flatMap(({ when }) => when ?? []))].join('; ');
  const others = plan.needs.filter(
    (need) => !needs.has(need) && !(need.optional && need.via === 'apiserver'),
  );
  const calls = [...new Set(others.map(formatCall))].join(',');
  const command = calls === '' ? '' : `; if you have none of these: ${rerun(['--calls', calls])}`;
  return [`hint: nodes/proxy is needed only for: ${conditions}${command}`];
}

function agentLines({ users }: RolePlan): readonly string[] {
  return agentsOfUsers(users).flatMap(({ name, setting, narrowing, evidence }) => {
    const label =
      narrowing === 'calls through the API server' ? 'to call kubelets directly' : 'setting';
    return [
      ...(setting === undefined ? [] : [`${label}: ${setting}`]),
      `source: ${name}, ${evidence}`,
    ];
  });
}

export function questionOf(
  { role, questions }: RolePlan,
  rerun: (more: readonly string[]) => string,
): Failure {
  const rules = (role.rules ?? []).flatMap(kubeletWords);
  const hasWildcard = (role.rules ?? []).some(({ resources }) => resources?.includes('nodes/*'));
  const dead = hasWildcard ? [`  nodes/*: ${deadReason('nodes/*')?.why}`] : [];
  return new Failure(
    `cannot narrow ClusterRole ${nameOf(role)}: it is unknown which paths of kubelets it is for`,
    {
      exitCode: exitCodes.unmet,
      details: [
        ...questions.map((question) => `  ${question}`),
        ...(rules.length > 0 ? [`  it allows ${rules.join(', ')}`] : []),
        ...dead,
      ],
      hints: [
        `which agent is it? ${rerun(['--agent', 'NAME'])}`,
        `or which paths does it call? such as: ${rerun(['--calls', '/pods,/stats/summary'])}`,
        'a call through the API server is written as /api/v1/nodes/NAME/proxy/PATH',
        'an audit log tells what was needed: kubectl kubeletaccess who-used --audit-log FILE',
      ],
    },
  );
}

function kubeletWords(rule: PolicyRule): readonly string[] {
  const resources = (rule.resources ?? []).filter(
    (each) => /^(?:nodes\/|\*)/.test(each) && each !== 'nodes/*',
  );
  return resources.length === 0 ? [] : [formatRule({ ...rule, resources })];
}
