import { counted, summarize } from './text/list.ts';

/** An object that a list has but that was not read, because it is malformed or too large. */
export interface Unread {
  readonly kind: string;
  /** NAME or NAMESPACE/NAME; `items[3]` if the object has no name that can be read. */
  readonly name: string;
  /** Such as `items[3].spec: expected object, got string`. */
  readonly problem: string;
}

/** Whether the object may exist although the list does not have it. `name` is NAME or NAMESPACE/NAME. */
export function mayBeUnread(unread: readonly Unread[], name: string): boolean {
  return unread.some((each) => each.name === name || each.name.startsWith('items['));
}

/** Returns `the API server listed 2 RoleBindings that cannot be read: mon/a (its problem), mon/b (its problem)` of each kind. */
export function describeUnread(unread: Iterable<Unread>): readonly string[] {
  return [...Map.groupBy(unread, ({ kind }) => kind)].map(
    ([kind, ofKind]) =>
      `the API server listed ${counted(ofKind.length, kind)} that cannot be read: ${summarizeUnread(ofKind)}`,
  );
}

/** Returns `mon/a (its problem), mon/b (its problem), mon/c (its problem) and 3 more`. */
export function summarizeUnread(unread: readonly Unread[]): string {
  return summarize(unread, 3, ({ name, problem }) => `${name} (${problem})`);
}
