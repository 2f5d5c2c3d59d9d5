import { basename } from 'node:path';
import type { Environment } from '../environment.ts';
import { execFailure } from './exec-credential.ts';
import { type FoundExecutable, lookPath } from './look-path.ts';

export interface PluginPolicy {
  readonly type: 'AllowAll' | 'DenyAll' | 'Allowlist';
  /** Commands as written: bare names or paths. */
  readonly allowlist: readonly string[];
  /** Path of the kuberc; empty without a kuberc. */
  readonly file: string;
}

/** As in kubectl, an entry of the allowlist is either the command as written in the kubeconfig, or the path of the file that runs. */
export function checkPluginPolicy(
  { type, allowlist, file }: PluginPolicy,
  command: string,
  found: FoundExecutable,
  env: Environment,
): void {
  if (type === 'AllowAll') return;
  if (type === 'DenyAll')
    throw execFailure(`plugin "${command}" not allowed: policy set to "DenyAll"`, {
      details: [`set by credentialPluginPolicy in ${file}`],
    });
  const { path, problem } = found;
  if (allowlist.includes(command) || (path !== undefined && allowlist.includes(path))) return;
  if (path === undefined)
    throw execFailure(
      `plugin path "${command}" cannot be resolved for credential plugin allowlist check: ${problem}`,
    );
  const namesakes = allowlist.filter((entry) => basename(entry) === basename(path));
  if (namesakes.some((entry) => lookPath(entry, env).path === path)) return;
  throw execFailure(`plugin path "${path}" is not permitted by the credential plugin allowlist`, {
    hints: [
      `to allow it, add this line to credentialPluginAllowlist in ${file}: - command: ${path}`,
    ],
  });
}
