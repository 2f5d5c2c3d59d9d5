import * as assert from 'uvu/assert';
import type { AuditEntry } from '../../../src/kubelet/audit-log/entries.ts';
import { readAuditEvent } from '../../../src/kubelet/audit-log/event.ts';
import { fc } from '../../kit/fast-check.ts';
import { suite } from '../../kit/suite.ts';
import { requestEvents, reviewEvent, tokenReviewEvent } from './events.ts';

const atMs = Date.UTC(2026, 10, 27, 21, 50, 57, 611);
const agent = {
  user: 'system:serviceaccount:mon:agent',
  groups: ['system:serviceaccounts', 'system:authenticated'],
  extra: {
    'authentication.kubernetes.io/pod-name': ['agent-x'],
    'authentication.kubernetes.io/node-name': ['node-1'],
    'authentication.kubernetes.io/credential-id': ['JTI=a175dd5e'],
  },
};
const given = {
  ...{ atMs, node: 'node-1', caller: agent, subresource: 'proxy', allowed: true },
  by: ['agent-proxy', 'agent-role'] as const,
};

/** Returns a copy of an event with other values at the given paths of fields. */
function changed(fields: Readonly<Record<string, unknown>>, event: object = reviewEvent(given)) {
  const copy = structuredClone(event) as Record<string, unknown>;
  for (const [path, value] of Object.entries(fields)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    let inner = copy;
    for (const key of keys) inner = inner[key] as Record<string, unknown>;
    if (value === undefined) delete inner[last];
    else inner[last] = value;
  }
  return copy;
}

const review = (fields: Readonly<Record<string, unknown>>) => readAuditEvent(changed(fields));
const spec = 'requestObject.spec';

suite('an audit event', (test) => {
  test('gives the user that called the kubelet, the checked permission, and the answer', () => {
    const { identity, ...entry } = readAuditEvent(reviewEvent({ ...given, id: 'a' })) as {
      readonly identity: string;
    } & AuditEntry;
    assert.equal(entry, {
      kind: 'review',
      atMs: atMs + 0.599,
      request: 'a 2026-11-27T21:50:57.610433Z',
      node: 'node-1',
      minor: 37,
      user: agent.user,
      groups: agent.groups,
      verb: 'get',
      subresource: 'proxy',
      answer: 'allowed',
      reason:
        'RBAC: allowed by ClusterRoleBinding "agent-proxy" of ClusterRole "agent-role" to ServiceAccount "agent/mon"',
      callerNode: 'node-1',
    });
    assert.match(identity, 'JTI=a175dd5e');
  });

  test('has an answer only if it contains the response of the API server', () => {
    const denied = readAuditEvent(reviewEvent({ ...given, allowed: false }));
    assert.is(denied.kind === 'review' && denied.answer, 'denied');
    for (const fields of [
      { responseObject: undefined },
      { responseObject: null },
      { responseObject: { kind: 'Status', status: 'Failure' }, 'responseStatus.code': 500 },
    ]) {
      const entry = review(fields);
      assert.is(entry.kind === 'review' && entry.answer, 'unknown', JSON.stringify(fields));
    }
  });

  test('has no verb for a HEAD request, and no version if the kubelet was built without a version', () => {
    const head = readAuditEvent(reviewEvent({ ...given, verb: '', version: 'v0.0.0' }));
    assert.equal(head.kind === 'review' && [head.verb, head.minor], ['', undefined]);
  });

  for (const [title, fields, kind] of [
    ['an earlier stage', { stage: 'RequestReceived' }, 'other'],
    ['a panic', { stage: 'Panic' }, 'other'],
    ['another verb', { verb: 'get' }, 'other'],
    ['another group', { 'objectRef.apiGroup': 'authentication.k8s.io' }, 'other'],
    ['another resource', { [`${spec}.resourceAttributes.resource`]: 'pods' }, 'other'],
    ['nodes of another group', { [`${spec}.resourceAttributes.group`]: 'metrics.k8s.io' }, 'other'],
    [
      'a node without a subresource',
      { [`${spec}.resourceAttributes.subresource`]: undefined },
      'other',
    ],
    ['a URL in place of a resource', { [`${spec}.resourceAttributes`]: undefined }, 'other'],
    ['no body', { requestObject: undefined, responseObject: undefined }, 'no body'],
    ['another user and a malformed body', { 'user.username': 'jane', requestObject: 7 }, 'other'],
    ['another user', { 'user.username': 'jane' }, 'foreign'],
    [
      'another user whose name looks like a node',
      { 'user.username': 'system:nodes:node-1' },
      'foreign',
    ],
    ['another node', { [`${spec}.resourceAttributes.name`]: 'node-2' }, 'foreign'],
    ['no name', { [`${spec}.resourceAttributes.name`]: undefined }, 'foreign'],
    ['no caller', { [`${spec}.user`]: undefined }, 'unreadable'],
    ['a number as caller', { [`${spec}.user`]: 7 }, 'unreadable'],
    ['a number as verb', { [`${spec}.resourceAttributes.verb`]: 1 }, 'unreadable'],
    ['a text as groups', { [`${spec}.groups`]: 'system:masters' }, 'unreadable'],
    ['a caller with a name of 1 MB', { [`${spec}.user`]: 'x'.repeat(1e6) }, 'unreadable'],
    ['half of a surrogate pair', { [`${spec}.user`]: '\ud800' }, 'unreadable'],
    ['no user', { user: undefined }, 'unreadable'],
    ['an answer that is a text', { 'responseObject.status.allowed': 'true' }, 'unreadable'],
    ['no time', { stageTimestamp: undefined, requestReceivedTimestamp: undefined }, 'unreadable'],
    ['a time that is not a date', { stageTimestamp: 'yesterday' }, 'unreadable'],
    ['month 13 in its time', { stageTimestamp: '2026-13-27T21:50:57Z' }, 'unreadable'],
    ['a number as time', { stageTimestamp: 1764280257 }, 'unreadable'],
    ['a list as objectRef', { objectRef: ['subjectaccessreviews'] }, 'unreadable'],
  ] as const)
    test(`is ${kind === 'unreadable' ? kind : `"${kind}"`} if it has ${title}`, () =>
      assert.is(review(fields).kind, kind));

  test("is unreadable if the kubelet's name is not a valid node name", () => {
    const name = 'node\u001b[31m';
    const fields = {
      'user.username': `system:node:${name}`,
      [`${spec}.resourceAttributes.name`]: name,
    };
    assert.is(review(fields).kind, 'unreadable');
  });

  test('is "other" if it is for a TokenReview', () => {
    const event = tokenReviewEvent(atMs, 'node-1', 's3cret');
    assert.equal(readAuditEvent(event), { kind: 'other', atMs: atMs + 0.433 });
  });

  test('of a request through the API server gives the caller, the node, and the permission that a direct call needs', () => {
    const options = { atMs, node: 'https:node-1:10250', caller: agent, allowed: true };
    const by = ['b', 'r'] as const;
    const [started = {}, complete = {}] = requestEvents({ ...options, path: '/stats/summary', by });
    const entry = readAuditEvent(started);
    if (entry.kind !== 'request') throw new Error(entry.kind);
    assert.equal(
      [entry.user, entry.node, entry.verb, entry.direct, entry.answer],
      [agent.user, 'node-1', 'get', 'stats', 'allowed'],
    );
    assert.match(entry.reason, 'ClusterRoleBinding "b"');
    const last = readAuditEvent(complete);
    assert.is(last.kind === 'request' && last.request, entry.request);
    assert.is(readAuditEvent(changed({ stage: 'RequestReceived' }, started)).kind, 'other');
    // A resource that is called nodes, but belongs to another API group, is not a Node of Kubernetes.
    const foreign = { 'objectRef.apiGroup': 'example.com' };
    assert.is(readAuditEvent(changed(foreign, started)).kind, 'other');
    for (const [path, direct] of [
      ['/pods', 'pods'],
      ['/containerLogs/a/b/c?follow=true', 'proxy'],
      ['/metrics/cadvisor', 'metrics'],
      ['', 'proxy'],
    ] as const) {
      const [one = {}] = requestEvents({ ...options, path });
      const read = readAuditEvent(one);
      assert.is(read.kind === 'request' && read.direct, direct, path);
    }
  });

  test('gives an impersonated user as caller, because the API server authorizes this user', () => {
    const [event = {}] = requestEvents({
      ...{ atMs, node: 'node-1', caller: agent, allowed: true, path: '/pods' },
    });
    const entry = readAuditEvent(changed({ impersonatedUser: { username: 'jane' } }, event));
    assert.is(entry.kind === 'request' && entry.user, 'jane');
  });

  test('is read without an exception, whatever the values of its fields', () => {
    const fields = ['stage', 'verb', 'user', 'objectRef', 'requestObject', 'responseObject'];
    const more = ['user.username', spec, `${spec}.extra`, `${spec}.resourceAttributes`];
    const paths = [...fields, ...more, 'responseObject.status', 'annotations', 'stageTimestamp'];
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...paths), fc.jsonValue(), { maxKeys: 3 }),
        fc.boolean(),
        (values, isReview) => {
          const [proxied] = requestEvents({
            ...{ atMs, node: 'node-1', caller: agent, allowed: true, path: '/pods' },
          });
          let event: Record<string, unknown>;
          try {
            event = changed(values, isReview ? undefined : proxied);
          } catch {
            // The field cannot be set, because another change replaced its parent with a value that is not an object.
            return;
          }
          const { kind } = readAuditEvent(event);
          const kinds = ['review', 'request', 'no body', 'foreign', 'other', 'unreadable'];
          assert.ok(kinds.includes(kind));
        },
      ),
    );
  });

  test('is unreadable if it is nested 10,000 levels deep', () => {
    let deep: unknown = {};
    for (let level = 0; level < 10_000; level += 1) deep = { deep };
    assert.is(review({ responseObject: deep }).kind, 'unreadable');
  });
});
