import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { Interrupted } from '../../src/errors.ts';
import { forEachNode, type NodeVisits } from '../../src/kube/for-each-node.ts';
import type { Node } from '../../src/objects.ts';
import { concurrentSuite } from '../kit/suite.ts';
import { thrownBy } from '../kit/thrown-by.ts';

const nameOf = ({ metadata }: Node) => metadata?.name ?? '';
const nodes = ['a', 'b', 'c', 'd'].map((name): Node => ({ metadata: { name } }));

type Visits = NodeVisits<Node, string>;

const visitAll = (visits: Partial<Visits> & Pick<Visits, 'visit'>, all = nodes) =>
  forEachNode(all, {
    ...{ parallel: 2, timeoutMs: 1000, progress: () => {} },
    signal: new AbortController().signal,
    interrupted: (node) => `${nameOf(node)} interrupted`,
    ...visits,
  });

concurrentSuite('forEachNode', (test) => {
  test('returns results in the order of the nodes, and visits at most `parallel` nodes at once', async () => {
    let running = 0;
    let most = 0;
    const others = Promise.withResolvers<void>();
    const order: string[] = [];
    const results = await visitAll({
      visit: async (node) => {
        running += 1;
        most = Math.max(most, running);
        await (nameOf(node) === 'a' ? others.promise : sleep(5));
        running -= 1;
        if (order.push(nameOf(node)) === 3) others.resolve();
        return nameOf(node).toUpperCase();
      },
    });
    assert.equal(results, ['A', 'B', 'C', 'D']);
    assert.is(most, 2);
    assert.is(order.at(-1), 'a');
  });

  test('reports progress at the start and after each node', async () => {
    const progress: string[] = [];
    await visitAll({
      visit: async (node) => nameOf(node),
      progress: (done, all) => progress.push(`${done}/${all}`),
    });
    assert.equal(progress, ['0/4', '1/4', '2/4', '3/4', '4/4']);
  });

  test('gives each visit its own deadline', async () => {
    const deadlines: number[] = [];
    await visitAll({
      parallel: 1,
      timeoutMs: 20_000,
      visit: async (node, { connectMs, responseMs, deadline }) => {
        assert.equal([connectMs, responseMs], [10_000, 20_000]);
        assert.ok(deadline - performance.now() <= 20_000);
        deadlines.push(deadline);
        await sleep(15);
        return nameOf(node);
      },
    });
    assert.is(deadlines.length, 4);
    for (const [index, deadline] of deadlines.entries())
      assert.ok(index === 0 || deadline - (deadlines[index - 1] ?? 0) > 14, String(deadlines));
  });

  test('returns the results so far after an abort, and visits no other node', async () => {
    const ending = new AbortController();
    const visited: string[] = [];
    const results = await visitAll({
      signal: ending.signal,
      visit: async (node) => {
        visited.push(nameOf(node));
        if (nameOf(node) === 'a') return 'a done';
        ending.abort(new Interrupted());
        throw new Interrupted();
      },
    });
    assert.equal(results, ['a done', 'b interrupted', 'c interrupted', 'd interrupted']);
    assert.equal(visited.slice(0, 2), ['a', 'b']);
    assert.not.ok(visited.includes('d'));
  });

  test('rejects if a visit throws an error other than Interrupted', async () => {
    const visit = () => Promise.reject(new RangeError('a defect'));
    assert.instance(await thrownBy(visitAll({ visit })), RangeError);
  });
});

concurrentSuite('forEachNode: nodes that do not answer', (test) => {
  const many = Array.from(
    { length: 40 },
    (_, index): Node => ({ metadata: { name: `n${index}` } }),
  );

  /** The visits of dead nodes end when all visits have begun. If dead nodes kept their slots, this would never happen. */
  const allBegin = async (parallel: number, isDead: (index: number) => boolean) => {
    const begun = Promise.withResolvers<void>();
    let count = 0;
    const visit = async (node: Node) => {
      count += 1;
      if (count === many.length) begun.resolve();
      await (isDead(Number(nameOf(node).slice(1))) ? begun.promise : sleep(5));
      return nameOf(node);
    };
    await visitAll({ parallel, timeoutMs: 5000, makesRoom: true, visit }, many);
  };

  test('give up their slots as soon as `parallel` later nodes have ended', () =>
    allBegin(3, (index) => index % 4 === 0));

  test('give up their slots after two seconds without any result', () => allBegin(20, () => true));

  test('wait for a slot before a late response is read', async () => {
    let reading = 0;
    let most = 0;
    const visit: Visits['visit'] = async (node, _, turn) => {
      await sleep(2500);
      await turn.resume();
      reading += 1;
      most = Math.max(most, reading);
      await sleep(5);
      reading -= 1;
      return nameOf(node);
    };
    await visitAll({ parallel: 20, makesRoom: true, timeoutMs: 10_000, visit }, many);
    assert.is(most, 20);
  });

  test('give their slots to other nodes during a pause', async () => {
    const last = Promise.withResolvers<void>();
    const results = await visitAll({
      parallel: 1,
      visit: async (node, _, turn) => {
        if (nameOf(node) === 'd') last.resolve();
        turn.pause();
        await last.promise;
        await turn.resume();
        return nameOf(node);
      },
    });
    assert.equal(results, ['a', 'b', 'c', 'd']);
  });
});
