import { commandLine } from '../text/shell.ts';

/** What is before the host of a URL, and its query, may be secrets, whatever its scheme. */
const urls: ReadonlySet<string> = new Set(['--server', '-s', '--proxy-url', '--kubelet-proxy-url']);

function withoutSecrets(url: string): string {
  return url.replace(/^([a-z0-9+.-]*:\/\/)?.*@/i, '$1REDACTED@').replace(/\?.*$/s, '');
}

const secrets: ReadonlySet<string> = new Set(['--token', '--password']);

/**
 * The command that was given, with other options, to be pasted: whatever else was asked for, such as a narrower right or
 * another context, stays so. `args` are as parseCommandLine leaves them. A secret is left out, and its place marked; so is all that a URL holds before its host.
 */
export function rerunCommand(
  command: string,
  args: readonly string[],
  { without, more }: { readonly without: readonly string[]; readonly more: readonly string[] },
): string {
  const words: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? '';
    const [, name = word] = /^(--[a-z-]+)=/.exec(word) ?? [];
    const next = args[index + 1];
    // All options that are left out here but the switches have a value.
    const value = name !== word || next === undefined || next.startsWith('-') ? undefined : next;
    if (without.includes(name) || secrets.has(name)) {
      if (value !== undefined) index += 1;
      if (secrets.has(name)) words.push(name, 'REDACTED');
    } else if (urls.has(name)) {
      const url = name === word ? (value ?? '') : word.slice(name.length + 1);
      if (name === word && value !== undefined) index += 1;
      words.push(name, withoutSecrets(url));
    } else words.push(word);
  }
  return commandLine(['kubectl', 'kubeletaccess', command, ...words, ...more]);
}
