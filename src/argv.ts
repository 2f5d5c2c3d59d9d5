import { UsageFailure } from './errors.ts';

/** Short options that take a value, and may have it joined to them: `-ojson`, `-XPOST`. By their long names. */
const shortWithValue = new Map([
  ['-o', '--output'],
  ['-n', '--namespace'],
  ['-s', '--server'],
  ['-v', '--v'],
  ['-X', '--request'],
  ['-H', '--header'],
  ['-d', '--data'],
]);

/** Long options that all commands have and that take a value, so that one before the command's name does not hide it. */
const longWithValue = new Set([
  '--kubeconfig',
  '--context',
  '--cluster',
  '--user',
  '--server',
  '--certificate-authority',
  '--tls-server-name',
  '--proxy-url',
  '--token',
  '--username',
  '--password',
  '--client-certificate',
  '--client-key',
  '--namespace',
  '--as',
  '--as-group',
  '--as-uid',
  '--as-user-extra',
  '--request-timeout',
  '--v',
]);

/** Options without a value, to which kubectl's users may all the same give one; by their short name, if they have one. */
const booleans = new Map([
  ['--allow-exec', ''],
  ['--allow-unsafe', ''],
  ['--client', ''],
  ['--disable-compression', ''],
  ['--include', '-i'],
  ['--insecure-skip-tls-verify', ''],
  ['--kubelet-insecure-skip-tls-verify', '-k'],
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
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  const words = argv.slice(0, end);
  let kept: string[] = [];
  let command = '';
  let help = false;
  let verbosity = 0;
  for (let index = 0; index < words.length; index += 1) {
    const { name, value } = splitOption(words[index] ?? '');
    if (name === '-h' || name === '--help') help = true;
    else if (!name.startsWith('-') || name === '-') {
      if (command === '') command = name;
      else kept.push(name);
    } else if (booleans.has(name) && value !== undefined) {
      // The last one counts.
      kept = kept.filter((word) => word !== name && word !== booleans.get(name));
      if (parseBoolean(name, value)) kept.push(name);
    } else if (takesValue(name)) {
      const given = value ?? words[++index];
      if (name === '-v' || name === '--v') verbosity = parseVerbosity(name, given);
      kept.push(...joined(name, given));
    } else kept.push(words[index] ?? '');
  }
  return { command, args: [...kept, ...argv.slice(end)], help, verbosity };
}

/** Takes `--name=value` and `-nvalue` apart; any other word is all name. */
function splitOption(word: string): { readonly name: string; readonly value?: string } {
  const short = word.slice(0, 2);
  if (shortWithValue.has(short) && word.length > 2)
    return { name: short, value: word.slice(2).replace(/^=/, '') };
  const [, name, value] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? [];
  return name === undefined || value === undefined ? { name: word } : { name, value };
}

function takesValue(name: string): boolean {
  return shortWithValue.has(name) || longWithValue.has(name);
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
