import { isDeepStrictEqual } from 'node:util';

/**
 * What grant and revoke must do to roles and bindings, written without code of `src`. A state has all roles and bindings that the random
 * commands of `grant-sequences.ts` can concern.
 */

/** A permission: a verb, a resource and maybe a node, such as `get nodes/stats` and `get nodes/stats node-1`. */
type Atom = string;

export interface Role {
  readonly own: boolean;
  /** One text for each rule: its sorted permissions, joined by commas. */
  readonly rules: readonly string[];
  /** Rules that grant recorded as its own, of kube-apiserver's role. */
  readonly added: readonly string[];
}

export interface Binding {
  readonly own: boolean;
  readonly role: string;
  readonly subjects: readonly string[];
  readonly expires: 'never' | 'later' | 'past';
  /** Subjects that grant recorded as its own, of kube-apiserver's binding. */
  readonly added: readonly string[];
}

export interface State {
  readonly roles: Readonly<Record<string, Role>>;
  readonly bindings: Readonly<Record<string, Binding>>;
  /** Names of roles to which RoleBindings refer. */
  readonly namespaced: readonly string[];
}

type Profile = 'stats' | 'metrics' | 'apiserver';

export interface Grant {
  readonly verb: 'grant';
  readonly profile: Profile;
  readonly subject: string;
  readonly node: boolean;
  readonly expires: boolean;
  readonly force: boolean;
}

interface Revoke {
  readonly verb: 'revoke';
  readonly profile: Profile | undefined;
  readonly subject: string | undefined;
  readonly expired: boolean;
  readonly force: boolean;
}

export type Command = Grant | Revoke;

export const client = 'user:Kubernetes';
export const known = { role: 'system:kube-apiserver-to-kubelet', binding: 'system:kube-apiserver' };

export function argsOf(command: Command): readonly string[] {
  const { verb, profile, subject, force } = command;
  const isClient = verb === 'grant' && profile === 'apiserver' && subject === client;
  return [
    verb,
    ...(profile === undefined || isClient ? [] : ['--profile', profile]),
    ...(subject === undefined || isClient ? [] : ['--subject', subject]),
    ...(verb === 'grant' && profile === 'apiserver' && !isClient ? ['--allow-exec'] : []),
    ...(verb === 'grant' && command.node ? ['--node', 'node-1'] : []),
    ...(verb === 'grant' && command.expires ? ['--for', '1h'] : []),
    ...(verb === 'revoke' && command.expired ? ['--expired'] : []),
    ...(force ? ['--force'] : []),
  ];
}

export interface Outcome {
  readonly code: number;
  readonly state: State;
}

/** Returns what a command may do: one outcome, or several if the API server chooses which binding it names. */
export function outcomes(state: State, command: Command): readonly Outcome[] {
  return command.verb === 'grant'
    ? outcomesOfGrant(state, command)
    : [outcomeOfRevoke(state, command)];
}

const nodesRule = 'get nodes,list nodes';
const proxyRule = ['log', 'metrics', 'proxy', 'spec', 'stats']
  .map((each) => `* nodes/${each}`)
  .join();

export function rulesOf({ profile, node }: Pick<Grant, 'profile' | 'node'>): readonly string[] {
  const [rules, nodes] =
    profile === 'apiserver'
      ? [[proxyRule], '']
      : [[`get nodes/${profile}`, nodesRule], 'get nodes'];
  if (!node) return rules;
  return rules.map((rule) =>
    (rule === nodesRule ? nodes : rule)
      .split(',')
      .map((atom) => `${atom} node-1`)
      .join(),
  );
}

export function namesOf({ profile, node, subject }: Grant): typeof known {
  if (profile === 'apiserver' && subject === client && !node) return known;
  const role = `kubeletaccess:${profile}${node ? '@node-1' : ''}`;
  return { role, binding: `${role}:${subject}` };
}

const atomsOf = (rules: readonly string[]): readonly Atom[] =>
  rules.flatMap((rule) => rule.split(','));

function allows(has: readonly Atom[], atom: Atom): boolean {
  const [verb = '', resource = '', node] = atom.split(' ');
  return has.some((each) => {
    const [v = '', r = '', n] = each.split(' ');
    return (v === verb || v === '*') && r === resource && (n === undefined || n === node);
  });
}

const lacking = (has: readonly Atom[], wanted: readonly Atom[]) =>
  wanted.filter((atom) => !allows(has, atom));

/** Returns the permissions that each subject has in the whole cluster. */
export function access({ roles, bindings }: State, subject: string): readonly Atom[] {
  const own = Object.values(bindings).filter(({ subjects }) => subjects.includes(subject));
  return [...new Set(own.flatMap(({ role }) => atomsOf(roles[role]?.rules ?? [])))].sort();
}

function outcomesOfGrant(state: State, grant: Grant): readonly Outcome[] {
  const { subject, force } = grant;
  const names = namesOf(grant);
  const wanted = atomsOf(rulesOf(grant));
  const role = state.roles[names.role];
  const bound = state.bindings[names.binding];
  const unchanged = { code: 0, state };
  const refused = [{ code: 1, state }];
  const isHeld = bound?.role === names.role && bound.subjects.includes(subject);
  const isComplete = role !== undefined && lacking(atomsOf(role.rules), wanted).length === 0;
  const isOwn = bound && (names === known ? bound.added.includes(subject) : bound.own);
  const isInPlace = isHeld && isComplete && !force;
  if (isInPlace && bound.expires === 'never' && !grant.expires) return [unchanged];
  const byOthers =
    isInPlace || force ? 'no' : isGivenByOthers(state, names.binding, subject, wanted);
  if (byOthers === 'yes') return [unchanged];
  const may = (outcome: readonly Outcome[]) =>
    byOthers === 'maybe' ? [unchanged, ...outcome] : outcome;

  if (bound && bound.role !== names.role) return may(refused);
  if (bound && isHeld && !isOwn && grant.expires) return may(refused);
  if (bound && !isHeld && !bound.own && names !== known) return may(refused);
  const has = atomsOf(role?.rules ?? []);
  const missing = lacking(has, wanted);
  const extra = lacking(wanted, has);
  const isCut = role?.own === true && force;
  const isHanded = extra.length > 0 && !isCut && !isHeld;
  if (role && !role.own && names !== known && (missing.length > 0 || isHanded)) return may(refused);
  if (isHanded && !force) return may(refused);
  const gainers = Object.values(state.bindings).filter(
    (each) => each.role === names.role && each.subjects.some((one) => one !== subject),
  );
  if (missing.length > 0 && gainers.length > 0 && !force) return may(refused);

  const add = (rules: readonly string[]) =>
    missing.length > 0 ? [...rules, missing.sort().join()] : rules;
  const after: Role = !role
    ? { own: true, rules: rulesOf(grant), added: [] }
    : isCut && extra.length > 0
      ? { ...role, rules: rulesOf(grant) }
      : { ...role, rules: add(role.rules), added: role.own ? role.added : add(role.added) };
  const expires = grant.expires ? 'later' : 'never';
  const keeps = isHeld && (!isOwn || bound.expires === expires);
  const binding: Binding = keeps
    ? bound
    : {
        own: bound?.own ?? true,
        role: names.role,
        subjects: isHeld ? bound.subjects : [...(bound?.subjects ?? []), subject],
        expires,
        added: names === known ? [...new Set([...(bound?.added ?? []), subject])] : [],
      };
  const changed = {
    ...state,
    roles: { ...state.roles, [names.role]: after },
    bindings: { ...state.bindings, [names.binding]: binding },
  };
  return may([{ code: 0, state: changed }]);
}

/** Whether other bindings give everything for good. The API server names only one of the bindings that give a permission. */
function isGivenByOthers(
  { roles, bindings }: State,
  own: string,
  subject: string,
  wanted: readonly Atom[],
): 'yes' | 'no' | 'maybe' {
  const givers = Object.entries(bindings).filter(([, { subjects }]) => subjects.includes(subject));
  const atoms = (some: typeof givers) =>
    some.flatMap(([, { role }]) => atomsOf(roles[role]?.rules ?? []));
  const lasting = givers.filter(([name, { expires }]) => name !== own && expires === 'never');
  // kube-apiserver's obsolete nodes/spec is not asked for.
  const asked = wanted.filter((atom) => !atom.includes('nodes/spec'));
  if (lacking(atoms(lasting), asked).length > 0) return 'no';
  const others = givers.filter((each) => !lasting.includes(each));
  return asked.some((atom) => allows(atoms(others), atom)) ? 'maybe' : 'yes';
}

const profiles: readonly Profile[] = ['stats', 'metrics', 'apiserver'];

function profileOf(role: string): Profile | undefined {
  if (role === known.role) return 'apiserver';
  return profiles.find(
    (each) => role.split(/[:@]/)[0] === 'kubeletaccess' && role.split(/[:@]/)[1] === each,
  );
}

function ownSubjects(name: string, { own, role, subjects, added }: Binding): readonly string[] {
  if (name === known.binding) return subjects.filter((each) => added.includes(each));
  return own ? subjects.filter((each) => name === `${role}:${each}`) : [];
}

function isSelected(
  name: string,
  binding: Binding,
  { profile, subject, expired }: Revoke,
): boolean {
  const has = profileOf(binding.role);
  if (has === undefined || !(binding.own || name === known.binding)) return false;
  if (expired && binding.expires !== 'past') return false;
  if (profile !== undefined) return has === profile;
  return subject !== undefined || expired || name === known.binding;
}

function outcomeOfRevoke(before: State, revoke: Revoke): Outcome {
  const { subject, expired, profile } = revoke;
  const roles = { ...before.roles };
  const bindings = { ...before.bindings };
  const left = new Set<string>();
  let handMade = false;
  for (const [name, binding] of Object.entries(before.bindings)) {
    if (!isSelected(name, binding, revoke)) continue;
    const { subjects, own } = binding;
    const mine = ownSubjects(name, binding);
    const concerned = name === known.binding ? subjects : mine;
    if (subject === undefined || concerned.includes(subject)) left.add(binding.role);
    const leaving = mine.filter((each) => subject === undefined || each === subject);
    const isHandMade =
      name === known.binding &&
      mine.length === 0 &&
      !expired &&
      subject === undefined &&
      isDeepStrictEqual(subjects, [client]) &&
      isExact(roles[known.role]);
    handMade ||= isHandMade;
    const isEmptied = isHandMade || (own && subjects.length === leaving.length);
    if (isEmptied && (leaving.length > 0 || isHandMade || subject === undefined)) {
      delete bindings[name];
    } else if (leaving.length > 0) {
      const added = binding.added.filter((each) => !leaving.includes(each));
      const staying = subjects.filter((each) => !leaving.includes(each));
      const isOver = ownSubjects(name, { ...binding, added, subjects: staying }).length === 0;
      const expires = isOver ? 'never' : binding.expires;
      bindings[name] = { ...binding, added, subjects: staying, expires };
    }
  }
  const refers = (role: string) =>
    Object.entries(bindings).filter(([, each]) => each.role === role);
  for (const [name, role] of Object.entries(roles)) {
    const has = profileOf(name);
    if (has === undefined) continue;
    const isOfSubject = subject !== undefined || expired;
    const isAsked =
      profile !== undefined ? has === profile : isOfSubject ? role.own : name === known.role;
    const isFreed = isAsked && (role.own ? refers(name).length === 0 : role.added.length > 0);
    if (!left.has(name) && !isFreed) continue;
    if (!role.own && !(handMade && name === known.role)) {
      const isUsed = refers(name).some(([each, binding]) => ownSubjects(each, binding).length > 0);
      const added = role.rules.filter((rule) => role.added.includes(rule));
      // Nobody else loses what grant added.
      const revoked = subject ?? (expired ? undefined : client);
      const isOfOthers = refers(name).some(([, { subjects }]) =>
        subjects.some((each) => each !== revoked),
      );
      if (role.added.length === 0 || isUsed) continue;
      if (added.length > 0 && isOfOthers && !revoke.force) continue;
      roles[name] = {
        ...role,
        rules: role.rules.filter((rule) => !role.added.includes(rule)),
        added: [],
      };
    } else if (refers(name).length === 0 && !before.namespaced.includes(name)) {
      const most = atomsOf(rulesOf({ profile: has, node: false }));
      const isMore =
        lacking(
          most,
          atomsOf(role.rules).map((atom) => atom.replace(' node-1', '')),
        ).length > 0;
      if (isMore && !revoke.force && !handMade) continue;
      delete roles[name];
    }
  }
  return { code: 0, state: { ...before, roles, bindings } };
}

function isExact(role: Role | undefined): boolean {
  const [has, wanted] = [atomsOf(role?.rules ?? []), atomsOf([proxyRule])];
  const isAdded = role?.rules.some((rule) => role.added.includes(rule)) === true;
  return (
    role?.own === false &&
    !isAdded &&
    lacking(has, wanted).length === 0 &&
    lacking(wanted, has).length === 0
  );
}
