import pMap from 'p-map';
import * as assert from 'uvu/assert';
import type { PolicyRule } from '../../src/objects.ts';
import {
  allowsRequest,
  covers,
  formatRule,
  missingRules,
  type ResourceRequest,
} from '../../src/rbac/rules.ts';
import { fc } from '../kit/fast-check.ts';
import { suite } from '../kit/suite.ts';
import {
  anyRequest,
  anyRules,
  anyUrlRequest,
  nearRequest,
  nearRules,
} from '../rbac/arbitraries.ts';
import { adminApi } from './admin-api.ts';
import { currentCluster } from './current.ts';
import {
  creator,
  type Holder,
  isAllowed,
  makeHolders,
  mayCreate,
  removeHolders,
} from './holders.ts';

// The seed is fixed, so that a disagreement can be reproduced.
const seed = 20_261_124;
const sample = <T>(values: fc.Arbitrary<T>, numRuns: number, offset = 0) =>
  fc.sample(values, { seed: seed + offset, numRuns });
const roles = sample(anyRules, 320);

const cluster = await currentCluster();
const api = adminApi(cluster);
let making: Promise<readonly Holder[]> | undefined;
const holders = () => {
  making ??= makeHolders(api, roles);
  return making;
};

suite(`${cluster.version}: covers() and allowsRequest()`, (test) => {
  test('rules keep their meaning when the API server stores them', async () => {
    for (const [index, { rules }] of (await holders()).entries()) {
      const written = roles[index] ?? [];
      assert.ok(covers(rules, written) && covers(written, rules), words(written));
    }
  });

  test('allowsRequest() allows the requests that SubjectAccessReviews allow', async () => {
    const cases = (await holders()).flatMap((holder, index) =>
      requestsNear(holder.rules, index).map((request) => ({ ...holder, request })),
    );
    await agree('requests', cases, 16, async ({ user, rules, request }) => {
      const { apiGroup: group, ...attributes } = request;
      const verdict = await isAllowed(api, user, { resourceAttributes: { group, ...attributes } });
      const what = `${JSON.stringify(request)} with ${words(rules)}`;
      assert.is(allowsRequest(rules, request), verdict, `allowsRequest: ${what}`);
      // In a rule, a slash begins a subresource. In a request, the resource itself may contain a slash.
      if (!request.resource.includes('/'))
        assert.is(covers(rules, [ruleFor(request)]), verdict, `covers: ${what}`);
      return verdict;
    });
  });

  test('covers() allows the URLs that SubjectAccessReviews allow', async () => {
    const cases = (await holders())
      .filter(({ rules }) => rules.some((rule) => rule.nonResourceURLs))
      .flatMap((holder, index) =>
        sample(anyUrlRequest, 10, index).map((request) => ({ ...holder, request })),
      );
    await agree('URLs', cases, 16, async ({ user, rules, request }) => {
      const verdict = await isAllowed(api, user, { nonResourceAttributes: request });
      const wanted = [{ nonResourceURLs: [request.path], verbs: [request.verb] }];
      assert.is(covers(rules, wanted), verdict, `${words(wanted)} with ${words(rules)}`);
      return verdict;
    });
  });

  test('covers() allows exactly the roles that the API server lets a user create', async () => {
    const escalate: ResourceRequest = {
      apiGroup: 'rbac.authorization.k8s.io',
      resource: 'clusterroles',
      verb: 'escalate',
    };
    const cases = (await holders())
      // The API server does not check what users with escalate grant.
      .filter(({ rules }) => !allowsRequest(rules, escalate))
      // Generated rules never overlap with rules for all authenticated users.
      .map(({ user, rules }) => ({ user, rules: [...rules, creator] }))
      .flatMap((holder, index) =>
        sample(nearRules(holder.rules), 2, index).map((wanted) => ({ ...holder, wanted })),
      );
    assert.ok(cases.length >= 150);
    await agree('roles to create', cases, 8, async ({ user, rules, wanted }) => {
      const verdict = await mayCreate(api, user, wanted);
      const what = `${words(wanted)} by ${words(rules)}`;
      assert.is(covers(rules, wanted), verdict, what);
      for (const missing of missingRules(rules, wanted).slice(0, 2))
        assert.not(await mayCreate(api, user, [missing]), `${words([missing])} of ${what}`);
      return verdict;
    });
  });

  test('the tests leave no role or binding', async () => {
    await making?.catch(() => undefined);
    assert.equal(await removeHolders(api), []);
  });
});

/** Checks all cases. At least a tenth of the verdicts must be true, and at least a tenth false. */
async function agree<T>(
  what: string,
  cases: readonly T[],
  concurrency: number,
  verdictOf: (one: T) => Promise<boolean>,
): Promise<void> {
  const start = performance.now();
  const verdicts = await pMap(cases, verdictOf, { concurrency });
  const allowed = verdicts.filter(Boolean).length;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stdout.write(
    `covering, seed ${seed}: ${cases.length} ${what}, ${allowed} of them allowed, in ${seconds} s\n`,
  );
  assert.ok(
    Math.min(allowed, cases.length - allowed) >= cases.length / 10,
    'verdicts of both kinds',
  );
}

function requestsNear(rules: readonly PolicyRule[], index: number): readonly ResourceRequest[] {
  const whole: ResourceRequest = { apiGroup: '', resource: 'pods/log', verb: 'get' };
  return [...sample(nearRequest(rules), 24, index), ...sample(anyRequest, 15, index), whole];
}

function ruleFor({ apiGroup, resource, subresource, verb, name }: ResourceRequest): PolicyRule {
  return {
    apiGroups: [apiGroup],
    resources: [subresource === undefined ? resource : `${resource}/${subresource}`],
    verbs: [verb],
    ...(name === undefined ? {} : { resourceNames: [name] }),
  };
}

function words(rules: readonly PolicyRule[]): string {
  return rules.map(formatRule).join('; ') || 'no rules';
}
