import * as v from '@badrap/valita';
import { checkType } from '../../schema.ts';
import type { Fields } from '../../text/fields.ts';
import type { AuditEntry } from './entries.ts';
import { name, parseTime, text, timestamp } from './fields.ts';
import { readRequest } from './request.ts';
import { readReview } from './review.ts';

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

/** Reads an event of audit.k8s.io/v1, which is changed. */
export function readAuditEvent(event: Fields): AuditEntry {
  const { stage, verb, objectRef } = event;
  const { decoded, problem } = checkType(head, { stage, verb, objectRef }, { whole: false });
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

/** These requests may take long, and have an event when the response begins, and one when it ends. */
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
  const atMs = isTime ? parseTime(stageTimestamp) : Number.NaN;
  return { kind: 'other', atMs: Number.isNaN(atMs) ? undefined : atMs };
}
