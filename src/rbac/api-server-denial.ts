import { goString, unquoteGo } from '../text/go-string.ts';

export interface ApiServerDenial {
  readonly user: string;
  readonly verb: string;
  /** The resource and its subresource, such as `nodes/proxy`. */
  readonly resource: string;
  readonly apiGroup: string;
  /** Name of the object; absent for the verbs list and create. */
  readonly name?: string;
  /** Namespace of the object; absent if the request was for the whole cluster. */
  readonly namespace?: string;
}

const beginning = 'User "';
const denialWords = new RegExp(
  `User (${goString}) cannot (\\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]*)")?`,
  'sy',
);
const forbidden = ' is forbidden: ';

/**
 * Finds a denial by kube-apiserver's authorizer in the message of a Status; undefined if there is none. Takes linear time, because
 * a server may send any text.
 * Source: https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/endpoints/handlers/responsewriters/errors.go
 */
export function parseApiServerDenial(message: string): ApiServerDenial | undefined {
  for (
    let start = message.indexOf(beginning);
    start >= 0;
    start = message.indexOf(beginning, start + 1)
  ) {
    denialWords.lastIndex = start;
    const match = denialWords.exec(message);
    if (!match) continue;
    const [, user = '', verb = '', resource = '', apiGroup = '', namespace] = match;
    const name = nameBefore(message, start);
    return {
      user: unquoteGo(withoutEntities(user)),
      verb,
      resource,
      apiGroup,
      ...(name === undefined ? {} : { name: unquoteGo(name) }),
      ...(namespace === undefined ? {} : { namespace }),
    };
  }
  return undefined;
}

/** Returns the quoted object name before `is forbidden: `, which must come directly before `end`; undefined if it does not. */
function nameBefore(message: string, end: number): string | undefined {
  const close = end - forbidden.length - 1;
  if (!message.startsWith(`"${forbidden}`, close) || isEscaped(message, close)) return undefined;
  let open = message.lastIndexOf('"', close - 1);
  while (open > 0 && isEscaped(message, open)) open = message.lastIndexOf('"', open - 1);
  return open < 0 || close <= 0 ? undefined : message.slice(open, close + 1);
}

/** Whether the character at `index` is escaped: an odd number of backslashes is before it. */
function isEscaped(text: string, index: number): boolean {
  let start = index;
  while (text[start - 1] === '\\') start -= 1;
  return (index - start) % 2 === 1;
}

/**
 * Decodes the HTML entities that the API server writes into a denial. The object's name must not be decoded, because the API server
 * does not encode it.
 */
function withoutEntities(text: string): string {
  const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>' };
  return text.replaceAll(/&(amp|lt|gt);/g, (_, entity: string) => characters[entity] ?? '');
}

/**
 * Words that a cloud provider's authorization webhook adds to a denial. No RBAC rule can allow a request that this webhook denies.
 */
const ofProvider =
  /^(?:[A-Z][\w -]{2,40} (?:authz )?\[[^\]]{1,300}\]|GKE ?(?:Warden|Autopilot) authz[^\n]{0,200})/;
/**
 * Words that another authorization webhook adds to a denial. Does not match webhooks without an opinion, or webhooks that name
 * the required permission. In both cases, an RBAC rule can allow the request.
 */
const ofPolicy =
  /^(?!.{0,200}(?:requires one of|ha(?:s|ve) (?:an |no )?opinion))(?=[A-Za-z])[^"\n\\]{0,200}?\b(?:permitted|denied|not allowed|disallowed|polic(?:y|ies))\b[^"\n\\]{0,100}/;

/** Returns the words by which an authorizer other than RBAC denied a request; undefined if there are none. */
export function authorizerBeside(words: string): string | undefined {
  const tail =
    /^.{0,600}?(?:in the namespace "[^"]{1,260}"|at the cluster scope|cannot \S{1,20} path "[^"]{1,600}"): (?!RBAC: |no RBAC policy)(.{1,400})/.exec(
      words,
    )?.[1] ?? '';
  return (ofProvider.exec(tail) ?? ofPolicy.exec(tail))?.[0].trim();
}

export function isOfProvider(words: string): boolean {
  return ofProvider.test(words);
}
