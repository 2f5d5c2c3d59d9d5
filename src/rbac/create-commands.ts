import { commandLine } from '../text/shell.ts';
import { subjectOf } from './subject.ts';

/** A right as `kubectl create clusterrole` takes it. */
export interface CommandRight {
  /** With commas; empty for every verb. */
  readonly verbs: string;
  readonly resources: readonly string[];
  readonly resourceName?: string | undefined;
  /** With it: a role of that namespace, and not of the cluster. */
  readonly namespace?: string | undefined;
}

/** The commands that give a user a right, by a role and a binding of their own whose name begins with `prefix`. */
export function createCommands(user: string, prefix: string, right: CommandRight): string {
  // A name of its own for each user and each set of rights: else the second hint to be followed would already exist.
  // RBAC takes no slash and no percent sign in a name.
  const role = `${prefix}:${subjectOf(user).name}`.replaceAll(/[/%]/g, '-');
  return [createRole(role, right), createBinding(role, role, user, right.namespace)].join(' && ');
}

export function createRole(role: string, right: CommandRight): string {
  const { verbs, resources, resourceName, namespace } = right;
  return commandLine([
    ...['kubectl', 'create', `${scope(namespace)}role`, role],
    `--verb=${verbs || '*'}`,
    `--resource=${resources.join(',')}`,
    ...(resourceName === undefined ? [] : [`--resource-name=${resourceName}`]),
    ...within(namespace),
  ]);
}

export function createBinding(
  binding: string,
  role: string,
  user: string,
  namespace?: string,
): string {
  return commandLine([
    ...['kubectl', 'create', `${scope(namespace)}rolebinding`, binding],
    `--${scope(namespace)}role=${role}`,
    subjectFlag(user),
    ...within(namespace),
  ]);
}

/** A user as kubectl takes one for a subject: service accounts have a flag of their own. */
export function subjectFlag(user: string): string {
  const { kind, namespace, name } = subjectOf(user);
  return kind === 'ServiceAccount' ? `--serviceaccount=${namespace}:${name}` : `--user=${name}`;
}

function scope(namespace: string | undefined): string {
  return namespace === undefined ? 'cluster' : '';
}

function within(namespace: string | undefined): readonly string[] {
  return namespace === undefined ? [] : [`--namespace=${namespace}`];
}
