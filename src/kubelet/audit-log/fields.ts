import * as v from '@badrap/valita';
import type { AuditEntry, AuthorizedRequest } from './entries.ts';

/** Longest name that is accepted, in characters. No real name is as long. */
export const longestName = 2000;

export const text = v.string().assert((value) => value.isWellFormed(), 'expected Unicode text');
export const name = text.assert((value) => value.length <= longestName, 'expected a shorter text');
const time = text.assert(
  (value) => timestamp.test(value) && !Number.isNaN(Date.parse(value)),
  'expected a time',
);
/** A time in RFC 3339, in the form that Go writes. */
export const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

export const userInfo = v.object({
  username: name.assert((value) => value !== '', 'expected a name'),
  groups: v.array(name).optional(),
});

export const common = {
  auditID: name.optional(),
  requestReceivedTimestamp: time.optional(),
  stageTimestamp: time.optional(),
  user: userInfo,
};

/** Parses a time to ms since 1970, with microseconds as decimals, because they decide the order of events. */
export function parseStamp(stamp: string): number {
  const [, micros = ''] = /\.\d{3}(\d{1,6})/.exec(stamp) ?? [];
  return Date.parse(stamp) + Number(`0.${micros}0`);
}

/** Returns the time of an event and the key of its request; undefined without a time. */
export function timesOf({
  auditID,
  requestReceivedTimestamp: received,
  stageTimestamp,
}: { readonly [key in Exclude<keyof typeof common, 'user'>]?: string | undefined }):
  | Pick<AuthorizedRequest, 'atMs' | 'request'>
  | undefined {
  const stamp = stageTimestamp ?? received;
  if (stamp === undefined) return undefined;
  const isKnown = auditID !== undefined && received !== undefined;
  return { atMs: parseStamp(stamp), request: isKnown ? `${auditID} ${received}` : undefined };
}

export const withoutTime: AuditEntry = { kind: 'unreadable', problem: 'stageTimestamp is missing' };
