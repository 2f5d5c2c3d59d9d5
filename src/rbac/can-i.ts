import { commandLine, shellWord } from '../text/shell.ts';

/**
 * The question that asks the API server for a right on `nodes/SUBRESOURCE`, of the caller or, if named, of `user`, whom the
 * caller must be allowed to impersonate. An empty verb is what kubelets ask for methods that they know no verb for: only `*`
 * covers it.
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
 * Why the question that people ask says no to who has the right, and yes to who has not: kubectl takes TYPE/NAME. Source:
 * https://github.com/kubernetes/kubectl/blob/v0.37.2/pkg/cmd/auth/cani.go
 */
export function canITrap(user: string | undefined, verb: string, subresource: string): string {
  return `kubectl auth can-i ${shellWord(verb || '*')} nodes/${subresource} asks for a node named "${subresource}"; ask ${canICommand(user, verb, subresource)}`;
}
