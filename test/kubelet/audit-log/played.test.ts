import * as assert from 'uvu/assert';
import { evidenceOf } from '../../../src/kubelet/audit-log/evidence.ts';
import { type EntrySource, mergeByTime } from '../../../src/kubelet/audit-log/merge-by-time.ts';
import { logReader } from '../../../src/kubelet/audit-log/read-log.ts';
import type { Use } from '../../../src/kubelet/audit-log/tally.ts';
import { type KubeletUsage, usageCollector } from '../../../src/kubelet/audit-log/usage.ts';
import { formatSubject, subjectOf } from '../../../src/rbac/subject.ts';
import { fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { suite } from '../../kit/suite.ts';
import {
  kubeletClient,
  type Played,
  type PlayedCall,
  type PlayedCaller,
  type PlayedNode,
  type PlayedReview,
  paths,
  play,
} from './play.ts';

const startMs = Date.UTC(2026, 10, 27, 21);
/** How long a kubelet caches a denial, plus a second. */
const windowMs = 31_000;

const node = (index: number) =>
  fc.record({
    name: fc.constant(`node-${index}`),
    minor: fc.constantFrom(31, 32, 33, 35, 36, 37, 37),
    isNamed: fc.boolean(),
  });
const anyNodes: fc.Arbitrary<readonly PlayedNode[]> = fc
  .integer({ min: 1, max: 3 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => node(index))));

const permissions = ['pods', 'healthz', 'configz', 'statusz', 'stats', 'metrics', 'log', 'proxy'];
const anyCaller = (index: number): fc.Arbitrary<PlayedCaller> =>
  fc.record({
    user: fc.constantFrom(`system:serviceaccount:mon:agent-${index}`, `jane-${index}`),
    node: fc.constantFrom(undefined, 0, 1),
    allowed: fc.oneof(
      fc.constant(['get proxy']),
      fc.subarray(permissions.flatMap((each) => [`get ${each}`, `create ${each}`])),
      fc.constant(['*']),
    ),
  });
const anyCallers = fc.tuple(anyCaller(0), anyCaller(1), anyCaller(2));

const anyCall: fc.Arbitrary<PlayedCall> = fc.record({
  afterMs: fc.oneof(
    fc.constantFrom(0, 1, 500, 2_000, 10_000),
    fc.integer({ min: 0, max: 40_000 }),
    fc.constantFrom(295_000, 310_000, 4_000_000),
  ),
  caller: fc.nat(2),
  node: fc.nat(2),
  method: fc.constantFrom('GET', 'GET', 'GET', 'POST', 'HEAD'),
  path: fc.constantFrom('/pods', '/pods', ...paths),
  via: fc.constantFrom('direct', 'direct', 'direct', 'apiserver'),
});

/** Repeats a call for longer than a kubelet caches any answer. */
const anyPolling = fc
  .tuple(anyCall, fc.constantFrom(9_000, 10_000, 25_000))
  .map(([call, afterMs]) => Array<PlayedCall>(40).fill({ ...call, afterMs, via: 'direct' }));
const anyCalls = fc
  .array(fc.oneof(anyCall, anyCall, anyPolling), { minLength: 1, maxLength: 15 })
  .map((calls) => calls.flat());

/** How the events are distributed over files. */
const anyShape = fc.record({
  /** Number of API servers; each kubelet uses only one. */
  servers: fc.constantFrom(1, 2),
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
  order: fc.constantFrom('forwards', 'backwards', 'document'),
  isReversed: fc.boolean(),
  chunk: fc.integer({ min: 50, max: 20_000 }),
});
type Shape = typeof anyShape extends fc.Arbitrary<infer T> ? T : never;

function filesOf({ events }: Played, shape: Shape): readonly string[] {
  const files = Array.from({ length: shape.servers }, (_, server) => {
    const own = events.filter(({ node: name }) => Number(name.slice(5)) % shape.servers === server);
    const ends = [...shape.cuts.map((cut) => Math.floor(cut * own.length)), own.length];
    let start = 0;
    return ends
      .sort((a, b) => a - b)
      .map((end) => {
        const part = own.slice(start, end).map(({ event }) => event);
        start = end;
        return part;
      });
  })
    .flat()
    .filter(({ length }) => length > 0);
  const texts = files.map((file) => {
    if (shape.order === 'document')
      return JSON.stringify({
        ...{ kind: 'EventList', apiVersion: 'audit.k8s.io/v1' },
        items: file.toReversed(),
      });
    const ordered = shape.order === 'backwards' ? file.toReversed() : file;
    return ordered.map((event) => `${JSON.stringify(event)}\n`).join('');
  });
  return shape.isReversed ? texts.toReversed() : texts;
}

async function* entriesOf(text: string, chunk: number): EntrySource {
  const reader = logReader();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunk)
    yield reader.read(bytes.subarray(at, at + chunk));
  yield reader.end();
  const { broken, content, isCut } = reader.summary();
  assert.equal([broken, content, isCut], [0, undefined, false]);
}

async function usageOf(files: readonly string[], chunk: number): Promise<KubeletUsage> {
  const collector = usageCollector();
  for await (const entries of mergeByTime(files.map((text) => entriesOf(text, chunk))))
    for (const entry of entries) collector.add(entry);
  return collector.end();
}

const keyOf = (...parts: readonly string[]) => parts.join(' | ');
const userKey = (user: string) => formatSubject(subjectOf(user));

/** Returns the uses that the log must show, as texts: caller, permission, nodes, and numbers of allowed and denied reviews. */
function truth({ reviews, requests }: Played): readonly string[] {
  const all = [
    ...reviews.map((each) => ({ ...each, via: 'direct' })),
    ...requests.map((each) => ({ ...each, subresource: 'proxy', via: 'apiserver' })),
  ];
  const groups = Map.groupBy(all, ({ user, via, verb, subresource }) =>
    keyOf(userKey(user), via, verb, subresource),
  );
  return [...groups]
    .map(([key, own]) => {
      const nodes = [...new Set(own.map((each) => each.node.name))].sort().join();
      const allowed = own.filter((each) => each.allowed).length;
      return keyOf(key, nodes, String(allowed), String(own.length - allowed));
    })
    .sort();
}

function found({ uses }: KubeletUsage): readonly string[] {
  return uses
    .map(({ subject, via, verb, subresource, nodes, allowed, denied }) =>
      keyOf(
        ...[formatSubject(subject), via, verb, subresource, nodes.toSorted().join()],
        ...[String(allowed), String(denied)],
      ),
    )
    .sort();
}

/** Whether a finer permission was denied shortly before, so that the kubelet may still cache the denial. */
function isAfterDenial(review: PlayedReview, all: readonly PlayedReview[]): boolean {
  return all.some(
    (each) =>
      each.identity === review.identity &&
      each.node === review.node &&
      each.verb === review.verb &&
      !each.allowed &&
      ['pods', 'healthz', 'configz', 'statusz'].includes(each.subresource) &&
      each.atMs <= review.atMs &&
      each.atMs >= review.atMs - windowMs,
  );
}

function checkProxy(use: Use, { reviews, events }: Played, isWhole: boolean): void {
  const own = reviews.filter(
    ({ user, verb, subresource }) =>
      userKey(user) === formatSubject(use.subject) && verb === use.verb && subresource === 'proxy',
  );
  const onFine = own.filter(({ node: { minor } }) => minor >= 33);
  const needed = onFine.filter(({ needsProxy }) => needsProxy);
  if (use.enough.includes('proxy')) {
    assert.ok(needed.length > 0, 'nodes/proxy is needed only where something needs it');
    return;
  }
  // The program may overlook that a caller needs nodes/proxy only if a cached denial or the start of the log hides it, or if the
  // log does not show whether the kubelet checks finer permissions.
  const [beginMs = 0] = events.map(({ atMs }) => atMs);
  for (const review of isWhole ? needed : []) {
    const isTold =
      review.node.isNamed ||
      reviews.some(
        ({ node: other, subresource }) =>
          other === review.node && ['pods', 'healthz', 'configz', 'statusz'].includes(subresource),
      );
    const isSeen = isTold && review.atMs - windowMs >= beginMs && !isAfterDenial(review, reviews);
    assert.not.ok(isSeen, `${review.user} needs nodes/proxy on ${review.node.name}`);
  }
  if (use.enough.length === 0) {
    assert.ok(use.doubts.size > 0);
    return;
  }
  assert.equal(
    own.filter(({ node: { minor } }) => minor < 33),
    [],
    'nothing is known of kubelets before 1.33',
  );
  for (const name of use.enough)
    assert.ok(
      reviews.some(
        (each) =>
          userKey(each.user) === formatSubject(use.subject) &&
          each.subresource === name &&
          !each.allowed,
      ),
      name,
    );
  for (const review of isWhole ? needed : [])
    assert.ok(
      isAfterDenial(review, reviews) || review.atMs - windowMs < beginMs,
      'only what a denial may explain, or what came before the log, is hidden',
    );
}

suite('audit logs of simulated calls', (test) => {
  test('show exactly the callers, permissions and nodes, and which callers need nodes/proxy', () =>
    fc.assert(
      fc.asyncProperty(
        anyNodes,
        anyCallers,
        anyCalls,
        anyShape,
        async (nodes, callers, calls, shape) => {
          const played = play(nodes, callers, calls, startMs);
          const files = filesOf(played, shape);
          const usage = await usageOf(files, shape.chunk);
          assert.equal(found(usage), truth(played));
          for (const use of usage.uses) {
            const isClient =
              use.via === 'direct' && formatSubject(use.subject) === `user:${kubeletClient}`;
            assert.is(use.isKubeletClient, isClient);
            if (use.via === 'direct' && use.subresource === 'proxy')
              checkProxy(use, played, files.length === 1 && shape.order !== 'backwards');
          }
          for (const { needs } of evidenceOf(usage.uses))
            assert.is(new Set(needs.map((each) => JSON.stringify(each))).size, needs.length);
        },
      ),
      runs(300, 10_000),
    ));
});
