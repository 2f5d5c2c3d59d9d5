import { join, normalize } from 'node:path';
import type { Writable } from 'node:stream';
import * as v from '@badrap/valita';
import { attempt } from '../../attempt.ts';
import { Failure } from '../../errors.ts';
import { checkType } from '../../schema.ts';
import { escapeControlLine } from '../../text/escape.ts';
import type { Environment } from '../environment.ts';
import { type FileSource, inFolder, readIfThere, readInput } from '../files/read-file.ts';
import { readYaml } from '../yaml/read-yaml.ts';
import { onWindows } from './look-path.ts';
import type { PluginPolicy } from './plugin-policy.ts';

/** `$KUBERC` is the path of the kuberc, or `off`. Without this variable, `~/.kube/kuberc` is read. */
export interface KubercSources extends FileSource {
  readonly env: Environment;
}

const allowAll: PluginPolicy = { type: 'AllowAll', allowlist: [], file: '' };

/** Matches the names of fields that configure credential plugins, and misspellings of these names. */
const aboutPlugins = /credential|plugin/i;

const text = v.string().optional();
const apiVersion = v
  .string()
  .assert((value) => /^kubectl\.config\.k8s\.io\/v1(alpha|beta)1$/.test(value));
const entry = v.object({ name: text, command: text });
const preference = v.object({
  apiVersion,
  kind: v.literal('Preference'),
  credentialPluginPolicy: text,
  credentialPluginAllowlist: v.array(entry).optional(),
});
/** Matches a Preference whatever its other fields contain. */
const anyPreference = v.object({ apiVersion, kind: v.literal('Preference') });

/**
 * Reads the plugin policy; throws a Failure for an unreadable or invalid kuberc. kubectl ignores an invalid ~/.kube/kuberc with a warning
 * and runs every plugin. This program does the same only if the file does not mention plugins.
 */
export async function loadPluginPolicy(
  sources: KubercSources,
  stderr: Writable,
): Promise<PluginPolicy> {
  const { env, cwd } = sources;
  const explicit = env['KUBERC'] ?? '';
  if (explicit === 'off' || env['KUBECTL_KUBERC']?.toLowerCase() === 'false') return allowAll;
  const home = env['HOME'] || (onWindows && env['USERPROFILE']) || '';
  if (!explicit && !home) return allowAll;
  const file = explicit ? inFolder(cwd, explicit) : join(home, '.kube', 'kuberc');
  const text = (await (explicit ? readInput : readIfThere)('kuberc', file, sources))?.toString(
    'utf8',
  );
  if (text === undefined) return allowAll;
  const policy = parsePluginPolicy(text, file);
  if (policy) return policy;
  const problem = 'no valid preferences found';
  // NULs are removed so that text in UTF-16 can be searched, too.
  if (explicit || aboutPlugins.test(text.replaceAll('\0', ''))) throw faulty(file, problem);
  stderr.write(`${escapeControlLine(`warning: ignoring kuberc ${file}: ${problem}`)}\n`);
  return allowAll;
}

/** Parses a kuberc; undefined if the text is invalid, or has no Preference of a version that kubectl 1.37 knows. */
export function parsePluginPolicy(text: string, file: string): PluginPolicy | undefined {
  const documents = attempt(() =>
    text
      .split(/^---(?=\s|$)/m)
      .map((document) => readYaml(Buffer.from(document)))
      .filter((document) => document !== null),
  );
  if (!documents) return undefined;
  if (documents.length === 0) return allowAll;
  const first = documents.find((document) => anyPreference.try(document, { mode: 'strip' }).ok);
  if (first === undefined) return undefined;
  const { decoded, problem } = checkType(preference, first, { whole: true });
  if (!decoded) throw faulty(file, problem);
  return policyOf(decoded.value, file);
}

function policyOf(read: v.Infer<typeof preference>, file: string): PluginPolicy {
  const known =
    read.apiVersion === 'kubectl.config.k8s.io/v1beta1'
      ? ['credentialPluginPolicy', 'credentialPluginAllowlist']
      : [];
  // Unlike kubectl, rejects unknown fields about plugins, because a user may have misspelt the field that sets DenyAll.
  for (const key of Object.keys(read))
    if (aboutPlugins.test(key) && !known.includes(key))
      throw faulty(file, `unknown field "${key}"`);
  const { credentialPluginPolicy: type = '', credentialPluginAllowlist: list } = read;
  switch (type) {
    case 'Allowlist':
      return { type, allowlist: allowlistOf(list, file), file };
    case '':
    case 'AllowAll':
    case 'DenyAll':
      if (list !== undefined)
        throw misconfigured(file, `plugin policy is "${type}" but allowlist is non-nil`);
      return { type: type || 'AllowAll', allowlist: [], file };
    default:
      throw faulty(file, `unknown plugin policy: ${JSON.stringify(type)}`);
  }
}

type Entry = v.Infer<typeof entry>;

function allowlistOf(list: readonly Entry[] | undefined, file: string): readonly string[] {
  const set = 'credential plugin policy set to "Allowlist", but allowlist is';
  if (list === undefined) throw faulty(file, `${set} unspecified`);
  if (list.length === 0) throw faulty(file, `${set} empty; use "DenyAll" policy instead`);
  return list.map((each, index) => commandOf(each, `entry #${index + 1}`, file));
}

function commandOf(
  { name: oldName, command: newName, ...others }: Entry,
  which: string,
  file: string,
): string {
  // Rejects unknown fields, because such a field may be a criterion that this program would not check.
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw misconfigured(file, `${which} has an unknown field "${unknown}"`);
  const command = newName || oldName || '';
  if (command === '') throw misconfigured(file, `empty allowlist ${which}`);
  if (oldName && oldName !== command)
    throw misconfigured(file, `${which} has different name and command: name is deprecated`);
  const clean = normalize(command).replace(/(?<=.)\/$/, '');
  if (clean !== command) throw faulty(file, `non-normalized file path: "${command}" vs "${clean}"`);
  return command;
}

function misconfigured(file: string, problem: string): Failure {
  return faulty(file, `misconfigured credential plugin allowlist: ${problem}`);
}

function faulty(file: string, problem: string): Failure {
  return new Failure(`kuberc ${file}: ${problem}`, {
    hints: [
      'credential plugins do not run with an invalid plugin policy: fix the file, or set KUBERC=off to ignore it',
    ],
  });
}
