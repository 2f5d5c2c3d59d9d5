import { basename } from 'node:path';
import type { Environment } from '../environment.ts';
import { execFailure } from './exec-credential.ts';
import { type Lookup, lookPath } from './look-path.ts';

/** Which credential plugins may run: what the user's kuberc says. */
export interface PluginPolicy {
  readonly type: 'AllowAll' | 'DenyAll' | 'Allowlist';
  /** Commands as they are written: bare names or paths. */
  readonly allowlist: readonly string[];
  /** The kuberc; empty where none decides. */
  readonly file: string;
}

/** kubectl's rule: the command, or the file it leads to, is on the list as written or by PATH. Throws a Failure if not. */
export function checkPluginPolicy(
  { type, allowlist, file }: PluginPolicy,
  command: string,
  found: Lookup,
  env: Environment,
): void {
  if (type === 'AllowAll') return;
  if (type === 'DenyAll')
    throw execFailure(`plugin "${command}" not allowed: policy set to "DenyAll"`, [
      `credentialPluginPolicy in ${file} says so`,
    ]);
  const { path, problem } = found;
  if (allowlist.includes(command) || (path !== undefined && allowlist.includes(path))) return;
  if (path === undefined)
    throw execFailure(
      `plugin path "${command}" cannot be resolved for credential plugin allowlist check: ${problem}`,
    );
  const namesakes = allowlist.filter((entry) => basename(entry) === basename(path));
  if (namesakes.some((entry) => lookPath(entry, env).path === path)) return;
  throw execFailure(
    `plugin path "${path}" is not permitted by the credential plugin allowlist`,
    [],
    [`a line of credentialPluginAllowlist in ${file} would permit it: - command: ${path}`],
  );
}
