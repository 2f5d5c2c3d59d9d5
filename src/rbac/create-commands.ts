import { command, options, type Part } from '../text/command.ts';
import { subjectOf } from './subject.ts';

/** Permissions as `kubectl create clusterrole` takes them. */
export interface CommandRule {
  /** With commas; empty for every verb. */
  readonly verbs: string;
  readonly resources: readonly string[];
  readonly resourceName?: string | undefined;
  /** For a Role of that namespace in place of a ClusterRole. */
  readonly namespace?: string | undefined;
}

/** The commands that grant permissions to a user, by a role and a binding whose names begin with `prefix`. */
export function createCommands(user: string, prefix: string, rule: CommandRule): string {
  // A name for each user and each prefix: otherwise the commands of a second hint would fail as existing. RBAC accepts
  // neither slash nor percent sign in a name.
  const role = `${prefix}:${subjectOf(user).name}`.replaceAll(/[/%]/g, '-');
  return [createRole(role, rule), createBinding(role, role, user, rule.namespace)].join(' && ');
}

export function createRole(role: string, rule: CommandRule): string {
  const { verbs, resources, resourceName, namespace } = rule;
  const allowed = options([
    `--verb=${verbs || '*'}`,
    `--resource=${resources.join(',')}`,
    ...(resourceName === undefined ? [] : [`--resource-name=${resourceName}`]),
    ...within(namespace),
  ]);
  return command`kubectl create ${`${scope(namespace)}role`} ${role} ${allowed}`;
}

export function createBinding(
  binding: string,
  role: string,
  user: string,
  namespace?: string,
): string {
  const bound = options([`--${scope(namespace)}role=${role}`, flagOf(user), ...within(namespace)]);
  return command`kubectl create ${`${scope(namespace)}rolebinding`} ${binding} ${bound}`;
}

/** The flag by which kubectl takes a user as a subject; service accounts have their own. */
export function subjectFlag(user: string): Part {
  return options([flagOf(user)]);
}

function flagOf(user: string): string {
  const { kind, namespace, name } = subjectOf(user);
  return kind === 'ServiceAccount' ? `--serviceaccount=${namespace}:${name}` : `--user=${name}`;
}

function scope(namespace: string | undefined): string {
  return namespace === undefined ? 'cluster' : '';
}

function within(namespace: string | undefined): readonly string[] {
  return namespace === undefined ? [] : [`--namespace=${namespace}`];
}
