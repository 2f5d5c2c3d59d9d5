import type { PolicyRule } from '../../objects.ts';
import { has, listed } from '../../rbac/permission.ts';
import { formatRule } from '../../rbac/rules.ts';
import { verbs } from '../authorization.ts';
import { type NodeSubresource, nodeSubresources } from '../endpoints.ts';
import { deadReason, kubeletUrls } from './dead.ts';
import { type Era, erasOf, type KubeletVersions } from './kubelets.ts';
import { allowsNodes, askedFor, type Need, opensAt, withLater } from './need.ts';
import { partOf, type ResourceVerb, withGrants } from './with-grants.ts';

type Verdict = 'keep' | 'replace' | 'remove' | 'unused' | 'cannot narrow';

/** A row of the table of `narrow`: one permission of a role, and whether the role needs it. */
export interface RuleVerdict {
  /** The resource and verbs of the rule that the verdict is about, such as `nodes/proxy get`. */
  readonly rule: string;
  readonly verdict: Verdict;
  /** Resources in the new role because of this rule: the same resource, or those that replace it. */
  readonly resources: readonly string[];
  /** The permissions that replace `rule`; empty if nothing replaces it. */
  readonly replacedBy: string;
  /** The calls that are the reason for the verdict. Empty if `why` is the reason. */
  readonly needs: readonly Need[];
  readonly why: string;
  readonly kubelets: Era;
}

export interface NarrowedRules {
  readonly rules: readonly PolicyRule[];
  readonly verdicts: readonly RuleVerdict[];
}

interface RoleContext {
  /** All old rules of the role, and the new rules that were already made. */
  readonly rules: readonly PolicyRule[];
  readonly needs: readonly Need[];
  readonly versions: KubeletVersions;
}

const askedVerbs: readonly string[] = Object.values(verbs);

/**
 * Removes permissions on kubelets that no call needs. Replaces nodes/proxy by the permissions that newer kubelets check before it.
 * Changes only subresources of nodes. Adds only permissions that nodes/proxy includes.
 */
export function narrowRules(
  rules: readonly PolicyRule[],
  needs: readonly Need[],
  versions: KubeletVersions,
): NarrowedRules {
  const narrowed: PolicyRule[] = [];
  const verdicts: RuleVerdict[] = [];
  const all = withLater(needs);
  for (const rule of rules) {
    const one = narrowRule(rule, { rules: [...rules, ...narrowed], needs: all, versions });
    narrowed.push(...one.rules);
    verdicts.push(...one.verdicts);
  }
  return { rules: narrowed, verdicts };
}

function narrowRule(rule: PolicyRule, context: RoleContext): NarrowedRules {
  const resources = [...new Set(listed(rule.resources))];
  const isCore = has(rule.apiGroups, '');
  const parts = isCore ? resources.map((resource) => narrowPart(rule, resource, context)) : [];
  const verdicts = [...parts.flatMap((part) => part.verdicts), ...urlVerdicts(rule)];
  const left = resources.filter((_, index) => parts[index]?.stays ?? true);
  const grants = parts.flatMap((part) => part.grants);
  const isSame = left.length === resources.length && grants.length === 0;
  return { rules: isSame ? [rule] : withGrants({ ...rule, resources: left }, grants), verdicts };
}

interface SplitRules {
  /** The parts of the rules that `narrow` may change: permissions on subresources of nodes. */
  readonly nodes: readonly PolicyRule[];
  /** The other parts, each resource once. They are the same before and after `narrow`. */
  readonly others: readonly PolicyRule[];
}

export function splitRules(rules: readonly PolicyRule[]): SplitRules {
  const nodes: PolicyRule[] = [];
  const others: PolicyRule[] = [];
  for (const rule of rules) {
    const resources = [...new Set(listed(rule.resources))];
    const changed = has(rule.apiGroups, '') ? resources.filter(mayChange) : [];
    const left = resources.filter((resource) => !changed.includes(resource));
    const { nonResourceURLs: urls, ...rest } = rule;
    if (changed.length > 0) nodes.push({ ...rest, resources: changed });
    const isGone = changed.length > 0 && left.length === 0 && listed(urls).length === 0;
    if (!isGone) others.push({ ...rule, resources: left });
  }
  return { nodes, others };
}

function mayChange(resource: string): boolean {
  return deadReason(resource)?.isKept === false || subresourceOf(resource) !== undefined;
}

function subresourceOf(resource: string): NodeSubresource | undefined {
  return nodeSubresources.find((each) => resource === `nodes/${each}`);
}

interface NarrowedPart {
  /** Whether the rule keeps the resource unchanged. */
  readonly stays: boolean;
  /** Permissions to add, besides the resource or instead of it. */
  readonly grants: readonly ResourceVerb[];
  readonly verdicts: readonly RuleVerdict[];
}

function narrowPart(rule: PolicyRule, resource: string, context: RoleContext): NarrowedPart {
  const verbs = [...new Set(rule.verbs)];
  const words = (some: readonly string[]) => formatRule(partOf(rule, [resource], some));
  const live = verbs.filter((verb) => verb === '*' || askedVerbs.includes(verb));
  if (resource === '*' || resource.startsWith('*/')) {
    const opens = nodeSubresources.some((each) => resource === '*' || resource === `*/${each}`);
    if (!opens || live.length === 0) return unchanged([]);
    const why = 'a wildcard is for more than kubelets, and cannot be split';
    return unchanged([verdictOn(words(verbs), 'cannot narrow', why, resource)]);
  }
  const dead = deadReason(resource);
  if (dead) {
    const { why, isKept } = dead;
    if (isKept) return unchanged([verdictOn(words(verbs), 'keep', why, resource)]);
    return { stays: false, grants: [], verdicts: [verdictOn(words(verbs), 'unused', why)] };
  }
  const subresource = subresourceOf(resource);
  if (subresource === undefined) return unchanged([]);
  const outcomes = live.map((verb) => outcomeOf(rule, subresource, verb, context));
  const deadVerbs = verbs.filter((verb) => !live.includes(verb));
  const verdicts = [
    ...merged(outcomes, words),
    ...(deadVerbs.length > 0
      ? [verdictOn(words(deadVerbs), 'unused', 'kubelets never ask for these verbs')]
      : []),
  ];
  const grants = outcomes.flatMap((outcome) => outcome.grants);
  const isItself = (grant: ResourceVerb, verb: string) =>
    grant.resource === resource && grant.verb === verb;
  const stays =
    deadVerbs.length === 0 &&
    outcomes.every((outcome) => outcome.grants.some((each) => isItself(each, outcome.verb)));
  return {
    stays,
    grants: stays ? grants.filter((grant) => grant.resource !== resource) : grants,
    verdicts,
  };
}

function unchanged(verdicts: readonly RuleVerdict[]): NarrowedPart {
  return { stays: true, grants: [], verdicts };
}

interface VerbOutcome {
  readonly verb: string;
  /** Permissions that the new role needs on kubelets of the versions in `minors`. */
  readonly grants: readonly ResourceVerb[];
  readonly verdicts: readonly Omit<RuleVerdict, 'rule'>[];
}

interface NeededVerb extends ResourceVerb {
  readonly need: Need;
  /** Whether another rule already contains the permission. */
  readonly isThere: boolean;
}

function outcomeOf(
  rule: PolicyRule,
  subresource: string,
  verb: string,
  context: RoleContext,
): VerbOutcome {
  const { minors } = context.versions;
  const own = `nodes/${subresource}`;
  const usesOf = (some: readonly number[]) =>
    some.flatMap((minor) => usesAt(minor, rule, subresource, verb, context));
  const replacement = (grants: readonly ResourceVerb[]) =>
    withGrants(partOf(rule, [], []), grants)
      .map(formatRule)
      .join(', ');
  const found = erasOf(context.versions).map(([era, some]) =>
    eraVerdicts(usesOf(some), (use) => use.resource === own && use.verb === verb, replacement).map(
      (each) => ({ ...each, kubelets: era }),
    ),
  );
  const uses = usesOf(minors);
  const verdicts = joinEras(found);
  return {
    verb,
    grants: uses.filter(({ isThere }) => !isThere),
    verdicts:
      uses.length > 0 ? verdicts : [{ ...unused, kubelets: eraOf(context, verdicts) }, ...verdicts],
  };
}

const unused: EraVerdict = {
  verdict: 'remove',
  resources: [],
  replacedBy: '',
  needs: [],
  why: 'no call needs it',
};

/**
 * Returns the era of the verdict on an unused permission. It is `all` if `others` is empty, or if the kubelets of the role are of
 * both eras. Otherwise, it is the only era of these kubelets.
 */
function eraOf({ versions }: RoleContext, others: readonly unknown[]): Era {
  const [[era] = ['all' as const], ...more] = erasOf({ ...versions, also: [] });
  return others.length === 0 || more.length > 0 ? 'all' : era;
}

/**
 * Returns the calls that this permission allows on kubelets of a version, and for each call the permission that the new role needs.
 */
function usesAt(
  minor: number,
  rule: PolicyRule,
  subresource: string,
  verb: string,
  context: RoleContext,
): readonly NeededVerb[] {
  const names = listed(rule.resourceNames);
  return context.needs.flatMap((need): readonly NeededVerb[] => {
    const asked = askedFor(need, minor);
    const isAsked = asked.subresources.some((each) => each === subresource);
    if (!isAsked || (verb !== '*' && verb !== asked.verb)) return [];
    if (need.isLater && subresource === 'proxy') return [];
    const use = (name: string, isThere = false): NeededVerb[] =>
      // Ignores an optional call through the API server. It would keep nodes/proxy, which allows running commands.
      need.optional && need.via === 'apiserver'
        ? []
        : [{ resource: `nodes/${name}`, verb: asked.verb, need, isThere }];
    const [finest = 'proxy'] = asked.subresources;
    if (subresource !== 'proxy' || finest === 'proxy') return use(subresource);
    if (allowsNodes(context.rules, asked.verb, finest, names)) return use(finest, true);
    return use(isImplied(need, finest, names, context) ? finest : 'proxy');
  });
}

/** Whether the rules already allow the call on all kubelets that check `finest`. If so, adding `finest` gives no new access. */
function isImplied(
  need: Need,
  finest: string,
  names: readonly string[],
  context: RoleContext,
): boolean {
  return context.versions.minors.every(
    (minor) =>
      askedFor(need, minor).subresources.every((each) => each !== finest) ||
      opensAt(minor, context.rules, need, names),
  );
}

type EraVerdict = Omit<RuleVerdict, 'rule' | 'kubelets'>;

function eraVerdicts(
  uses: readonly NeededVerb[],
  isItself: (use: NeededVerb) => boolean,
  replacement: (grants: readonly ResourceVerb[]) => string,
): readonly EraVerdict[] {
  const own = uses.filter(isItself);
  const others = uses.filter((use) => !isItself(use));
  const by = (via: Need['via']) => own.filter(({ need }) => need.via === via);
  const of = (verdict: Verdict, some: readonly NeededVerb[], replacedBy = ''): EraVerdict[] => {
    const needs = [...new Set(some.map(({ need }) => need))];
    const resources = [...new Set(some.map(({ resource }) => resource))];
    return needs.length === 0 ? [] : [{ verdict, resources, replacedBy, needs, why: '' }];
  };
  return [
    ...of('replace', others, replacement(others)),
    ...of('keep', by('direct')),
    ...of('cannot narrow', by('apiserver')),
  ];
}

/** Joins equal verdicts about older and newer kubelets into one. */
function joinEras(eras: readonly VerbOutcome['verdicts'][]): VerbOutcome['verdicts'] {
  const groups = Map.groupBy(eras.flat(), keyOf);
  return [...groups.values()].flatMap(([first, ...others]) =>
    first ? [others.length === 0 ? first : { ...first, kubelets: 'all' as const }] : [],
  );
}

/** Joins equal verdicts about several verbs into one. */
function merged(
  outcomes: readonly VerbOutcome[],
  words: (verbs: readonly string[]) => string,
): readonly RuleVerdict[] {
  const all = outcomes.flatMap(({ verb, verdicts }) => verdicts.map((each) => ({ verb, each })));
  const groups = Map.groupBy(all, ({ each }) => each.kubelets + keyOf(each));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first ? [{ ...first.each, rule: words(group.map(({ verb }) => verb)) }] : [];
  });
}

function keyOf({ verdict, replacedBy, needs, why }: EraVerdict): string {
  return JSON.stringify([verdict, replacedBy, needs, why]);
}

function urlVerdicts(rule: PolicyRule): readonly RuleVerdict[] {
  const urls = kubeletUrls(rule);
  const why = "kubelets never ask for URLs: it is for the API server's own";
  return urls === undefined ? [] : [verdictOn(urls, 'keep', why)];
}

function verdictOn(
  rule: string,
  verdict: Verdict,
  why: string,
  ...resources: readonly string[]
): RuleVerdict {
  return { rule, verdict, resources, replacedBy: '', needs: [], why, kubelets: 'all' };
}
