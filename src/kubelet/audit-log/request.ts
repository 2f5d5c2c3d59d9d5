import * as v from '@badrap/valita';
import { isNodeName } from '../../objects.ts';
import { checkType } from '../../schema.ts';
import type { Fields } from '../../text/fields.ts';
import { kubeletAttributes } from '../authorization.ts';
import type { AuditEntry } from './entries.ts';
import { common, text, timesOf, userInfo, withoutTime } from './fields.ts';

const proxyEvent = v.object({
  ...common,
  requestURI: text.optional(),
  impersonatedUser: userInfo.optional(),
  annotations: v.record(text).optional(),
});

/** Reads an event of a request for nodes/proxy, by its verb and the name of the node. */
export function readRequest(event: Fields, verb: string, named: string): AuditEntry {
  const { decoded, problem } = checkType(proxyEvent, event, { whole: false });
  if (!decoded) return { kind: 'unreadable', problem };
  const { annotations = {}, requestURI = '' } = decoded.value;
  const when = timesOf(decoded.value);
  if (!when) return withoutTime;
  // It is authorized as the user that it impersonates.
  const { username, groups = [] } = decoded.value.impersonatedUser ?? decoded.value.user;
  const decision = annotations['authorization.k8s.io/decision'];
  return {
    kind: 'request',
    ...when,
    ...{ user: username, groups, verb },
    node: nodeOf(named),
    direct: directlyChecked(verb, requestURI),
    answer: decision === 'allow' ? 'allowed' : decision === 'forbid' ? 'denied' : 'unknown',
    reason: annotations['authorization.k8s.io/reason'] ?? '',
  };
}

/** Of `node-1`, or with a scheme and a port: `https:node-1:10250`. */
function nodeOf(named: string): string | undefined {
  const parts = named.split(':');
  const node = parts.length === 1 ? parts[0] : parts[1];
  return node !== undefined && isNodeName(node) ? node : undefined;
}

const methods: Readonly<Record<string, string>> = {
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
};

/** `stats` of `/api/v1/nodes/node-1/proxy/stats/summary`. */
function directlyChecked(verb: string, uri: string): string {
  const [, path = ''] = /^\/api\/v1\/nodes\/[^/?]{1,600}\/proxy(\/[^?]{0,600})/.exec(uri) ?? [];
  const { subresources } = kubeletAttributes(
    methods[verb] ?? 'GET',
    path,
    Number.POSITIVE_INFINITY,
  );
  return subresources[0] ?? 'proxy';
}
