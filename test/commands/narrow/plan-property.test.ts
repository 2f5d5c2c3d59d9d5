import * as assert from 'uvu/assert';
import { planNarrowing } from '../../../src/commands/narrow/plan-role.ts';
import { planApply, planUndo } from '../../../src/commands/narrow/plan-write.ts';
import { selectRoles } from '../../../src/commands/narrow/select-roles.ts';
import type { AgentCall } from '../../../src/kubelet/agents/agent.ts';
import { agents } from '../../../src/kubelet/agents/agents.ts';
import { askedFor } from '../../../src/kubelet/narrow/need.ts';
import type { ClusterRole, PolicyRule, RbacSubject } from '../../../src/objects.ts';
import { covers } from '../../../src/rbac/rules.ts';
import { fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { account, binding, group, role, rule, user } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { Authorizer } from '../../sandbox/authorizer.ts';
import { Store, type StoredObject } from '../../sandbox/store.ts';

/** Each agent that has an image, and its first image. */
const known = agents.flatMap((agent) => {
  const [image] = agent.identifiers.images;
  return image === undefined ? [] : [{ agent, image }];
});
const subjects: readonly RbacSubject[] = [
  ...known.map((_, index) => account(`agent-${index}`, 'agents')),
  ...[user('jane'), group('ops'), account('stranger', 'agents')],
];
const agentOf = ({ name }: RbacSubject) => known[Number(/^agent-(\d+)$/.exec(name)?.[1])];
const workloadsOf = (subject: RbacSubject) => {
  const image = agentOf(subject)?.image ?? 'example/other';
  return {
    found: [{ labels: {}, containers: [{ image: `${image}:1`, args: [], variables: new Map() }] }],
  };
};

const label = { 'x/aggregate-to-all': 'true' };
const topLabel = { 'x/aggregate-to-top': 'true' };
const anyRule = fc
  .tuple(
    fc.uniqueArray(
      fc.constantFrom(
        ...['proxy', 'proxy', 'stats', 'metrics', 'log', 'pods', 'spec', '*', 'status'].map(
          (each) => `nodes/${each}`,
        ),
        ...['nodes', 'pods', 'services', 'pods/proxy', '*'],
      ),
      { minLength: 1, maxLength: 5 },
    ),
    fc.constantFrom('get', 'get,list,watch', 'get,create', '*', 'list'),
    fc.constantFrom(undefined, undefined, undefined, ['node-1']),
    fc.constantFrom([''], [''], ['', 'apps'], ['*'], ['apps']),
  )
  .map(([resources, verbs, names, apiGroups]) =>
    rule(resources.join(), verbs, {
      ...(names !== undefined && { resourceNames: [...names] }),
      apiGroups: [...apiGroups],
    }),
  );
const anyRules = fc.array(anyRule, { minLength: 1, maxLength: 3 });
const anyVersions = fc
  .uniqueArray(fc.constantFrom(31, 33, 35, 37), { minLength: 1, maxLength: 3 })
  .map((minors) => ({ minors, also: [], olderNodes: [], notes: [] }));
const anySubjects = fc.uniqueArray(fc.constantFrom(...subjects), {
  minLength: 1,
  maxLength: 3,
  selector: ({ name }) => name,
});
/**
 * The rules of roles a and b, and the subjects of four roles. Role top aggregates role all. If `isPart` is true, role all aggregates
 * role a.
 */
const anyCluster = fc.record({
  rules: fc.tuple(anyRules, anyRules),
  isPart: fc.boolean(),
  holders: fc.tuple(anySubjects, anySubjects, anySubjects, anySubjects),
  versions: anyVersions,
});

function cluster(rules: readonly (readonly PolicyRule[])[], isPart: boolean) {
  const [a = [], b = []] = rules;
  const all = {
    ...role('all', isPart ? a : [], { labels: topLabel }),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: label }] },
  };
  const top = {
    ...role('top', isPart ? a : []),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: topLabel }] },
  };
  return [role('a', a, isPart ? { labels: label } : {}), role('b', b), all, top] as const;
}

function authorizer(objects: readonly StoredObject[]) {
  const store = new Store();
  for (const object of objects) store.put(`${object.kind.toLowerCase()}s`, object);
  return new Authorizer(store);
}

suite('narrowed roles of a cluster', (test) => {
  test('allow every call of their agents that the old rules allowed', () =>
    fc.assert(
      fc.property(anyCluster, ({ rules, isPart, holders, versions }) => {
        const roles = cluster(rules, isPart);
        const bindings = ['a', 'b', 'all', 'top'].map((name, index) =>
          binding(name, name, holders[index] ?? []),
        );
        const facts = { roles, bindings, isWhole: true, workloadsOf, kubelets: versions };
        const { chosen } = selectRoles(facts, { role: undefined, subject: undefined });
        const plans = chosen.map((each) =>
          planNarrowing(each, facts, { agent: undefined, calls: undefined, evidence: undefined }),
        );
        const narrowed = new Map(
          plans.map(({ role: { metadata }, narrowing }) => [metadata.name, narrowing?.rules]),
        );
        for (const { role: own, holders: who, narrowing } of plans) {
          assert.is(own.aggregationRule, undefined, 'its controller writes it');
          const isKnown = who.every(({ subject }) => agentOf(subject)?.agent.calls !== undefined);
          assert.is(narrowing !== undefined, isKnown);
        }
        const after = cluster(
          [narrowed.get('a') ?? rules[0], narrowed.get('b') ?? rules[1]],
          isPart,
        );
        const [old, now] = [roles, after].map((some) => authorizer([...some, ...bindings]));
        const opens = (by: Authorizer | undefined, subject: RbacSubject, call: AgentCall) =>
          versions.minors.flatMap((minor) =>
            ['node-1', 'node-2'].map((name) => {
              const { verb, subresources } = askedFor(call, minor);
              const user = `system:serviceaccount:${subject.namespace}:${subject.name}`;
              return subresources.some(
                (each) =>
                  by?.authorize(
                    { user, groups: [] },
                    { verb, apiGroup: '', resource: `nodes/${each}`, name },
                  ).allowed,
              );
            }),
          );
        for (const subject of holders.flat())
          for (const call of agentOf(subject)?.agent.calls ?? []) {
            if (call.optional) continue;
            const [before, then] = [old, now].map((by) => opens(by, subject, call));
            assert.ok(
              before?.every((could, index) => !could || then?.[index]),
              `${subject.name} ${call.path}`,
            );
          }
        // RBAC denies a call in `lacking` to at least one of its callers, whatever other roles the caller has.
        for (const { holders: who, narrowing } of plans)
          for (const need of narrowing?.lacking ?? []) {
            const callers = who.filter(
              ({ subject }) => agentOf(subject)?.agent.name === need.agent,
            );
            assert.ok(
              callers.some(({ subject }) => opens(old, subject, need).includes(false)),
              `${need.agent} ${need.path}`,
            );
          }
      }),
      runs(100, 5000),
    ));

  test('are written in two phases, and are restored exactly', () =>
    fc.assert(
      fc.property(
        anyRules,
        anyVersions,
        fc.constantFrom(...known),
        (rules, versions, { agent }) => {
          const facts = {
            ...{ roles: [], bindings: [], isWhole: true },
            ...{ workloadsOf, kubelets: versions },
          };
          const plan = (some: ClusterRole) =>
            planNarrowing({ role: some, holders: [], unseen: [] }, facts, {
              agent,
              calls: undefined,
              evidence: undefined,
            });
          const old = role('a', rules);
          if (!plan(old).narrowing) return;
          const hour = 3_600_000;
          const first = planApply(plan(old), hour);
          if (first.action === 'none') return;
          const added = first.object as ClusterRole;
          const isAdding = (first.added?.rules ?? []).length > 0;
          // Needed rules are added before any rule is removed.
          if (isAdding) assert.ok(covers(added.rules ?? [], rules));
          const second = planApply(plan(added), 2 * hour);
          const removed = (second.action === 'none' ? added : second.object) as ClusterRole;
          assert.is(planApply(plan(removed), 3 * hour).action, 'none');
          const whole = plan(old).narrowing?.rules ?? [];
          assert.ok(covers(whole, removed.rules ?? []) && covers(removed.rules ?? [], whole));
          for (const written of [added, removed])
            assert.equal(
              JSON.parse(JSON.stringify(planUndo(written).object)),
              JSON.parse(JSON.stringify(old)),
            );
        },
      ),
      runs(200, 20_000),
    ));
});
