import { command, options } from '../text/command.ts';
import { subjectOf } from './subject.ts';

export interface CommandRule {
  /** Verbs, separated by commas; empty to allow every verb. */
  readonly verbs: string;
  readonly resources: readonly string[];
  readonly resourceName?: string | undefined;
  /** Namespace; if it is set, the commands create a Role instead of a ClusterRole. */
  readonly namespace?: string | undefined;
}

export function createCommands(user: string, prefix: string, rule: CommandRule): string {
  const { kind, namespace, name } = subjectOf(user);
  // The name contains the prefix and the user, so that the commands of two hints create different roles. RBAC accepts neither slash
  // nor percent sign in a name.
  const role = `${prefix}:${name}`.replaceAll(/[/%]/g, '-');
  const bound = options([
    `--${scope(rule)}role=${role}`,
    kind === 'ServiceAccount' ? `--serviceaccount=${namespace}:${name}` : `--user=${name}`,
    ...within(rule),
  ]);
  const binding = command`kubectl create ${`${scope(rule)}rolebinding`} ${role} ${bound}`;
  return `${createRole(role, rule)} && ${binding}`;
}

function createRole(role: string, rule: CommandRule): string {
  const { verbs, resources, resourceName } = rule;
  const allowed = options([
    `--verb=${verbs || '*'}`,
    `--resource=${resources.join(',')}`,
    ...(resourceName === undefined ? [] : [`--resource-name=${resourceName}`]),
    ...within(rule),
  ]);
  return command`kubectl create ${`${scope(rule)}role`} ${role} ${allowed}`;
}

function scope({ namespace }: CommandRule): string {
  return namespace === undefined ? 'cluster' : '';
}

function within({ namespace }: CommandRule): readonly string[] {
  return namespace === undefined ? [] : [`--namespace=${namespace}`];
}
