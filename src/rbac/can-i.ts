import { commandLine, shellWord } from '../text/shell.ts';

/**
 * The command that checks a permission on `nodes/SUBRESOURCE`, of the caller or of `user`, whom the caller must be allowed
 * to impersonate. Kubelets check an empty verb for HEAD and the like: only `*` covers it.
 */
export function canICommand(user: string | undefined, verb: string, subresource: string): string {
  return commandLine([
    'kubectl',
    'auth',
    'can-i',
    verb || '*',
    'nodes',
    `--subresource=${subresource}`,
    ...(user === undefined ? [] : [`--as=${user}`]),
  ]);
}

/**
 * Why the obvious command gives the wrong answer: kubectl reads TYPE/NAME. Source:
 * https://github.com/kubernetes/kubectl/blob/v0.37.2/pkg/cmd/auth/cani.go
 */
export function canITrap(user: string | undefined, verb: string, subresource: string): string {
  return `kubectl auth can-i ${shellWord(verb || '*')} nodes/${subresource} asks for a node named "${subresource}"; use ${canICommand(user, verb, subresource)}`;
}
