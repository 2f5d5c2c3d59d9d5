import { UsageFailure } from './errors.ts';

/** Short options that take a value, and may have it joined to them: `-ojson`, `-XPOST`. */
const shortWithValue = new Set(['-o', '-n', '-s', '-v', '-X', '-H', '-d']);

/** Long options of every command that take a value, so that one before the command's name does not hide it. */
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

/** Long options without a value, to which kubectl's users may all the same give one. */
const booleans = new Set([
  '--allow-exec',
  '--allow-unsafe',
  '--client',
  '--disable-compression',
  '--include',
  '--insecure-skip-tls-verify',
  '--kubelet-insecure-skip-tls-verify',
]);

/** A command line taken apart. */
export interface CommandLine {
  /** Empty if there is none. */
  readonly command: string;
  readonly args: readonly string[];
  readonly help: boolean;
}

/** Turns what kubectl's users type into what clipanion accepts: global flags may come first, help may stand anywhere. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  const words = argv.slice(0, end).flatMap(splitJoined);
  const kept: string[] = [];
  let command = '';
  let help = false;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const takesNext = shortWithValue.has(word) || longWithValue.has(word);
    if (word === '-h' || word === '--help') help = true;
    else if (takesNext || word.startsWith('-')) kept.push(word);
    else if (command === '') command = word;
    else kept.push(word);
    const value = words[index + 1];
    if ((word === '-v' || word === '--v') && !/^\d+$/.test(value ?? ''))
      throw new UsageFailure(`${word} takes a number`, { hints: [`${word}=1`] });
    if (takesNext && value !== undefined) {
      kept.push(value);
      index += 1;
    }
  }
  return { command, args: [...kept, ...argv.slice(end)], help };
}

function splitJoined(word: string): string[] {
  const short = word.slice(0, 2);
  if (shortWithValue.has(short) && word.length > 2) return [short, word.slice(2).replace(/^=/, '')];
  const [, name = '', value = ''] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? [];
  if (!booleans.has(name)) return [word];
  // As Go reads them.
  if (/^(?:1|t|T|TRUE|true|True)$/.test(value)) return [name];
  if (/^(?:0|f|F|FALSE|false|False)$/.test(value)) return [];
  throw new UsageFailure(`${name} is true or false, not "${value}"`);
}
