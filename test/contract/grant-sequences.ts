import * as assert from 'uvu/assert';
import { fc } from '../kit/fast-check.ts';
import { suite } from '../kit/suite.ts';
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
import { apiGroup, rbac, textOf } from './rbac.ts';
import { isAllowed, untilSo } from './roles.ts';
import type { World } from './world.ts';

/*
 * What holds after every step of a random sequence of grants, revokes, expiries, edits by others, lost answers, and runs at once:
 *
 * - roles and bindings are what the model (`grant-model.ts`) says, and nothing else in the cluster has changed;
 * - nothing foreign is lost: no binding, rule or subject that grant did not add, except what --force names;
 * - nothing is given that was not asked: a grant gives its subject at most its profile, and nobody else anything, except by --force;
 * - a command that is run twice does the same as once;
 * - after a revoke, its subject may do what it might do before the grant;
 * - at the end, access reviews answer as the model does.
 */

const people = ['user:jane', 'user:bob', client] as const;
const probes = [
  'get nodes',
  'get nodes/stats',
  'get nodes/metrics',
  'get nodes/proxy',
  'get secrets',
];
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
    const { state } = await read(world);
    for (const subject of people)
      for (const probe of probes) await reviewed(world, state, subject, probe);
    // After a revoke, the subject may do what it might do before the grant.
    const last = steps.find(
      (each) => 'run' in each && each.run.verb === 'grant' && !each.run.force,
    );
    if (last && 'run' in last && last.run.verb === 'grant')
      await thereAndBack(world, last.run, log);
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
  const shown = (outcome: Outcome) => ({
    ...outcome,
    state: comparable(outcome.state, ignoresUnbound),
  });
  const isExpected = expected.some((each) => {
    try {
      assert.equal(shown(found), shown(each));
      return true;
    } catch {
      return false;
    }
  });
  if (isExpected) return;
  const [first = found] = expected;
  assert.equal(
    shown(found),
    shown(first),
    `${argsOf(one).join(' ')}\nbefore: ${JSON.stringify(before, null, 1)}\n${text}\nfound: ${JSON.stringify(shown(found), null, 1)}\nexpected: ${JSON.stringify(shown(first), null, 1)}`,
  );
}

/** Compares rules by their permissions. A race may leave a role of ours without a binding, which the next revoke deletes. */
function comparable({ roles, bindings, namespaced }: State, ignoresUnbound: boolean): object {
  const isBound = (name: string) => Object.values(bindings).some(({ role }) => role === name);
  const kept = Object.entries(roles).filter(
    ([name, { own }]) => !own || !ignoresUnbound || isBound(name),
  );
  const atoms = (rules: readonly string[]) =>
    [...new Set(rules.flatMap((rule) => rule.split(',')))].sort();
  const sorted = <T>(list: readonly (readonly [string, T])[]) =>
    Object.fromEntries([...list].sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    namespaced,
    roles: sorted(
      kept.map(([name, role]) => [
        name,
        { ...role, rules: atoms(role.rules), added: atoms(role.added) },
      ]),
    ),
    bindings: sorted(
      Object.entries(bindings).map(([name, each]) => [
        name,
        { ...each, subjects: [...each.subjects].sort(), added: [...each.added].sort() },
      ]),
    ),
  };
}

/** Puts what changed between two states upon a third. */
function overlaid(state: State, middle: State, edited: State): State {
  const over = <T>(
    own: Readonly<Record<string, T>>,
    from: Readonly<Record<string, T>>,
    to: Readonly<Record<string, T>>,
  ) => {
    const result = { ...own };
    for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
      if (JSON.stringify(from[name]) === JSON.stringify(to[name])) continue;
      const there = to[name];
      if (there === undefined) delete result[name];
      else result[name] = there;
    }
    return result;
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
  const gained = (subject: string) => {
    const had = new Set(access(before, subject));
    return access(after, subject).filter((atom) => !had.has(atom));
  };
  const lost = (subject: string) => {
    const has = new Set(access(after, subject));
    return access(before, subject).filter((atom) => !has.has(atom));
  };
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
  for (const [name, binding] of Object.entries(before.bindings))
    if (!binding.own && name !== known.binding)
      assert.equal(after.bindings[name], binding, `${title} changes the foreign binding ${name}`);
  for (const [name, role] of Object.entries(before.roles))
    if (!role.own && name !== known.role)
      assert.equal(after.roles[name], role, `${title} changes the foreign role ${name}`);
}

async function thereAndBack(
  world: World,
  one: Command & { verb: 'grant' },
  log: string[],
): Promise<void> {
  const { subject, profile } = one;
  const back = { verb: 'revoke', subject, profile, expired: false, force: false } as const;
  log.push('there and back');
  await world.tool(argsOf(back));
  const { state } = await read(world);
  const before = access(state, subject);
  const there = await world.tool(argsOf(one));
  if (there.code === 0) await world.tool(argsOf(back));
  const after = (await read(world)).state;
  // Puts nothing back that a failed revoke left.
  const names = namesOf(one);
  if (state.bindings[names.binding] === undefined)
    assert.equal(access(after, subject), before, `${argsOf(one).join(' ')}: ${textOf(there)}`);
}

async function reviewed(world: World, state: State, subject: string, probe: string): Promise<void> {
  const [verb = '', resource = ''] = probe.split(' ');
  const [name = '', subresource = ''] = resource.split('/');
  const has = access(state, subject).some((atom) => {
    const [v, r, node] = atom.split(' ');
    return (v === verb || v === '*') && r === resource && node === undefined;
  });
  const asked = { resource: name, verb, ...(subresource && { subresource }) };
  await untilSo(async () => {
    return (await isAllowed(world, { user: subject.replace('user:', '') }, asked)) === has;
  });
}

const typed = (kind: string, name: string) => ({
  ...{ apiVersion: `${apiGroup}/v1`, kind },
  metadata: { name },
});

interface Stored {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly rules?: readonly StoredRule[] | null;
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[] | null;
}

interface StoredRule {
  readonly verbs: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

const concerned = /^(?:kubeletaccess:|system:kube-apiserver(?:-to-kubelet)?$|model-)/;

async function list(world: World, resource: string): Promise<readonly Stored[]> {
  const { body } = await world.api('GET', `${rbac}/${resource}`);
  return (body as { items: readonly Stored[] }).items;
}

async function read(
  world: World,
): Promise<{ readonly state: State; readonly others: readonly string[] }> {
  const [roles, bindings, namespaced] = await Promise.all(
    ['clusterroles', 'clusterrolebindings', 'rolebindings'].map((each) => list(world, each)),
  );
  const [ours, others] = [
    (all: readonly Stored[] = []) => all.filter(({ metadata }) => concerned.test(metadata.name)),
    (all: readonly Stored[] = []) => all.filter(({ metadata }) => !concerned.test(metadata.name)),
  ];
  return {
    state: {
      roles: Object.fromEntries(ours(roles).map((each) => [each.metadata.name, roleOf(each)])),
      bindings: Object.fromEntries(
        ours(bindings).map((each) => [each.metadata.name, bindingOf(each)]),
      ),
      namespaced: ours(namespaced).map(({ roleRef }) => roleRef.name),
    },
    others: [others(roles), others(bindings), others(namespaced)].flatMap((all) =>
      all.map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`),
    ),
  };
}

const isOwn = ({ metadata }: Stored) =>
  metadata.labels?.['app.kubernetes.io/managed-by'] === 'kubectl-kubeletaccess';
const addedTo = ({ metadata }: Stored) =>
  JSON.parse(metadata.annotations?.['kubeletaccess/added'] ?? '[]');

function ruleText({ verbs, resources = [], resourceNames = [] }: StoredRule): string {
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

/** Somebody else's change of one of the objects. Does nothing if there is none. */
async function change(world: World, { edit: what, to }: Edit): Promise<void> {
  const isOfRole = ['add rule', 'remove rule', 'empty'].includes(what);
  const collections = isOfRole
    ? ['clusterroles']
    : what === 'unlabel' || what === 'delete'
      ? ['clusterroles', 'clusterrolebindings']
      : ['clusterrolebindings'];
  const rbacUser = (text: string) => ({ apiGroup, kind: 'User', name: text.replace('user:', '') });
  const roleRef = (name: string) => ({ apiGroup, kind: 'ClusterRole', name });
  const names = [
    'kubeletaccess:stats',
    'kubeletaccess:stats@node-1',
    'kubeletaccess:metrics',
    known.role,
  ];
  const name = names[to % names.length] ?? '';
  const post = (path: string, object: object) => world.api('POST', `${rbac}/${path}`, object);
  const makeBinding = (of: string, ref: string, ...who: readonly string[]) =>
    post('clusterrolebindings', {
      ...typed('ClusterRoleBinding', of),
      roleRef: roleRef(ref),
      subjects: who.map(rbacUser),
    });
  const makeRole = (of: string, rules: readonly StoredRule[]) =>
    post('clusterroles', { ...typed('ClusterRole', of), rules });
  const nodes = { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list'] };
  const reading = { apiGroups: [''], resources: ['nodes/stats'], verbs: ['get'] };
  const serving = (resources: readonly string[]) => ({ apiGroups: [''], resources, verbs: ['*'] });
  const own = ['nodes/proxy', 'nodes/stats', 'nodes/log', 'nodes/spec', 'nodes/metrics'];
  switch (what) {
    case 'bind':
      return void (await makeBinding(`model-${name.replaceAll(':', '-')}`, name, stranger));
    case 'bind in namespace':
      return void (await post('namespaces/default/rolebindings', {
        ...typed('RoleBinding', `model-${name.replaceAll(':', '-')}`),
        roleRef: roleRef(name),
        subjects: [rbacUser(stranger)],
      }));
    case 'make role':
      return void (await makeRole(
        name,
        name === known.role
          ? [serving(own.slice(to % 8 === 3 ? 1 : 0))]
          : to % 3 === 0
            ? [reading]
            : [reading, nodes],
      ));
    case 'make binding':
      if (name === known.role)
        return void (await makeBinding(
          known.binding,
          name,
          ...[client, 'user:jane', stranger].slice(0, to % 3),
        ));
      return void (await makeBinding(
        `${name}:user:jane`,
        name,
        to % 3 === 0 ? stranger : 'user:jane',
      ));
    case 'rival':
      return void (await makeBinding(
        name === known.role ? known.binding : `${name}:user:bob`,
        'view',
        'user:bob',
      ));
    case 'direct':
      await makeRole('model-direct', [reading, nodes]);
      return void (await makeBinding(
        `model-direct-${to % 2}`,
        'model-direct',
        people[to % 2] ?? '',
      ));
  }
  const all = await Promise.all(
    collections.map(async (each) =>
      (await list(world, each))
        .filter(({ metadata }) => concerned.test(metadata.name) && !/^model-/.test(metadata.name))
        .map(
          (object) =>
            [`${rbac}/${each}/${encodeURIComponent(object.metadata.name)}`, object] as const,
        ),
    ),
  );
  const [path, object] = all.flat()[to % Math.max(1, all.flat().length)] ?? [];
  if (path === undefined || object === undefined) return;
  const { subjects, rules, metadata } = object;
  const write = (more: object) => world.api('PUT', path, { ...object, ...more });
  const secrets = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };
  switch (what) {
    case 'add subject':
      return void (await write({
        subjects: [...(subjects ?? []), rbacUser(to % 2 ? stranger : 'user:bob')],
      }));
    case 'replace subjects':
      return void (await write({ subjects: [stranger].map(rbacUser) }));
    case 'expire': {
      const { annotations = {} } = metadata;
      if (annotations['kubeletaccess/expires'] === undefined) return;
      const past = { ...annotations, 'kubeletaccess/expires': '2020-01-01T00:00:00Z' };
      return void (await write({ metadata: { ...metadata, annotations: past } }));
    }
    case 'add rule':
      return void (await write({ rules: [...(rules ?? []), secrets] }));
    case 'remove rule':
      return void (await write({ rules: (rules ?? []).slice(1) }));
    case 'empty':
      return void (await write({ rules: [] }));
    case 'unlabel':
      return void (await write({ metadata: { ...metadata, labels: {} } }));
    case 'delete':
      return void (await world.api('DELETE', path));
  }
}

async function clean(world: World): Promise<void> {
  for (const resource of ['clusterrolebindings', 'clusterroles', 'rolebindings'])
    for (const { metadata } of await list(world, resource)) {
      const folder = resource === 'rolebindings' ? 'namespaces/default/rolebindings' : resource;
      if (concerned.test(metadata.name))
        await world.api('DELETE', `${rbac}/${folder}/${encodeURIComponent(metadata.name)}`);
    }
}
