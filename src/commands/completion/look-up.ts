import type { LookUp } from '../../cli/completes.ts';
import type { Names } from './names.ts';
import type { Position } from './position.ts';

type Look = (names: Names, position: Position) => Promise<readonly string[]>;

/** In front of the name of a pod, in place of its namespace. */
const kindOfPod = /^(?:pods?|po)\//;

/** All words that can stand in the place of what is typed; the caller keeps those that begin like it. */
export const lookUps: Readonly<Record<LookUp, Look>> = {
  node: async (names, position) => {
    const others = valuesOf(position);
    return (await names.nodes()).filter((name) => !others.includes(name));
  },
  nodes: async (names, position) => inList(position, await names.nodes()),
  'node-role': async (names) => nodeRoles(await names.labels()),
  'label-keys': async (names, position) => inList(position, labelKeys(await names.labels())),
  'label-selector': async (names, { typed }) => completeSelector(typed, await names.labels()),
  pod: async (names, { typed }) => {
    const [kind] = kindOfPod.exec(typed) ?? [];
    const list = (namespace: string) => names.pods(namespace);
    if (kind === undefined) return inNamespace(names, typed, '/', list, true);
    return (await list(await names.namespace())).map((name) => `${kind}${name}`);
  },
  container: async (names, { args: [pod = ''] }) => {
    const word = pod.replace(kindOfPod, '');
    const [name = '', namespace = await names.namespace()] = word.split('/').reverse();
    return name === '' ? [] : names.containers(namespace, name);
  },
  namespace: (names) => names.namespaces(),
  serviceaccount: (names, { typed }) =>
    inNamespace(names, typed, '/', (namespace) => names.serviceAccounts(namespace), false),
  subject: async (names, { typed }) => {
    const [, kind, rest = ''] = /^(user|group|serviceaccount):(.*)$/s.exec(typed) ?? [];
    if (kind === undefined) return ['user:', 'group:', 'serviceaccount:'];
    if (kind !== 'serviceaccount') return names.subjects();
    const list = (namespace: string) => names.serviceAccounts(namespace);
    return (await inNamespace(names, rest, ':', list, false)).map((name) => `${kind}:${name}`);
  },
  username: async (names) => subjectsOf('user:', await names.subjects()),
  group: async (names) => subjectsOf('group:', await names.subjects()),
  context: (names) => names.entries('contexts'),
  cluster: (names) => names.entries('clusters'),
  'kubeconfig-user': (names) => names.entries('users'),
};

/** The last word of a list with commas, none twice. */
function inList(position: Position, words: readonly string[]): readonly string[] {
  const head = position.typed.slice(0, position.typed.lastIndexOf(',') + 1);
  const others = [...valuesOf(position), head].flatMap((list) => list.split(','));
  return words.filter((word) => !others.includes(word)).map((word) => `${head}${word}`);
}

/** Those that the same option has already. */
function valuesOf({ wanted, given }: Position): readonly string[] {
  const option = wanted.kind === 'value' ? wanted.option : undefined;
  return given.filter((each) => each.option === option).map(({ value = '' }) => value);
}

/** `NAMESPACE/` first, then what is in it; with `isOptional` also what is in the namespace in effect. */
async function inNamespace(
  names: Names,
  typed: string,
  separator: string,
  list: (namespace: string) => Promise<readonly string[]>,
  isOptional: boolean,
): Promise<readonly string[]> {
  const end = typed.indexOf(separator);
  if (end < 0) {
    const [own, namespaces] = await Promise.all([
      isOptional ? names.namespace().then(list) : [],
      names.namespaces(),
    ]);
    return [...own, ...namespaces.map((name) => `${name}${separator}`)];
  }
  const head = typed.slice(0, end);
  return (await list(head)).map((name) => `${head}${separator}${name}`);
}

function subjectsOf(prefix: string, subjects: readonly string[]): readonly string[] {
  return subjects
    .filter((subject) => subject.startsWith(prefix))
    .map((subject) => subject.slice(prefix.length));
}

/** The last term of a selector such as `a=b,c`; `labels` are `key=value`. Keys go on with `=`, the only one left with its values. */
function completeSelector(typed: string, labels: readonly string[]): readonly string[] {
  const start = typed.lastIndexOf(',') + 1;
  const [head, term] = [typed.slice(0, start), typed.slice(start)];
  const [, key = '', operator] = /^([^=!]*)(!=|==?)?/.exec(term) ?? [];
  const keys = labelKeys(labels).filter((each) => each.startsWith(key));
  const isValue = operator !== undefined;
  const whole = isValue ? key : keys.length === 1 ? keys[0] : undefined;
  if (whole === undefined) return keys.map((each) => `${head}${each}=`);
  return labels
    .filter((label) => keyOf(label) === whole)
    .map((label) => `${head}${whole}${operator ?? '='}${label.slice(whole.length + 1)}`);
}

/** What `--role` names. Source: kubectl's `findNodeRoles`. */
function nodeRoles(labels: readonly string[]): readonly string[] {
  const roles = labels.flatMap(
    (label) =>
      /^node-role\.kubernetes\.io\/([^=]+)=/.exec(label)?.[1] ??
      /^kubernetes\.io\/role=(.+)$/.exec(label)?.[1] ??
      [],
  );
  return [...new Set(roles)];
}

function labelKeys(labels: readonly string[]): readonly string[] {
  return [...new Set(labels.map(keyOf))];
}

function keyOf(label: string): string {
  return label.slice(0, label.indexOf('='));
}
