import type { PolicyRule } from '../../src/objects.ts';
import type { ResourceRequest } from '../../src/rbac/rules.ts';
import { fc } from '../kit/fast-check.ts';

// There are only a few different values, so that generated rules often overlap.
const groups = ['', 'apps', '*'];
const resources = [
  ...'nodes|nodes/proxy|nodes/log|nodes/metrics|pods|pods/log|*|*/log'.split('|'),
  ...'nodes/*'.split('|'),
];
const verbs = ['get', 'list', 'create', 'proxy', '*', ''];
const names = ['node-1', 'node-2'];
const urls = ['/logs', '/logs/*', '/logs/a', '/logs/a*', '/logs/a**', '/metrics', '/*', '*'];

const some = (values: readonly string[]) =>
  fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });

/** A rule for resources that an API server would accept. */
export const anyResourceRule: fc.Arbitrary<PolicyRule> = fc
  .tuple(some(groups), some(resources), some(verbs), fc.option(some(names), { nil: undefined }))
  .map(([apiGroups, res, verb, resourceNames]) => ({
    apiGroups,
    resources: res,
    verbs: verb,
    ...(resourceNames === undefined ? {} : { resourceNames }),
  }));

/** A rule for URLs that an API server would accept. */
const anyUrlRule: fc.Arbitrary<PolicyRule> = fc.record({
  nonResourceURLs: some(urls),
  verbs: some(verbs),
});

/** Rules, three quarters of them for resources and one quarter for URLs. */
export const anyRules: fc.Arbitrary<PolicyRule[]> = fc.array(
  fc.oneof({ weight: 3, arbitrary: anyResourceRule }, { weight: 1, arbitrary: anyUrlRule }),
  { maxLength: 4 },
);

const perhaps = (values: readonly string[]) =>
  fc.option(fc.array(fc.constantFrom(...values), { maxLength: 3 }), { nil: null });

/** Rules as an API server may send them: each list may be empty, null or absent, and one rule may have all lists. */
export const anyOldRules = fc.array(
  fc.record(
    {
      apiGroups: perhaps(groups),
      resources: perhaps(resources),
      verbs: perhaps(verbs),
      resourceNames: perhaps(names),
      nonResourceURLs: perhaps(urls),
    },
    { requiredKeys: [] },
  ),
) as unknown as fc.Arbitrary<PolicyRule[]>;

/** A request for a resource; `*` in it is not a wildcard. */
export const anyRequest: fc.Arbitrary<ResourceRequest> = fc
  .tuple(
    fc.constantFrom(...groups),
    fc.constantFrom(...resources),
    fc.constantFrom(...verbs),
    fc.constantFrom(undefined, ...names),
  )
  .map(([apiGroup, path, verb, name]) => ({ apiGroup, ...splitPath(path), verb, name }));

export const anyUrlRequest = fc.record({
  path: fc.constantFrom(...urls, '/logs/a/b', '/log', '/'),
  verb: fc.constantFrom(...verbs),
});

/** A request that one of the rules often allows or nearly allows. */
export function nearRequest(rules: readonly PolicyRule[]): fc.Arbitrary<ResourceRequest> {
  const near = rules.filter((rule) => rule.resources).map(narrowed);
  if (near.length === 0) return anyRequest;
  return fc.tuple(fc.oneof(...near), fc.constantFrom(undefined, ...names)).map(([rule, name]) => ({
    apiGroup: rule.apiGroups?.[0] ?? '',
    ...splitPath(rule.resources?.[0] ?? ''),
    verb: rule.verbs[0] ?? '',
    name: rule.resourceNames?.[0] ?? name,
  }));
}

/** Rules that the given rules often cover or nearly cover. */
export function nearRules(rules: readonly PolicyRule[]): fc.Arbitrary<PolicyRule[]> {
  if (rules.length === 0) return anyRules;
  const near = fc.array(fc.oneof(...rules.map(narrowed)), { minLength: 1, maxLength: 3 });
  return fc.oneof(
    { weight: 3, arbitrary: near },
    { weight: 1, arbitrary: fc.tuple(near, anyRules).map(([a, b]) => [...a, ...b.slice(0, 1)]) },
    { weight: 1, arbitrary: anyRules },
  );
}

/**
 * A rule that allows a part of what the given rule allows. Its lists have fewer values, and sometimes a concrete value in place of a
 * wildcard.
 */
function narrowed(rule: PolicyRule): fc.Arbitrary<PolicyRule> {
  const part = (list: readonly string[], instead: Readonly<Record<string, string>>) =>
    fc
      .tuple(fc.subarray([...list], { minLength: 1 }), fc.boolean())
      .map(([values, narrow]) =>
        narrow ? values.map((value) => instead[value] ?? value) : values,
      );
  const verb = part(rule.verbs, { '*': 'get' });
  if (rule.nonResourceURLs)
    return fc.record({
      nonResourceURLs: part(rule.nonResourceURLs, { '*': '/logs/*', '/logs/*': '/logs/a*' }),
      verbs: verb,
    });
  return fc
    .tuple(
      part(rule.apiGroups ?? [], { '*': 'apps' }),
      part(rule.resources ?? [], { '*': '*/log', '*/log': 'pods/log' }),
      verb,
      rule.resourceNames
        ? part(rule.resourceNames, {})
        : fc.option(some(names), { nil: undefined }),
    )
    .map(([apiGroups, res, verbList, resourceNames]) => ({
      apiGroups,
      resources: res,
      verbs: verbList,
      ...(resourceNames === undefined ? {} : { resourceNames }),
    }));
}

/**
 * Returns a request that `rule` allows. Each list of `rule` has one value. Another rule allows this request only if it allows at least
 * as much as `rule`.
 */
export function witness(rule: PolicyRule): ResourceRequest {
  const fresh = (value = '') => (value === '*' ? 'unheard-of' : value);
  const { resource, subresource } = splitPath(rule.resources?.[0] ?? '');
  return {
    apiGroup: fresh(rule.apiGroups?.[0]),
    resource: fresh(resource),
    subresource,
    verb: fresh(rule.verbs[0]),
    name: rule.resourceNames?.[0] ?? 'unheard-of',
  };
}

function splitPath(path: string) {
  const [resource = '', subresource] = path.split('/');
  return { resource, subresource };
}
