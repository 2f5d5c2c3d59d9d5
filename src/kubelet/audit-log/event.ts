import * as v from '@badrap/valita';
import { isNodeName } from '../../objects.ts';
import { checkType } from '../../schema.ts';
import type { Fields } from '../../text/fields.ts';
import { kubeletAttributes, methodOf, minorOf } from '../authorization.ts';
import type { AuditEntry, AuthorizedRequest } from './entries.ts';
import {
  common,
  longestName,
  name,
  parseStamp,
  text,
  timesOf,
  timestamp,
  userInfo,
  withoutTime,
} from './fields.ts';

const head = v.object({
  stage: text.optional(),
  verb: name.optional(),
  objectRef: v
    .object({
      apiGroup: name.optional(),
      resource: name.optional(),
      subresource: name.optional(),
      name: name.optional(),
    })
    .optional(),
});
type Head = v.Infer<typeof head>;

/** Reads an audit event. Removes null fields from `event`. */
export function readAuditEvent(event: Fields): AuditEntry {
  const { stage, verb, objectRef } = event;
  const { decoded, problem } = checkType(head, { stage, verb, objectRef });
  if (!decoded) return { kind: 'unreadable', problem };
  if (isReview(decoded.value)) return readReview(event);
  if (isProxied(decoded.value))
    return readRequest(event, decoded.value.verb ?? '', decoded.value.objectRef?.name ?? '');
  return otherAt(event);
}

function isReview({ stage, verb, objectRef }: Head): boolean {
  return (
    objectRef?.resource === 'subjectaccessreviews' &&
    objectRef.apiGroup === 'authorization.k8s.io' &&
    verb === 'create' &&
    stage === 'ResponseComplete'
  );
}

/**
 * Whether the event is a request for nodes/proxy that is complete or has begun its response. A long request has one event when the
 * response begins, and another when it ends.
 */
function isProxied({ stage, objectRef }: Head): boolean {
  return (
    objectRef?.resource === 'nodes' &&
    objectRef.subresource === 'proxy' &&
    !objectRef.apiGroup &&
    (stage === 'ResponseStarted' || stage === 'ResponseComplete')
  );
}

function otherAt({ stageTimestamp }: Fields): AuditEntry {
  const isTime = typeof stageTimestamp === 'string' && timestamp.test(stageTimestamp);
  const atMs = isTime ? parseStamp(stageTimestamp) : Number.NaN;
  return { kind: 'other', atMs: Number.isNaN(atMs) ? undefined : atMs };
}

const proxyEvent = v.object({
  ...common,
  requestURI: text.optional(),
  impersonatedUser: userInfo.optional(),
  annotations: v.record(text).optional(),
});

function readRequest(event: Fields, verb: string, named: string): AuditEntry {
  const { decoded, problem } = checkType(proxyEvent, event);
  if (!decoded) return { kind: 'unreadable', problem };
  const { annotations = {}, requestURI = '' } = decoded.value;
  const when = timesOf(decoded.value);
  if (!when) return withoutTime;
  // The API server authorizes the impersonated user, not the user who sends the request.
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

/** Finds the node in the object name of a nodes/proxy request, such as `node-1` or `https:node-1:10250`. */
function nodeOf(named: string): string | undefined {
  const parts = named.split(':');
  const node = parts.length === 1 ? parts[0] : parts[1];
  return node !== undefined && isNodeName(node) ? node : undefined;
}

/**
 * Finds the subresource that the newest kubelets check first for the path in the URI, such as `stats` for
 * `/api/v1/nodes/node-1/proxy/stats/summary`.
 */
function directlyChecked(verb: string, uri: string): string {
  const [, path = ''] = /^\/api\/v1\/nodes\/[^/?]{1,600}\/proxy(\/[^?]{0,600})/.exec(uri) ?? [];
  const { subresources } = kubeletAttributes(
    methodOf(verb) ?? 'GET',
    path,
    Number.POSITIVE_INFINITY,
  );
  return subresources[0] ?? 'proxy';
}

const spec = v.object({
  resourceAttributes: v
    .object({
      verb: name.optional(),
      group: name.optional(),
      resource: name.optional(),
      subresource: name.optional(),
      name: name.optional(),
    })
    .optional(),
  user: name.optional(),
  uid: name.optional(),
  groups: v.array(name).optional(),
  extra: v.record(v.array(name)).optional(),
});

const reviewEvent = v.object({
  ...common,
  userAgent: text.optional(),
  responseStatus: v.object({ code: v.number().optional() }).optional(),
  requestObject: v.object({ spec: spec.optional() }).optional(),
});

/** The response to a SubjectAccessReview. If the request failed, the response is a Status, whose `status` is a string. */
const reviewAnswer = v.object({
  kind: v.literal('SubjectAccessReview'),
  status: v.object({ allowed: v.boolean(), reason: text.optional() }),
});

const nodeUser = 'system:node:';

function readReview(event: Fields): AuditEntry {
  const { decoded, problem } = checkType(reviewEvent, event);
  if (!decoded) return isByNode(event) ? { kind: 'unreadable', problem } : ofNoKubelet;
  const { user, userAgent = '', responseStatus, requestObject } = decoded.value;
  const when = timesOf(decoded.value);
  if (!when) return withoutTime;
  const { atMs } = when;
  const node = user.username.startsWith(nodeUser)
    ? user.username.slice(nodeUser.length)
    : undefined;
  const asked = requestObject?.spec;
  if (!asked) return node === undefined ? { kind: 'other', atMs } : { kind: 'no body', atMs };
  const {
    verb = '',
    group = '',
    resource,
    subresource,
    name: about,
  } = asked.resourceAttributes ?? {};
  if (resource !== 'nodes' || group !== '' || !subresource) return { kind: 'other', atMs };
  if (node === undefined || about !== node) return { kind: 'foreign', atMs, user: user.username };
  if (!isNodeName(node)) return { kind: 'unreadable', problem: 'user.username: expected a node' };
  if (!asked.user) return { kind: 'unreadable', problem: 'requestObject.spec.user is missing' };
  const { extra = {}, uid = '', groups = [] } = asked;
  const answered = readAnswer(event, responseStatus?.code);
  if ('problem' in answered) return { kind: 'unreadable', problem: answered.problem };
  return {
    kind: 'review',
    ...when,
    node,
    minor: kubeletMinor(userAgent),
    ...{ user: asked.user, groups, verb, subresource, ...answered },
    callerNode: extra['authentication.kubernetes.io/node-name']?.[0],
    identity: identityOf(asked.user, uid, extra, groups),
  };
}

/** Whether a node sent the event. Only events of nodes are reported as unreadable, because other users may send anything. */
function isByNode({ user }: Fields): boolean {
  const { username } = (user ?? {}) as Fields;
  return typeof username !== 'string' || username.startsWith(nodeUser);
}

const ofNoKubelet: AuditEntry = { kind: 'other', atMs: undefined };

/** Reads the decision of a SubjectAccessReview. It is unknown if the event has no response body, or if the request failed. */
function readAnswer(
  { responseObject }: Fields,
  code: number | undefined,
): Pick<AuthorizedRequest, 'answer' | 'reason'> | { readonly problem: string } {
  const isMade = code === undefined || (code >= 200 && code < 300);
  if (responseObject === undefined || responseObject === null || !isMade)
    return { answer: 'unknown', reason: '' };
  const options = { at: 'responseObject' };
  const { decoded, problem } = checkType(reviewAnswer, responseObject, options);
  if (!decoded) return { problem };
  const { allowed, reason = '' } = decoded.value.status;
  return { answer: allowed ? 'allowed' : 'denied', reason };
}

/**
 * Finds the minor version in `kubelet/v1.37.2 (linux/amd64) kubernetes/abc`. Undefined for v0.0.0, the version of kubelets that were built
 * without a version.
 */
function kubeletMinor(userAgent: string): number | undefined {
  const [, version] = /^kubelet\/(v1\.\d{1,4}\.)/.exec(userAgent) ?? [];
  return version === undefined ? undefined : minorOf(version);
}

/**
 * Returns a key of the caller's identity, by which kubelets cache decisions. If the credential has an ID, the key contains it in
 * place of the groups, because the groups of a token or certificate never change.
 */
function identityOf(
  user: string,
  uid: string,
  extra: Readonly<Record<string, readonly string[]>>,
  groups: readonly string[],
): string {
  const [credential] = extra['authentication.kubernetes.io/credential-id'] ?? [];
  const rest = credential ?? JSON.stringify([extra, groups]);
  return JSON.stringify([user, uid, rest]).slice(0, 2 * longestName);
}
