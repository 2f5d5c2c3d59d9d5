import * as assert from 'uvu/assert';
import { readAuditEvent } from '../../../src/kubelet/audit-log/event.ts';
import { evidenceOf } from '../../../src/kubelet/audit-log/evidence.ts';
import { type UsageOptions, usageCollector } from '../../../src/kubelet/audit-log/usage.ts';
import { user } from '../../../src/rbac/subject.ts';
import { suite } from '../../kit/suite.ts';
import {
  type Caller,
  otherEvent,
  type ReviewOptions,
  requestEvents,
  reviewEvent,
} from './events.ts';
import { type PlayedCall, type PlayedNode, play } from './play.ts';

const startMs = Date.UTC(2026, 10, 27, 21);
const second = 1000;
const minute = 60 * second;

const agent: Caller = { user: 'system:serviceaccount:mon:agent' };
/** An event 10 minutes before the tested events. With it, the log shows all denials that kubelets may have cached. */
const before = otherEvent(startMs - 10 * minute);

function collect(events: readonly object[], options: UsageOptions = {}) {
  const collector = usageCollector(options);
  for (const [index, event] of events.entries()) {
    const entry = readAuditEvent(event as Record<string, unknown>);
    if (index === 0 && 'atMs' in entry)
      collector.add({ kind: 'begin', atMs: entry.atMs ?? Number.NaN });
    collector.add(entry);
  }
  return collector.end();
}

const at = (atMs: number, subresource: string, more: Partial<ReviewOptions> = {}) =>
  reviewEvent({
    ...{ atMs: startMs + atMs, node: 'node-1', caller: agent, subresource },
    ...{ allowed: subresource === 'proxy', ...more },
  });

/** Returns the permissions that suffice in place of nodes/proxy, and the reasons why this may be unknown. */
function enough(events: readonly object[]): readonly string[] {
  const { uses } = collect(events);
  const use = uses.find(({ subresource, via }) => subresource === 'proxy' && via === 'direct');
  return [...(use?.enough ?? []), ...new Set(use?.doubts.values())];
}

const named = (version: string) => ({ version });

suite('a SubjectAccessReview for nodes/proxy', (test) => {
  for (const [title, earlier, expected] of [
    ['a denial', at(0, 'pods'), 'pods'],
    ['no other review', otherEvent(startMs), 'proxy'],
    ['an allowed review', at(0, 'pods', { allowed: true }), 'proxy'],
    ['a denial of stats, which has no fallback to nodes/proxy', at(0, 'stats'), 'proxy'],
    ['a denial of statusz, which has no fallback since 1.36', at(0, 'statusz'), 'proxy'],
    ['a denial of another verb', at(0, 'pods', { verb: 'create' }), 'proxy'],
    ['a denial on another node', at(0, 'pods', { node: 'node-2' }), 'proxy'],
    [
      'a denial of another pod of the service account',
      at(0, 'pods', { caller: { ...agent, uid: '1' } }),
      'proxy',
    ],
    ['a review without an answer', { ...at(0, 'pods'), responseObject: undefined }, 'pods'],
  ] as const)
    test(`means that nodes/${expected} is enough if it shortly follows ${title}`, () =>
      assert.equal(enough([before, earlier, at(2, 'proxy')]), [expected]));

  for (const [title, events, expected] of [
    [
      'it follows a denial that the kubelet still caches',
      [before, at(0, 'pods'), at(29_000, 'proxy')],
      ['pods'],
    ],
    [
      'it follows a denial that the kubelet no longer caches',
      [before, at(0, 'pods'), at(32_000, 'proxy')],
      ['proxy'],
    ],
    ['it precedes a denial', [before, at(0, 'proxy'), at(2, 'pods')], ['proxy']],
    [
      'it follows a denial of statusz by a kubelet of 1.34',
      [before, at(0, 'statusz', named('v1.34.1')), at(2, 'proxy', named('v1.34.1'))],
      ['statusz'],
    ],
    ['it is the first event of the log', [at(0, 'proxy')], ['log begins too late']],
    [
      'its kubelet is older than 1.33',
      [before, at(0, 'proxy', named('v1.31.14'))],
      ['kubelet before 1.33'],
    ],
    [
      'its kubelet has version 1.32',
      [before, at(0, 'proxy', named('v1.32.1'))],
      ['kubelet before 1.33'],
    ],
    [
      'its kubelet has version 1.32 and the feature gate',
      [before, at(0, 'proxy', named('v1.32.1')), at(minute, 'healthz', named('v1.32.1'))],
      ['proxy'],
    ],
    [
      'its kubelet has an unknown version',
      [before, at(0, 'proxy', named('v0.0.0'))],
      ['unknown kubelet version'],
    ],
    [
      'its kubelet has an unknown version, but checks finer permissions later',
      [before, at(0, 'proxy', named('v0.0.0')), at(minute, 'configz', named('v0.0.0'))],
      ['proxy'],
    ],
    [
      'its kubelet is updated later',
      [
        ...[before, at(0, 'proxy', named('v1.31.14'))],
        ...[at(10 * minute, 'pods'), at(10 * minute + 2, 'proxy')],
      ],
      ['pods'],
    ],
    [
      'one of its two kubelets has no finer permissions',
      [
        ...[before, at(0, 'pods'), at(2, 'proxy')],
        at(3, 'proxy', { node: 'node-2', version: 'v1.30.1' }),
      ],
      ['kubelet before 1.33'],
    ],
  ] as const)
    test(`has the result "${expected.join()}" if ${title}`, () =>
      assert.equal(enough(events), expected));

  test('gives the same result even if the log has the newest events first', () => {
    const events = [at(0, 'pods'), at(2, 'proxy'), at(5 * minute, 'configz')];
    assert.equal(enough([...events.toReversed(), before]), ['pods']);
    assert.equal(enough([at(5 * minute, 'pods'), at(0, 'proxy'), before]), ['proxy']);
    assert.equal(enough([at(5 * minute, 'pods'), at(0, 'proxy')]), ['log begins too late']);
  });

  test('has an unknown result if another log begins shortly before it', () => {
    const later = otherEvent(startMs + 20 * minute);
    const end = otherEvent(startMs + 30 * minute);
    // The second log, of another API server, begins with the review. A denial may be missing, because it came before this log.
    assert.equal(enough([later, end, at(0, 'proxy'), at(minute, 'pods')]), ['log begins too late']);
    assert.equal(enough([later, end, otherEvent(startMs - minute), at(0, 'proxy')]), ['proxy']);
    assert.equal(enough([before, later, at(0, 'proxy')]), ['log begins too late']);
    assert.equal(enough([end, before, at(minute, 'proxy'), otherEvent(startMs + 30 * second)]), [
      'log begins too late',
    ]);
  });

  test('has an unknown result if it is the first event of another log, because an older file may have a denial', () => {
    const judged = (isFirst: boolean) => {
      const collector = usageCollector();
      const proxy = readAuditEvent(at(0, 'proxy'));
      const atMs = 'atMs' in proxy ? (proxy.atMs ?? 0) : 0;
      collector.add({ kind: 'begin', atMs: startMs - 10 * minute });
      collector.add(readAuditEvent(otherEvent(startMs - second)));
      if (isFirst) collector.add({ kind: 'begin', atMs });
      collector.add(proxy);
      const [use] = collector.end().uses;
      return [...(use?.enough ?? []), ...(use?.doubts.values() ?? [])];
    };
    assert.equal([judged(false), judged(true)], [['proxy'], ['log begins too late']]);
  });

  test('means that nodes/pods is enough if the caller polls only /pods, at any interval', () => {
    const node: PlayedNode = { name: 'node-1', minor: 37, isNamed: true };
    const caller = { user: agent.user, allowed: ['get proxy'] };
    for (const afterMs of [2_000, 10_000, 29_000, 31_000]) {
      const call: PlayedCall = {
        ...{ afterMs, caller: 0, node: 0, method: 'GET', path: '/pods', via: 'direct' },
      };
      const calls = Array<PlayedCall>(Math.ceil((20 * minute) / afterMs)).fill(call);
      const played = play([node], [caller], calls, startMs);
      const events = [before, ...played.events.map(({ event }) => event)];
      assert.equal(enough(events), ['pods'], String(afterMs));
      // The log shows that container logs need nodes/proxy, because the kubelet no longer caches the permission after 10 minutes.
      const logs: PlayedCall = { ...call, path: '/containerLogs/a/b/c', afterMs: 10 * minute };
      const both = play([node], [caller], [...calls, logs], startMs);
      assert.equal(enough([before, ...both.events.map(({ event }) => event)]), ['proxy']);
    }
  });

  test('is processed in linear time even if the same caller causes 15,000 of them', () => {
    const many = Array.from({ length: 30_000 }, (_, index) =>
      at(index / 1000, index % 2 === 0 ? 'pods' : 'proxy', { id: String(index) }),
    );
    assert.equal(enough([before, ...many]), ['pods']);
  });
});

suite('the use of kubelets', (test) => {
  const by = ['agent-proxy', 'agent-role'] as const;

  test('has bindings, times, counts and nodes', () => {
    const onOwn = (node: string) => ({
      caller: { ...agent, extra: { 'authentication.kubernetes.io/node-name': [node] } },
    });
    const { uses, reviews } = collect([
      at(0, 'stats', { allowed: true, by, ...onOwn('node-1') }),
      at(minute, 'stats', { allowed: true, by, node: 'node-2', ...onOwn('node-2') }),
      at(2 * minute, 'stats', onOwn('node-1')),
      at(0, 'log', onOwn('node-2')),
      at(0, 'metrics'),
    ]);
    const [stats, log, metrics] = uses;
    if (!stats) throw new Error('no use');
    const { allowed, denied, count, nodes, bindings, roles, firstMs, lastMs } = stats;
    assert.equal(
      [count, allowed, denied, nodes, bindings, roles],
      [3, 2, 1, ['node-1', 'node-2'], ['agent-proxy'], ['agent-role']],
    );
    assert.equal([Math.floor(firstMs), Math.floor(lastMs)], [startMs, startMs + 2 * minute]);
    assert.equal([stats.isOwnNode, log?.isOwnNode, metrics?.isOwnNode], [true, false, undefined]);
    assert.is(reviews, 5);
  });

  test('has system:masters as binding for members of this group', () => {
    const caller = { user: 'admin', groups: ['system:masters'] };
    const { uses } = collect([at(0, 'stats', { caller, allowed: true })]);
    assert.equal(uses[0]?.bindings, ['system:masters']);
  });

  test('counts a request with several stages once, and two requests twice even if they have the same ID', () => {
    const options = { caller: agent, allowed: true, path: '/pods', node: 'node-1' };
    const long = requestEvents({ ...options, atMs: startMs });
    const other = requestEvents({ ...options, atMs: startMs + minute, node: 'node-2' });
    const [first] = long;
    const copied = other.map((event) => ({ ...event, auditID: first?.auditID }));
    for (const events of [
      [...long, ...copied],
      [...long, ...copied].toReversed(),
      [first ?? {}, copied[1] ?? {}],
      [...long, ...copied, ...long],
    ]) {
      const { uses } = collect(events);
      assert.equal(
        uses.map(({ via, count, nodes, direct }) => [via, count, nodes.toSorted(), direct]),
        [['apiserver', 2, ['node-1', 'node-2'], ['pods']]],
      );
    }
  });

  test('distinguishes kube-apiserver from agents by the name or role of the caller', () => {
    const of = (name: string, role: string) =>
      at(0, 'proxy', { caller: { user: name }, by: ['b', role] });
    const { uses } = collect([
      of('kube-apiserver-kubelet-client', 'any'),
      of('api', 'system:kubelet-api-admin'),
      of('jane', 'any'),
      of('system:serviceaccount:a:kubernetes', 'system:kubelet-api-admin'),
      of('system:node:node-1', 'system:kubelet-api-admin'),
      // A caller whose request goes through the API server cannot be kube-apiserver itself.
      ...requestEvents({
        ...{ atMs: startMs, node: 'node-1', path: '/pods', allowed: true },
        ...{ caller: { user: 'admin' }, by: ['b', 'system:kubelet-api-admin'] },
      }),
    ]);
    assert.equal(
      uses.map(({ isKubeletClient }) => isKubeletClient),
      [true, true, false, false, false, false],
    );
    assert.equal(
      evidenceOf(uses).map(({ subject }) => subject.name),
      ['jane', 'kubernetes', 'system:node:node-1', 'admin'],
    );
  });

  test('has separate counts of reviews from users other than the kubelet and of reviews without a body', () => {
    const { uses, foreign, bodiless, reviews } = collect([
      { ...at(0, 'proxy'), user: { username: 'jane' } },
      { ...at(0, 'proxy'), user: { username: 'system:node:node-2' } },
      { ...at(1, 'proxy'), user: { username: 'system:node:node-2' } },
      { ...at(0, 'proxy'), requestObject: undefined, responseObject: undefined },
    ]);
    assert.equal([uses, reviews, bodiless], [[], 0, 1]);
    assert.equal(
      [...foreign],
      [
        ['jane', 1],
        ['system:node:node-2', 2],
      ],
    );
  });

  test('can be selected by subject, by group, and by time', () => {
    const jane = { user: 'jane', groups: ['dev'] };
    const events = [
      at(0, 'stats'),
      at(minute, 'log', { caller: jane }),
      at(2 * minute, 'metrics', { caller: jane }),
    ];
    const found = (options: UsageOptions) =>
      collect(events, options).uses.map(({ subresource }) => subresource);
    const account = { kind: 'ServiceAccount', namespace: 'mon', name: 'agent' };
    assert.equal(found({ subject: account }), ['stats']);
    assert.equal(found({ subject: user(agent.user) }), ['stats']);
    assert.equal(found({ subject: user('jane') }), ['log', 'metrics']);
    assert.equal(found({ subject: { kind: 'Group', name: 'dev' } }), ['log', 'metrics']);
    assert.equal(found({ sinceMs: startMs + second }), ['log', 'metrics']);
    assert.equal(found({ untilMs: startMs + second }), ['stats']);
  });

  test('takes earlier denials into account even if they precede the selected time', () => {
    const events = [before, at(0, 'pods'), at(20 * second, 'proxy')];
    const { uses } = collect(events, { sinceMs: startMs + 10 * second });
    assert.equal(
      uses.map(({ subresource, enough: own }) => [subresource, own]),
      [['proxy', ['pods']]],
    );
  });

  test('keeps within the limits of memory, and sets isLimited if something is left out', () => {
    const many = Array.from({ length: 30 }, (_, index) =>
      at(index, 'stats', { caller: { user: `user-${index}` }, node: `node-${index % 7}` }),
    );
    const few = collect(many, { limits: { uses: 10 } });
    assert.equal([few.uses.length, few.isLimited], [10, true]);
    const nodes = collect(many, { limits: { nodes: 5 } });
    const named = nodes.uses.flatMap((use) => use.nodes);
    assert.equal([nodes.uses.length, named.length, nodes.isLimited], [30, 5, true]);
    assert.is(collect(many).isLimited, false);
    // A repeated event is counted once as long as the collector remembers its request ID.
    const again = (limit: number) =>
      collect([...many, ...many], { limits: { requests: limit } }).reviews;
    assert.equal([again(30), again(15), again(10)], [30, 30, 60]);
  });

  test('shows which permissions a caller needs and which permissions it may need', () => {
    const { uses } = collect([
      ...[before, at(0, 'pods'), at(2, 'proxy'), at(3, 'stats')],
      at(4, 'proxy', { caller: { user: 'jane' }, version: 'v1.31.1', verb: '' }),
      ...requestEvents({
        ...{
          atMs: startMs,
          caller: { user: 'jane' },
          allowed: true,
          path: '/pods',
          node: 'node-1',
        },
      }),
    ]);
    const [first, jane] = evidenceOf(uses);
    const direct = (subresource: string, verb = 'get') => ({ verb, subresource, via: 'direct' });
    assert.equal([first?.needs, first?.unknown], [[direct('pods'), direct('stats')], []]);
    assert.equal(
      [jane?.needs, jane?.unknown],
      [[{ ...direct('proxy'), via: 'apiserver' }], [direct('proxy', '')]],
    );
  });
});
