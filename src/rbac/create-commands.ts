import { shellWord } from '../shell.ts';

/** A right as `kubectl create clusterrole` takes it. */
export interface CommandRight {
  /** With commas; empty for every verb. */
  readonly verbs: string;
  readonly resources: readonly string[];
  readonly resourceName?: string | undefined;
}

/** The commands that give a user a right, by a role and a binding of their own whose name begins with `prefix`. */
export function createCommands(user: string, prefix: string, right: CommandRight): string {
  const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  const subject =
    account === undefined ? `--user=${user}` : `--serviceaccount=${namespace}:${account}`;
  // A name of its own for each user and each set of rights: else the second hint to be followed would already exist.
  // RBAC takes no slash and no percent sign in a name.
  const role = `${prefix}:${account ?? user}`.replaceAll(/[/%]/g, '-');
  const { verbs, resources, resourceName } = right;
  const words = (line: readonly string[]) => line.map(shellWord).join(' ');
  return [
    words([
      'kubectl',
      'create',
      'clusterrole',
      role,
      `--verb=${verbs || '*'}`,
      `--resource=${resources.join(',')}`,
      ...(resourceName === undefined ? [] : [`--resource-name=${resourceName}`]),
    ]),
    words(['kubectl', 'create', 'clusterrolebinding', role, `--clusterrole=${role}`, subject]),
  ].join(' && ');
}
