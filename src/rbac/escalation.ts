import type { PolicyRule } from '../objects.ts';
import { goString, unquoteGo, unquoteGoList } from '../text/go-string.ts';

/**
 * A 403 by which the API server denies writing a role or binding, because it contains permissions that its writer does not have.
 */
export interface EscalationDenial {
  readonly user: string;
  readonly groups: readonly string[];
  /** The missing permissions. Each rule has all missing verbs for one apiGroup, resource and name, or for one URL. */
  readonly missing: readonly PolicyRule[];
}

const strings = `(?:${goString}(?: ${goString})*)?`;
const field = String.raw`[A-Za-z]+:\[${strings}\]`;

// The API server uses this text for roles and bindings, in 1.31 and 1.37. Other denials have `User` in upper case.
const head = new RegExp(
  String.raw`: user (${goString}) \(groups=\[(${strings})\]\) is attempting to grant RBAC permissions not currently held:\n`,
  's',
);

// Line ends within a rule are escaped. Text after the last rule, such as `; resolution errors: […]`, does not match, because it
// does not begin with a brace.
const rule = new RegExp(String.raw`\{(${field}(?:, ${field})*)\}\n?`, 'gsy');
const list = new RegExp(String.raw`([A-Za-z]+):\[(${strings})\]`, 'gs');

/**
 * Finds kube-apiserver's denial of an escalation in a Status message; undefined if there is none.
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/rbac/validation/rule.go, ConfirmNoEscalation,
 * and CompactString in https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/rbac/v1/evaluation_helpers.go.
 */
export function parseEscalation(message: string): EscalationDenial | undefined {
  const match = head.exec(message);
  if (!match) return undefined;
  const [whole, user = '', groups = ''] = match;
  const missing = [...message.slice(match.index + whole.length).matchAll(rule)].map(
    ([, fields = '']) => readRule(fields),
  );
  if (missing.length === 0) return undefined;
  return { user: unquoteGo(user), groups: unquoteGoList(groups), missing };
}

function readRule(fields: string): PolicyRule {
  const lists = new Map(
    [...fields.matchAll(list)].map(([, name = '', values = '']) => [name, unquoteGoList(values)]),
  );
  const optional = <Key extends string>(key: Key, name: string) => {
    const values = lists.get(name);
    return values === undefined ? {} : ({ [key]: values } as Record<Key, string[]>);
  };
  return {
    ...optional('apiGroups', 'APIGroups'),
    ...optional('resources', 'Resources'),
    ...optional('nonResourceURLs', 'NonResourceURLs'),
    ...optional('resourceNames', 'ResourceNames'),
    verbs: lists.get('Verbs') ?? [],
  };
}
