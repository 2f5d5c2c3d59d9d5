import * as v from '@badrap/valita';
import { isNodeName } from '../../objects.ts';
import { type Checked, checkType } from '../../schema.ts';
import type { Fields } from '../../text/fields.ts';
import { minorOf } from '../authorization.ts';
import type { Asked, AuditEntry } from './entries.ts';
import { common, longestName, name, text, timesOf, withoutTime } from './fields.ts';

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

/** Of a request that fails, the answer is a Status, whose status is a word. */
const reviewAnswer = v.object({
  kind: v.literal('SubjectAccessReview'),
  status: v.object({ allowed: v.boolean(), reason: text.optional() }),
});

const nodeUser = 'system:node:';

/** Reads the event of a SubjectAccessReview. */
export function readReview(event: Fields): AuditEntry {
  const { decoded, problem } = checkType(reviewEvent, event, { whole: false });
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

/** What others ask is of any form. */
function isByNode({ user }: Fields): boolean {
  const { username } = (user ?? {}) as Fields;
  return typeof username !== 'string' || username.startsWith(nodeUser);
}

const ofNoKubelet: AuditEntry = { kind: 'other', atMs: undefined };

/** Without a body, or if the request failed, the answer is unknown. */
function readAnswer(
  { responseObject }: Fields,
  code: number | undefined,
): Pick<Asked, 'answer' | 'reason'> | { readonly problem: string } {
  const isMade = code === undefined || (code >= 200 && code < 300);
  if (responseObject === undefined || responseObject === null || !isMade)
    return { answer: 'unknown', reason: '' };
  const { decoded, problem }: Checked<v.Infer<typeof reviewAnswer>> = checkType(
    reviewAnswer,
    responseObject,
    { whole: false, at: 'responseObject' },
  );
  if (!decoded) return { problem };
  const { allowed, reason = '' } = decoded.value.status;
  return { answer: allowed ? 'allowed' : 'denied', reason };
}

/** Of `kubelet/v1.37.2 (linux/amd64) kubernetes/abc`; builds without a version have v0.0.0. */
function kubeletMinor(userAgent: string): number | undefined {
  const [, version] = /^kubelet\/(v1\.\d{1,4}\.)/.exec(userAgent) ?? [];
  return version === undefined ? undefined : minorOf(version);
}

/** A token, or a certificate, has the same groups for as long as it lasts. */
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
