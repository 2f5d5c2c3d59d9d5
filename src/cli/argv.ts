import { UsageFailure } from '../errors.ts';

/** Short options that take a value, and may have it joined to them: `-ojson`, `-XPOST`. By their long names. */
const shortWithValue = new Map([
  ['-o', '--output'],
  ['-n', '--namespace'],
  ['-s', '--server'],
  ['-v', '--v'],
  ['-X', '--request'],
  ['-H', '--header'],
  ['-d', '--data'],
  ['-l', '--selector'],
]);

/**
 * Long options that take a value, of all commands: the word that follows is that value, whatever it looks like, be it a
 * command's name or a secret.
 */
const longWithValue = new Set([
  ...shortWithValue.values(),
  '--address',
  '--as',
  '--as-group',
  '--as-uid',
  '--as-user-extra',
  '--binding-name',
  '--certificate-authority',
  '--client-certificate',
  '--client-key',
  '--cluster',
  '--color',
  '--context',
  '--explain',
  '--fail-on',
  '--for',
  '--interval',
  '--kubeconfig',
  '--kubelet-certificate-authority',
  '--kubelet-client-certificate',
  '--kubelet-client-key',
  '--kubelet-port',
  '--kubelet-preferred-address-types',
  '--kubelet-proxy-url',
  '--kubelet-tls-server-name',
  '--kubelet-token-file',
  '--node',
  '--parallel',
  '--password',
  '--profile',
  '--proxy-url',
  '--request-timeout',
  '--role-name',
  '--subject',
  '--timeout',
  '--tls-server-name',
  '--token',
  '--user',
  '--username',
  '--via',
  '--warn-days',
]);

/** Options without a value, to which kubectl's users may all the same give one. */
const booleans = new Set([
  '--accept-wider',
  '--all-profiles',
  '--all-subjects',
  '--allow-exec',
  '--allow-unsafe',
  '--client',
  '--disable-compression',
  '--even-if-redundant',
  '--expired',
  '--force',
  '--include',
  '--insecure-skip-tls-verify',
  '--kubelet-insecure-skip-tls-verify',
  '--permanent',
  '--prune',
  '--recreate',
  '--show-all',
  '--until-ok',
  '--watch',
]);

const shortBooleans = new Map([
  ['i', '--include'],
  ['k', '--kubelet-insecure-skip-tls-verify'],
  ['w', '--watch'],
]);

/** A command line taken apart. */
export interface CommandLine {
  /** Empty if there is none. */
  readonly command: string;
  readonly args: readonly string[];
  readonly help: boolean;
  /** What -v says. */
  readonly verbosity: number;
}

/** Turns what kubectl's users type into what clipanion accepts: global flags may come first, help may stand anywhere. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const kept: string[] = [];
  // Of several the last one counts.
  const switched = new Map<string, boolean>();
  let command = '';
  let help = false;
  let verbosity = 0;
  let index = 0;
  for (; index < argv.length && argv[index] !== '--'; index += 1) {
    const word = argv[index] ?? '';
    const { name, value } = splitOption(word);
    const switches = switchesIn(name);
    if (name === '-h' || name === '--help') help = true;
    else if (!name.startsWith('-') || name === '-') {
      if (command === '') command = name;
      else kept.push(name);
    } else if (switches) {
      const on = value === undefined || parseBoolean(name, value);
      for (const each of switches) switched.set(each, on);
    } else if (shortWithValue.has(name) || longWithValue.has(name)) {
      const given = value ?? argv[++index];
      if (name === '-v' || name === '--v') verbosity = parseVerbosity(name, given);
      kept.push(...joined(name, given));
    } else kept.push(word);
  }
  const on = [...switched].filter(([, state]) => state).map(([name]) => name);
  return { command, args: [...kept, ...on, ...argv.slice(index)], help, verbosity };
}

/** Takes `--name=value`, `-k=value` and `-nvalue` apart; any other word is all name. */
function splitOption(word: string): { readonly name: string; readonly value?: string } {
  const short = word.slice(0, 2);
  if (shortWithValue.has(short) && word.length > 2)
    return { name: short, value: word.slice(2).replace(/^=/, '') };
  const [, name, value] = /^(--?[a-z-]+)=(.*)$/s.exec(word) ?? [];
  return name === undefined || value === undefined ? { name: word } : { name, value };
}

/** The long names of options without a value: of one, or of several letters behind one dash. */
function switchesIn(name: string): readonly string[] | undefined {
  if (booleans.has(name)) return [name];
  const letters = /^-([a-z]+)$/.exec(name)?.[1];
  const long = [...(letters ?? '')].map((letter) => shortBooleans.get(letter));
  return long.length > 0 && long.every((each) => each !== undefined) ? long : undefined;
}

/** clipanion takes no value with a dash in front, unless it is joined to a long name. */
function joined(name: string, value: string | undefined): string[] {
  if (value === undefined) return [name];
  const long = shortWithValue.get(name) ?? name;
  return value.startsWith('-') ? [`${long}=${value}`] : [name, value];
}

function parseVerbosity(name: string, value = ''): number {
  if (!/^\d+$/.test(value))
    throw new UsageFailure(`${name} takes a number`, { hints: [`${name}=1`] });
  return Number(value);
}

/** As Go reads them. */
function parseBoolean(name: string, value: string): boolean {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(value)) return true;
  if (/^(?:0|f|F|FALSE|false|False)$/.test(value)) return false;
  throw new UsageFailure(`${name} is true or false, not "${value}"`);
}
