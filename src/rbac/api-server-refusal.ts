import { goString, unquoteGo } from '../text/go-string.ts';

/** The API server's 403 about its caller, parsed. */
export interface ApiServerRefusal {
  readonly user: string;
  readonly verb: string;
  /** With its subresource: `nodes/proxy`. */
  readonly resource: string;
  readonly apiGroup: string;
  /** Absent for a list or a create. */
  readonly name?: string;
  /** Absent at the cluster scope. */
  readonly namespace?: string;
}

const apiServerForm = new RegExp(
  `(?:(${goString}) is forbidden: )?User (${goString}) cannot (\\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]*)")?`,
  's',
);

/**
 * Finds the words of kube-apiserver's authorizer in a Status message; undefined if they are not there. Source:
 * https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/endpoints/handlers/responsewriters/errors.go
 */
export function parseApiServerRefusal(message: string): ApiServerRefusal | undefined {
  const match = apiServerForm.exec(message);
  if (!match) return undefined;
  const [, name, user = '', verb = '', resource = '', apiGroup = '', namespace] = match;
  return {
    user: unquoteGo(withoutEntities(user)),
    verb,
    resource,
    apiGroup,
    ...(name === undefined ? {} : { name: unquoteGo(name) }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** A denial is written so that no browser takes it for HTML; the name of the object comes later, and stays as it is. */
function withoutEntities(text: string): string {
  const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>' };
  return text.replaceAll(/&(amp|lt|gt);/g, (_, entity: string) => characters[entity] ?? '');
}
