import type { ClusterRoleBinding } from '../objects.ts';
import { isFields } from '../text/fields.ts';
import { isOurs, ownLabels } from './annotations.ts';
import { formatSubject, hasSubject } from './subject.ts';

/** What a stand-in cannot have itself of the binding that it stands in for, as JSON. */
const key = 'kubeletaccess/stands-in-for';

/** Of records: with them, a stand-in is a grant like others to what lists and revokes grants. */
const ownPrefix = 'kubeletaccess/';

export function standInName(binding: string): string {
  return `kubeletaccess:recreating:${binding}`;
}

/**
 * A second binding, with all that a recreated one will have but its name: while there is none of that name, it gives the access, and
 * whoever finds it alone can create the other one from it.
 */
export function standInFor(binding: ClusterRoleBinding): ClusterRoleBinding {
  const { name = '', labels, annotations = {} } = binding.metadata;
  const own = entriesOf(annotations, (each) => each.startsWith(ownPrefix));
  const rest = entriesOf(annotations, (each) => !each.startsWith(ownPrefix));
  return {
    ...binding,
    metadata: {
      name: standInName(name),
      labels: ownLabels(),
      annotations: { ...own, [key]: JSON.stringify({ name, labels, annotations: rest }) },
    },
  };
}

/** The binding that one stands in for, as it is to be created; undefined of any other binding. */
export function replacedBy(
  standIn: ClusterRoleBinding | undefined,
): ClusterRoleBinding | undefined {
  const { [key]: text, ...own } = standIn?.metadata.annotations ?? {};
  if (!standIn || text === undefined || !isOurs(standIn)) return undefined;
  const rest = readRest(text);
  if (!rest || standIn.metadata.name !== standInName(rest.name)) return undefined;
  const { name, labels, annotations } = rest;
  return { ...standIn, metadata: { name, labels, annotations: { ...annotations, ...own } } };
}

/** Subjects of a stand-in that would lose its role with it, in RBAC words. */
export function lackedBy(
  { roleRef, subjects = [] }: ClusterRoleBinding,
  standIn: ClusterRoleBinding,
): readonly string[] {
  const isSameRole = roleRef.name === standIn.roleRef.name;
  return (standIn.subjects ?? [])
    .filter((each) => !isSameRole || !hasSubject(subjects, each))
    .map(formatSubject);
}

function entriesOf(
  all: Readonly<Record<string, string>>,
  keep: (name: string) => boolean,
): Record<string, string> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => keep(name)));
}

function readRest(text: string) {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isFields(value)) return undefined;
  const { name, labels = {}, annotations = {} } = value;
  return typeof name === 'string' && areTexts(labels) && areTexts(annotations)
    ? { name, labels, annotations }
    : undefined;
}

function areTexts(value: unknown): value is Record<string, string> {
  return isFields(value) && Object.values(value).every((each) => typeof each === 'string');
}
