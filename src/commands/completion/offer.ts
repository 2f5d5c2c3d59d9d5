import type { Candidate, Completes, NameKind } from '../../cli/completes.ts';
import type { OptionSpec } from '../../cli/option.ts';
import type { Names } from './names.ts';
import type { Position } from './position.ts';

export interface Offer {
  readonly candidates: readonly Candidate[];
  /** Which files the shell itself completes if no candidate fits. */
  readonly files: 'none' | 'any' | 'folders';
}

export const noOffer: Offer = { candidates: [], files: 'none' };

export async function makeOffer(position: Position, names: Names): Promise<Offer> {
  if (isMisread(position.word)) return noOffer;
  const { candidates, files } = await offerAll(position, names);
  const { wanted, word, typed } = position;
  const head = wanted.kind === 'value' && wanted.isJoined ? word.slice(0, 2) : '';
  const fitting = new Map(
    candidates
      // A name with shell syntax is not offered: kubectl's bash script would expand it.
      .filter(({ value }) => value.startsWith(typed) && /^[\w./:=,@%+!-]*$/.test(value))
      .map((candidate) => [candidate.value, { ...candidate, value: head + candidate.value }]),
  );
  return { candidates: [...fitting.values()], files };
}

/**
 * Whether kubectl's scripts for zsh and fish misread the word. If a dash stands somewhere before the last `=`, the scripts take all text up
 * to this `=` for a flag, and put the flag before each candidate. Source: `-.*=` in the templates of cobra.
 */
function isMisread(word: string): boolean {
  const last = word.lastIndexOf('=');
  if (last < 0) return false;
  return word.startsWith('-') ? word.indexOf('=') < last : word.slice(0, last).includes('-');
}

async function offerAll(position: Position, names: Names): Promise<Offer> {
  const { wanted } = position;
  if (wanted.kind === 'value') return offerValue(wanted.completes, position, names);
  if (wanted.kind === 'flags')
    return { candidates: offerFlags(wanted.options, position), files: 'none' };
  const { candidates } = await offerValue(wanted.pages, position, names);
  const commands = wanted.commands.map(({ name, summary }) => ({
    value: name,
    description: summary,
  }));
  const help = { value: 'help', description: 'Print the help of a command' };
  return { candidates: [...commands, help, ...candidates], files: 'none' };
}

function offerFlags(
  options: readonly OptionSpec[],
  { given, word }: Position,
): readonly Candidate[] {
  const isLeft = (option: OptionSpec) =>
    option.kind === 'list' || !given.some((each) => each.option === option);
  const flags = options.filter(isLeft).flatMap(({ name, short, kind, completes, description }) => {
    const values = kind === 'optional' && Array.isArray(completes) ? (completes as string[]) : [];
    const spellings = [name, ...values.map((value) => `${name}=${value}`)];
    return (/^-[^-]?$/.test(word) && short !== undefined ? [short, ...spellings] : spellings).map(
      (value) => ({ value, description: firstSentence(description) }),
    );
  });
  return [...flags, { value: '--help', description: 'Print the help of the command.' }];
}

function firstSentence(text: string): string {
  return /^.*?\.(?= [A-Z]|$)/s.exec(text)?.[0] ?? text;
}

async function offerValue(
  completes: Completes | undefined,
  position: Position,
  names: Names,
): Promise<Offer> {
  const { typed } = position;
  if (completes === undefined) return noOffer;
  if (completes === 'file') return { candidates: [], files: 'any' };
  if (completes === '@file') return offerFileBehindAt(typed, names);
  if (completes === 'folder') return { candidates: [], files: 'folders' };
  if (typeof completes === 'string')
    return { candidates: asCandidates(await lookUps[completes](names, position)), files: 'none' };
  if (typeof completes === 'function') return { candidates: completes(typed), files: 'none' };
  if ('after' in completes) return offerValue(completes.after(position.args), position, names);
  if ('orFile' in completes) return { candidates: completes.orFile(), files: 'any' };
  if ('listOf' in completes && typed.startsWith('@')) return offerFileBehindAt(typed, names);
  if ('listOf' in completes)
    return { candidates: asCandidates(listWords(typed, completes.listOf)), files: 'none' };
  return { candidates: asCandidates(completes), files: 'none' };
}

/** Offers files after an `@`, because shells do not complete file names there. */
function offerFileBehindAt(typed: string, names: Names): Offer {
  if (!typed.startsWith('@')) return noOffer;
  const files = names.files(typed.slice(1));
  return { candidates: files.map((path) => ({ value: `@${path}` })), files: 'none' };
}

function listWords(typed: string, words: readonly string[]): readonly string[] {
  const head = typed.slice(0, typed.lastIndexOf(',') + 1);
  return words.filter((word) => !head.split(',').includes(word)).map((word) => `${head}${word}`);
}

function asCandidates(words: readonly string[]): readonly Candidate[] {
  return words.map((value) => ({ value }));
}

/** Bits that tell the shell how to complete. Source: ShellCompDirective in cobra's completions.go. */
const directives = { noSpace: 2, noFiles: 4, folders: 16 } as const;

/** Renders lines for cobra's scripts: a candidate, a tab and its description; and last a directive for the shell. */
export function renderOffer({ candidates, files }: Offer): string {
  const isUnfinished =
    candidates.length > 0 && candidates.every(({ value }) => /[/=:]$/.test(value));
  const directive =
    (isUnfinished ? directives.noSpace : 0) +
    { none: directives.noFiles, any: 0, folders: directives.folders }[files];
  const lines = candidates.map(({ value, description = '' }) =>
    description === '' ? value : `${value}\t${description.replaceAll(/[\x00-\x1f\x7f]+/g, ' ')}`,
  );
  return `${[...lines, `:${directive}`].join('\n')}\n`;
}

type Look = (names: Names, position: Position) => Promise<readonly string[]>;

/** A pod may be typed as `pod/NAME`, without a namespace. */
const kindOfPod = /^(?:pods?|po)\//;

/** The caller drops candidates that do not begin with the typed text. */
const lookUps: Readonly<Record<NameKind, Look>> = {
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
    if (kind === undefined) return inNamespace(names, typed, '/', names.pods, true);
    return (await names.pods(await names.namespace())).map((name) => `${kind}${name}`);
  },
  container: async (names, { args: [pod = ''] }) => {
    const word = pod.replace(kindOfPod, '');
    const [name = '', namespace = await names.namespace()] = word.split('/').reverse();
    return name === '' ? [] : names.containers(namespace, name);
  },
  namespace: (names) => names.namespaces(),
  serviceaccount: (names, { typed }) =>
    inNamespace(names, typed, '/', names.serviceAccounts, false),
  subject: async (names, { typed }) => {
    const [, kind, rest = ''] = /^(user|group|serviceaccount):(.*)$/s.exec(typed) ?? [];
    if (kind === undefined) return ['user:', 'group:', 'serviceaccount:'];
    if (kind !== 'serviceaccount') return names.subjects();
    const accounts = await inNamespace(names, rest, ':', names.serviceAccounts, false);
    return accounts.map((name) => `${kind}:${name}`);
  },
  username: async (names) => subjectsOf('user:', await names.subjects()),
  group: async (names) => subjectsOf('group:', await names.subjects()),
  context: (names) => names.entries('contexts'),
  cluster: (names) => names.entries('clusters'),
  'kubeconfig-user': (names) => names.entries('users'),
};

/** Appends each word to the typed list, except words that the command line already has as values of the option. */
function inList(position: Position, words: readonly string[]): readonly string[] {
  const head = position.typed.slice(0, position.typed.lastIndexOf(',') + 1);
  const others = [...valuesOf(position), head].flatMap((list) => list.split(','));
  return words.filter((word) => !others.includes(word)).map((word) => `${head}${word}`);
}

function valuesOf({ wanted, given }: Position): readonly string[] {
  const option = wanted.kind === 'value' ? wanted.option : undefined;
  return given.filter((each) => each.option === option).map(({ value = '' }) => value);
}

/**
 * Offers `NAMESPACE/`, and then the names in that namespace. With `isOptional`, also offers names in the namespace that -n or the context
 * selects.
 */
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

/**
 * Completes the last term of a selector such as `a=b,c`. Returns keys; if the typed text fits a single key, returns values of this key.
 * `labels` have the form `key=value`.
 */
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

/** Source: kubectl's `findNodeRoles`. */
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
