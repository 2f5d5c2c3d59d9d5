import { isDeepStrictEqual } from 'node:util';
import * as assert from 'uvu/assert';
import type { ClusterRole, ClusterRoleBinding, PolicyRule } from '../../src/objects.ts';
import { fc } from '../kit/fast-check.ts';
import { binding, role, roleBinding, rule, rulesIn, user } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import type { StoredObject } from '../sandbox/store.ts';
import { type Gate, startGate } from './gate.ts';
import {
  access,
  argsOf,
  type Binding,
  type Command,
  client,
  known,
  namesOf,
  type Outcome,
  outcomes,
  type Role,
  rulesOf,
  type State,
} from './grant-model.ts';
import { rbac, textOf } from './rbac.ts';
import type { World } from './world.ts';

/*
 * What holds after every step of a random sequence of grants, revokes, expiries, edits by others, lost answers, and runs at once:
 *
 * - roles and bindings are what the model (`grant-model.ts`) says, and nothing else in the cluster has changed;
 * - nothing foreign is lost: no binding, rule or subject that grant did not add, except what --force names;
 * - nothing is given that was not asked: a grant gives its subject at most its profile, and nobody else anything, except by --force;
 * - a command that is run twice does the same as once;
 * - after a revoke, its subject may do what it might do before the grant.
 */

const people = ['user:jane', 'user:bob', client] as const;
const stranger = 'user:mallory';

/** Changes by others, some more often. */
const edits = [
  ...['add subject', 'replace subjects', 'expire', 'expire', 'add rule', 'remove rule', 'empty'],
  ...['unlabel', 'delete', 'bind', 'bind in namespace', 'make role', 'make binding', 'rival'],
  ...['direct'],
] as const;

/** `to` chooses the object, and what it gets. */
interface Edit {
  readonly edit: (typeof edits)[number];
  readonly to: number;
}

interface Run {
  readonly run: Command;
  readonly twice: boolean;
}

type Step =
  | Run
  | Edit
  /** `lose`: the response is lost; `drop`: the request is, as if the command was killed. */
  | { readonly cut: Command; readonly at: At; readonly by: 'lose' | 'drop' }
  | { readonly run: Command; readonly at: At; readonly meanwhile: Command | Edit };

/** The write of a command at which something happens: its method and collection. */
type At = readonly ['POST' | 'PUT' | 'DELETE', 'clusterroles' | 'clusterrolebindings'];

const grant = fc
  .record({
    verb: fc.constant('grant' as const),
    profile: fc.constantFrom('stats' as const, 'metrics' as const, 'apiserver' as const),
    subject: fc.constantFrom<string>(...people),
    node: fc.boolean(),
    expires: fc.boolean(),
    force: fc.integer({ min: 0, max: 4 }).map((one) => one === 0),
  })
  .map((one) => ({ ...one, node: one.node && one.profile !== 'apiserver' }));
const revoke = fc.oneof(
  fc.record({
    verb: fc.constant('revoke' as const),
    profile: fc.constantFrom(undefined, 'stats' as const, 'apiserver' as const),
    subject: fc.constantFrom<string | undefined>(undefined, ...people),
    expired: fc.constant(false),
    force: fc.integer({ min: 0, max: 4 }).map((one) => one === 0),
  }),
  fc.constant({
    ...{ verb: 'revoke' as const, profile: undefined, subject: undefined },
    ...{ expired: true, force: false },
  }),
);
const command: fc.Arbitrary<Command> = fc.oneof(grant, revoke);
const edit = fc.record({ edit: fc.constantFrom(...edits), to: fc.nat(1000) });
const at: fc.Arbitrary<At> = fc.tuple(
  fc.constantFrom('POST', 'PUT', 'DELETE'),
  fc.constantFrom('clusterroles', 'clusterrolebindings'),
);
const losing = fc.constantFrom('lose' as const, 'drop' as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ run: command, twice: fc.boolean() }) },
  { weight: 4, arbitrary: edit },
  { weight: 1, arbitrary: fc.record({ cut: command, at, by: losing }) },
  { weight: 2, arbitrary: fc.record({ run: command, at, meanwhile: fc.oneof(command, edit) }) },
);

/**
 * Sequences that random ones seldom come to. An edit has the number of its object, from 0: first the roles that it can concern, then the
 * bindings. What happens at a write follows its command after `@`.
 */
const examples = `
# A killed grant or revoke left a role without a binding.
grant stats user:jane, delete 1, revoke expired
grant stats user:jane, delete 1, revoke stats
grant stats user:jane, delete 1, revoke user:jane
grant apiserver user:Kubernetes @ POST clusterrolebindings drop
grant apiserver user:Kubernetes, revoke @ DELETE clusterrolebindings drop
grant apiserver user:Kubernetes, revoke @ DELETE clusterroles drop
# The role of a binding is gone or empty.
grant stats user:jane, delete, revoke user:jane
grant stats user:jane, empty, revoke stats user:jane
# Others added subjects to a binding, or use its role.
grant stats user:jane, add subject, revoke user:jane, revoke user:jane
grant stats user:jane for, expire, add subject, revoke expired
grant stats user:jane, bind, revoke stats
grant stats user:jane, bind in namespace, revoke stats
# Others added a rule to a role, or took one from it.
grant stats user:jane, add rule, remove rule, grant stats user:jane
grant stats user:jane, add rule, revoke stats
grant stats user:jane, add rule, revoke stats force
grant stats user:jane, add rule, grant stats user:bob, grant stats user:bob force
grant stats user:jane, add rule, grant stats user:jane for
grant stats user:jane, remove rule, add subject 1, grant stats user:jane, grant stats user:jane force
# A grant ends what it gave for a time, or keeps it for good.
grant stats user:jane for, grant stats user:jane, grant stats user:jane for
grant stats user:jane for, grant stats user:bob, expire, revoke expired
grant stats user:jane, grant metrics user:jane, grant stats user:bob, revoke stats user:jane, revoke user:jane
# Others made what has our names.
make role 4, make binding 4, grant stats user:jane, grant stats user:jane for
make role, make binding, grant stats user:jane force
make role 4, add rule, grant stats user:bob force
rival 4, grant stats user:bob force
# The pair of kube-apiserver was made by hand: exactly so, with others, or with less.
make role 7, make binding 7, revoke expired, revoke
make role 7, make binding 11, revoke user:Kubernetes, revoke
make role 7, make binding 7, add rule, revoke
make role 3, grant apiserver user:Kubernetes, remove rule, grant apiserver user:Kubernetes, revoke
make role 3, make binding 7, grant apiserver user:Kubernetes, revoke
make role 3, make binding 11, grant apiserver user:Kubernetes, grant apiserver user:Kubernetes force, revoke, revoke force
make role 3, grant apiserver user:Kubernetes, add subject, revoke, revoke user:bob
make role 3, grant apiserver user:Kubernetes, add subject, revoke user:Kubernetes, revoke force
make binding 11, grant apiserver user:Kubernetes, grant apiserver user:Kubernetes force, revoke
# A revoke was killed between its two writes.
make role 3, grant apiserver user:Kubernetes, delete 1, revoke user:Kubernetes, revoke
# Others change a binding, or bind a role, while it is deleted.
grant stats user:jane, revoke user:jane @ DELETE clusterrolebindings add subject
grant stats user:jane, revoke user:jane @ DELETE clusterrolebindings bind
grant stats user:jane, revoke user:jane @ DELETE clusterroles bind
# Others delete the role that a grant needs, or add a subject to its binding.
grant stats user:jane, grant stats user:bob @ POST clusterrolebindings delete
make role 3, make binding 7, grant apiserver user:Kubernetes @ PUT clusterroles add subject
# Others have the access by another binding.
direct, grant stats user:jane, grant stats user:jane force
`
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line): [Step[]] => [line.split(', ').map(stepIn)]);

function stepIn(text: string): Step {
  const [, first = '', method, collection, happens = ''] =
    /^(.*?)(?: @ (POST|PUT|DELETE) (\w+) (.*))?$/.exec(text) ?? [];
  const [verb, ...words] = first.split(' ');
  if (verb !== 'grant' && verb !== 'revoke') return editIn(first);
  const has = (word: string) => words.includes(word);
  const one = {
    ...{ verb, force: has('force'), node: false, expires: has('for'), expired: has('expired') },
    profile: (['stats', 'metrics', 'apiserver'] as const).find(has),
    subject: words.find((word) => word.startsWith('user:')),
  } as Command;
  if (method === undefined) return { run: one, twice: true };
  const at = [method, collection] as unknown as At;
  return happens === 'drop'
    ? { cut: one, at, by: 'drop' }
    : { run: one, at, meanwhile: editIn(happens) };
}

function editIn(text: string): Edit {
  const [, name = '', to = '0'] = /^(.*?)(?: (\d+))?$/.exec(text) ?? [];
  const edit = edits.find((each) => each === name);
  if (!edit) throw new Error(`unknown edit: ${text}`);
  return { edit, to: Number(to) };
}

export function grantSequences(
  world: World,
  settings: { readonly seed: number; readonly numRuns: number },
  maxLength = 12,
): void {
  suite(`${world.title}: random sequences`, (test) => {
    test(
      'of grant, revoke and edits by others do what the model says',
      async () => {
        const gate = await startGate(world);
        try {
          await fc.assert(
            fc.asyncProperty(fc.array(step, { minLength: 2, maxLength }), (steps) =>
              play(world, gate, steps),
            ),
            {
              ...settings,
              numRuns: settings.numRuns + examples.length,
              examples,
              includeErrorInReport: true,
            },
          );
        } finally {
          await gate.stop();
        }
      },
      { timeoutMs: 600_000 },
    );
  });
}

async function play(world: World, gate: Gate, steps: readonly Step[]): Promise<void> {
  const foreign = (await read(world)).others;
  const log: string[] = [];
  try {
    for (const each of steps) await take(world, gate, each, log);
  } catch (error) {
    throw new Error(`${log.join('\n')}\n${(error as Error).stack}`);
  } finally {
    await clean(world);
  }
  assert.equal((await read(world)).others, foreign);
}

async function take(world: World, gate: Gate, each: Step, log: string[]): Promise<void> {
  const before = (await read(world)).state;
  log.push(JSON.stringify(each));
  if ('edit' in each) return await change(world, each);
  const one = 'cut' in each ? each.cut : each.run;
  const expected = outcomes(before, one);
  for (const outcome of expected) checkInvariants(before, one, outcome);
  if ('twice' in each) {
    const result = await world.tool(argsOf(one));
    const after = (await read(world)).state;
    check(one, before, expected, { code: result.code, state: after }, textOf(result));
    if (!each.twice || result.code !== 0) return;
    const again = await world.tool(argsOf(one));
    assert.is(again.code, 0, textOf(again));
    assert.equal((await read(world)).state, after, `twice: ${textOf(again)}`);
    return;
  }
  const held = gate.hold(...each.at);
  const running = world.start(argsOf(one), gate.kubeconfig);
  const first = await Promise.race([held, running.result]);
  if ('code' in first)
    return check(
      one,
      before,
      expected,
      { code: first.code, state: (await read(world)).state },
      textOf(first),
    );
  if ('cut' in each) {
    first[each.by]();
    const lost = await running.result;
    const again = await world.tool(argsOf(one));
    const outcome = { code: again.code, state: (await read(world)).state };
    // The second run may find nothing left to do, and then exits with 0.
    return check(one, before, withAnyCode(expected), outcome, textOf(lost) + textOf(again));
  }
  const { meanwhile } = each;
  const middle = (await read(world)).state;
  if ('edit' in meanwhile) await change(world, meanwhile);
  else await world.tool(argsOf(meanwhile));
  const edited = (await read(world)).state;
  first.pass();
  const result = await running.result;
  const state = (await read(world)).state;
  // The command either has noticed the change, and planned again, or the change came after it.
  const noticed = outcomes(edited, one);
  const unnoticed = expected.map((outcome) => ({
    code: outcome.code,
    state: overlaid(outcome.state, middle, edited),
  }));
  check(
    one,
    edited,
    withAnyCode([...noticed, ...unnoticed]),
    { code: result.code, state },
    textOf(result),
    true,
  );
}

const withAnyCode = (expected: readonly Outcome[]) =>
  [0, 1, 3, 4].flatMap((code) => expected.map(({ state }) => ({ code, state })));

function check(
  one: Command,
  before: State,
  expected: readonly Outcome[],
  found: Outcome,
  text: string,
  ignoresUnbound = false,
): void {
  const shown = ({ code, state }: Outcome) => ({ code, state: comparable(state, ignoresUnbound) });
  const [seen, ...wanted] = [found, ...expected].map(shown);
  const isExpected = wanted.some((each) => isDeepStrictEqual(each, seen));
  const json = (value: unknown) => JSON.stringify(value, null, 1);
  assert.ok(
    isExpected,
    `${argsOf(one).join(' ')}\nbefore: ${json(before)}\n${text}\nfound: ${json(seen)}\nexpected: ${json(wanted[0])}`,
  );
}

/** Compares rules by their permissions. A race may leave a role of ours without a binding, which the next revoke deletes. */
function comparable({ roles, bindings, namespaced }: State, ignoresUnbound: boolean): object {
  const isBound = (name: string) => Object.values(bindings).some(({ role }) => role === name);
  const kept = Object.entries(roles).filter(
    ([name, { own }]) => !own || !ignoresUnbound || isBound(name),
  );
  const sorted = (texts: readonly string[]) => [...texts].sort();
  const atoms = (rules: readonly string[]) => sorted([...new Set(rules.join().split(','))]);
  return {
    namespaced,
    roles: kept
      .map(([name, { own, rules, added }]) => ({
        name,
        own,
        rules: atoms(rules),
        added: atoms(added),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    bindings: Object.entries(bindings)
      .map(([name, each]) => ({
        name,
        ...each,
        subjects: sorted(each.subjects),
        added: sorted(each.added),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** Puts what changed between two states upon a third. */
function overlaid(state: State, middle: State, edited: State): State {
  type All<T> = Readonly<Record<string, T>>;
  const over = <T>(own: All<T>, from: All<T>, to: All<T>): All<T> => {
    const isKept = (name: string) => isDeepStrictEqual(from[name], to[name]);
    return Object.fromEntries([
      ...Object.entries(own).filter(([name]) => isKept(name)),
      ...Object.entries(to).filter(([name]) => !isKept(name)),
    ]);
  };
  return {
    roles: over(state.roles, middle.roles, edited.roles),
    bindings: over(state.bindings, middle.bindings, edited.bindings),
    namespaced: edited.namespaced,
  };
}

/** What holds for each outcome that the model expects, so that no mistake of the model hides one of the program. */
function checkInvariants(before: State, one: Command, { state: after }: Outcome): void {
  const title = argsOf(one).join(' ');
  const beyond = (more: State, less: State, subject: string) => {
    const has = access(less, subject);
    return access(more, subject).filter((atom) => !has.includes(atom));
  };
  const gained = (subject: string) => beyond(after, before, subject);
  const lost = (subject: string) => beyond(before, after, subject);
  for (const subject of [...people, stranger]) {
    const isAsked = one.verb === 'grant' && one.subject === subject;
    if (one.verb === 'revoke')
      assert.equal(gained(subject), [], `${title} gives ${subject} access`);
    if (one.force) continue;
    if (one.verb === 'grant')
      assert.equal(lost(subject), [], `${title} takes access from ${subject}`);
    if (isAsked) {
      const wanted = new Set(rulesOf(one).flatMap((rule) => rule.split(',')));
      const more = gained(subject).filter((atom) => !wanted.has(atom));
      assert.equal(more, [], `${title} gives more than asked`);
    } else if (one.verb === 'grant')
      assert.equal(gained(subject), [], `${title} gives ${subject} access`);
    else if (one.subject !== undefined && one.subject !== subject)
      assert.equal(lost(subject), [], `${title} takes access from ${subject}`);
  }
  if (one.verb === 'grant' && !one.force && !before.bindings[namesOf(one).binding]) {
    const { subject, profile } = one;
    const back = { verb: 'revoke', subject, profile, expired: false, force: false } as const;
    const [without, again] = [before, after].map((state) =>
      outcomes(state, back).map((each) => access(each.state, subject)),
    );
    assert.equal(again, without, `${title} leaves more than it found`);
  }
  for (const [name, binding] of Object.entries(before.bindings))
    if (!binding.own && name !== known.binding)
      assert.equal(after.bindings[name], binding, `${title} changes the foreign binding ${name}`);
  for (const [name, role] of Object.entries(before.roles))
    if (!role.own && name !== known.role)
      assert.equal(after.roles[name], role, `${title} changes the foreign role ${name}`);
}

/** An object of any of the three kinds. */
type Stored = ClusterRole & ClusterRoleBinding & StoredObject;

const isConcerned = ({ metadata }: Stored) =>
  /^(?:kubeletaccess:|system:kube-apiserver(?:-to-kubelet)?$|model-)/.test(metadata.name);

async function list(world: World, resource: string): Promise<readonly Stored[]> {
  const { body } = await world.api('GET', `${rbac}/${resource}`);
  return (body as { items: readonly Stored[] }).items;
}

async function read(
  world: World,
): Promise<{ readonly state: State; readonly others: readonly string[] }> {
  const lists = await Promise.all(resources.map((each) => list(world, each)));
  const [namespaced = [], bindings = [], roles = []] = lists.map((all) => all.filter(isConcerned));
  const others = lists.flat().filter((each) => !isConcerned(each));
  return {
    state: {
      roles: Object.fromEntries(roles.map((each) => [nameOf(each), roleOf(each)])),
      bindings: Object.fromEntries(bindings.map((each) => [nameOf(each), bindingOf(each)])),
      namespaced: namespaced.map(({ roleRef }) => roleRef.name),
    },
    others: others.map((each) => `${nameOf(each)} ${each.metadata.resourceVersion}`),
  };
}

const resources = ['rolebindings', 'clusterrolebindings', 'clusterroles'] as const;
const nameOf = ({ metadata }: Stored) => metadata.name;
const isOwn = ({ metadata }: Stored) =>
  metadata.labels?.['app.kubernetes.io/managed-by'] === 'kubectl-kubeletaccess';
const addedTo = ({ metadata }: Stored) =>
  JSON.parse(metadata.annotations?.['kubeletaccess/added'] ?? '[]');

function ruleText({ verbs, resources = [], resourceNames = [] }: PolicyRule): string {
  const names = resourceNames.length > 0 ? resourceNames.map((name) => ` ${name}`) : [''];
  return resources
    .flatMap((resource) =>
      verbs.flatMap((verb) => names.map((name) => `${verb} ${resource}${name}`)),
    )
    .sort()
    .join();
}

/** Reads a recorded rule, such as `nodes/proxy,nodes/log (all verbs)`. */
function atomsIn(text: string): string {
  const [resources = '', verbs = ''] = text.replace('(all verbs)', '*').split(' ');
  return ruleText({ verbs: verbs.split(','), resources: resources.split(',') });
}

function roleOf(stored: Stored): Role {
  return {
    own: isOwn(stored),
    rules: (stored.rules ?? []).map(ruleText),
    added: stored.metadata.name === known.role ? addedTo(stored).map(atomsIn) : [],
  };
}

function bindingOf(stored: Stored): Binding {
  const expires = stored.metadata.annotations?.['kubeletaccess/expires'];
  const isOver = expires !== undefined && Date.parse(expires) <= Date.now();
  return {
    own: isOwn(stored),
    role: stored.roleRef.name,
    subjects: (stored.subjects ?? []).map(({ kind, name }) => `${kind.toLowerCase()}:${name}`),
    expires: expires === undefined ? 'never' : isOver ? 'past' : 'later',
    added: stored.metadata.name === known.binding ? addedTo(stored) : [],
  };
}

const subjectsIn = (...names: readonly string[]) =>
  names.map((name) => user(name.replace('user:', '')));

/** What others make. */
function objectsOf({ edit: what, to }: Edit): readonly StoredObject[] | undefined {
  const roles = ['stats', 'stats@node-1', 'metrics'].map((each) => `kubeletaccess:${each}`);
  const name = [...roles, known.role][to % 4] ?? '';
  const isKnown = name === known.role;
  const own = `model-${name.replaceAll(':', '-')}`;
  const reading = rulesIn('get nodes/stats; get,list nodes');
  const serving = ['proxy', 'stats', 'log', 'spec', 'metrics'].map((each) => `nodes/${each}`);
  const less = to % 8 === 3 ? serving.slice(1) : serving;
  const [jane, bob] = ['user:jane', 'user:bob'];
  switch (what) {
    case 'bind':
      return [binding(own, name, subjectsIn(stranger))];
    case 'bind in namespace':
      return [roleBinding('default', own, { name }, subjectsIn(stranger))];
    case 'make role':
      if (isKnown) return [role(name, [rule(less.join(), '*')])];
      return [role(name, to % 3 === 0 ? reading.slice(0, 1) : reading)];
    case 'make binding': {
      const some = [client, jane, stranger].slice(0, to % 3);
      if (isKnown) return [binding(known.binding, name, subjectsIn(...some))];
      return [binding(`${name}:${jane}`, name, subjectsIn(to % 3 === 0 ? stranger : jane))];
    }
    case 'rival':
      return [binding(isKnown ? known.binding : `${name}:${bob}`, 'view', subjectsIn(bob))];
    case 'direct': {
      const who = subjectsIn(people[to % 2] ?? '');
      return [
        role('model-direct', reading),
        binding(`model-direct-${to % 2}`, 'model-direct', who),
      ];
    }
    default:
      return undefined;
  }
}

/** What others change in an object. */
function editedBy({ edit: what, to }: Edit, { metadata, subjects, rules }: Stored): object {
  const { annotations = {} } = metadata;
  const expires = 'kubeletaccess/expires';
  const past = annotations[expires] === undefined ? {} : { [expires]: '2020-01-01T00:00:00Z' };
  switch (what) {
    case 'add subject':
      return { subjects: [...(subjects ?? []), ...subjectsIn(to % 2 ? stranger : 'user:bob')] };
    case 'replace subjects':
      return { subjects: subjectsIn(stranger) };
    case 'expire':
      return { metadata: { ...metadata, annotations: { ...annotations, ...past } } };
    case 'add rule':
      return { rules: [...(rules ?? []), rule('secrets')] };
    case 'remove rule':
      return { rules: (rules ?? []).slice(1) };
    case 'empty':
      return { rules: [] };
    default:
      return { metadata: { ...metadata, labels: {} } };
  }
}

/** Somebody else's change of one of the objects. Does nothing if there is none. */
async function change(world: World, edit: Edit): Promise<void> {
  const { edit: what, to } = edit;
  const made = objectsOf(edit);
  for (const each of made ?? []) {
    const folder = each.kind === 'RoleBinding' ? 'namespaces/default/' : '';
    await world.api('POST', `${rbac}/${folder}${each.kind.toLowerCase()}s`, each);
  }
  if (made) return;
  const isOfRole = ['add rule', 'remove rule', 'empty', 'unlabel', 'delete'].includes(what);
  const isOfBinding = !isOfRole || what === 'unlabel' || what === 'delete';
  const all: (readonly [string, Stored])[] = [];
  for (const resource of ['clusterroles', 'clusterrolebindings'])
    if (resource === 'clusterroles' ? isOfRole : isOfBinding)
      for (const each of (await list(world, resource)).filter(isConcerned))
        if (!nameOf(each).startsWith('model-')) all.push([pathOf(resource, each), each]);
  const [path, object] = all[to % Math.max(1, all.length)] ?? [];
  if (path === undefined || object === undefined) return;
  if (what === 'delete') await world.api('DELETE', path);
  else await world.api('PUT', path, { ...object, ...editedBy(edit, object) });
}

function pathOf(resource: string, { metadata: { name, namespace } }: Stored): string {
  const folder = namespace === undefined ? '' : `namespaces/${namespace}/`;
  return `${rbac}/${folder}${resource}/${encodeURIComponent(name)}`;
}

async function clean(world: World): Promise<void> {
  for (const resource of resources)
    for (const each of (await list(world, resource)).filter(isConcerned))
      await world.api('DELETE', pathOf(resource, each));
}
