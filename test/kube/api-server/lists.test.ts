import * as assert from 'uvu/assert';
import { isFailure } from '../../../src/errors.ts';
import { ApiServerFailure } from '../../../src/kube/api-server/api-server-failure.ts';
import { TooLargeResponse } from '../../../src/kube/api-server/decode.ts';
import { kinds } from '../../../src/kube/api-server/kinds.ts';
import { readPages } from '../../../src/kube/api-server/list-pages.ts';
import { limitsFrom } from '../../../src/kube/transport/limits.ts';
import { answerJson, withFakeApiServer } from '../../kit/fake-api-server.ts';
import { fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { suite } from '../../kit/suite.ts';

const named = (name: string) => ({ metadata: { name } });
const page = (items: unknown, next?: unknown) => ({
  kind: 'NodeList',
  apiVersion: 'v1',
  metadata: { resourceVersion: '1', ...(next !== undefined && { continue: next }) },
  items,
});

/** Reads a list from a server that sends `pages` one after another, and then always the last page. */
async function listOf(pages: readonly unknown[]): Promise<{ words: string; asked: number }> {
  let asked = 0;
  try {
    const { items } = await readPages('/api/v1/nodes', kinds.Node, async () => {
      asked += 1;
      return pages[Math.min(asked, pages.length) - 1];
    });
    return { words: items.map(({ metadata }) => metadata.name).join(' '), asked };
  } catch (error) {
    if (isFailure(error, 'unreadable')) return { words: error.message, asked };
    throw error;
  }
}

const expired = new ApiServerFailure(410, 'Expired', 'The provided continue parameter is too old');

suite('lists whose pages expire', (test) => {
  const read = async (answers: readonly unknown[]) => {
    const asked: string[] = [];
    const listed = await readPages('/api/v1/nodes', kinds.Node, async (path) => {
      const answer = answers[asked.length];
      asked.push(path);
      if (answer instanceof Error) throw answer;
      return answer;
    });
    return { names: listed.items.map(({ metadata }) => metadata.name), asked };
  };

  test('are read again from their start, with each object once', async () => {
    const first = page([named('a'), named('b')], 'x');
    const { names, asked } = await read([first, expired, first, page([named('c')])]);
    assert.equal(names, ['a', 'b', 'c']);
    assert.equal(
      asked.map((path) => path.includes('continue=x')),
      [false, true, false, true],
    );
  });

  test('fail with the error of the server if they expire again and again', async () => {
    const first = page([named('a')], 'x');
    const answers = Array.from({ length: 10 }, () => [first, expired]).flat();
    await read(answers).then(
      () => assert.unreachable(),
      (error: unknown) => assert.is(error, expired),
    );
  });
});

/** A server of nodes that answers a page only if its nodes together have at most `most` of weight. */
const weighing =
  (weights: readonly number[], most: number, asked: string[] = []) =>
  async (path: string) => {
    const query = new URL(path, 'https://x').searchParams;
    const [limit, from] = [Number(query.get('limit')), Number(query.get('continue'))];
    asked.push(`${from}+${limit}`);
    const end = Math.min(from + limit, weights.length);
    const items = weights.slice(from, end).map((_, index) => named(`n${from + index}`));
    const answer = page(items, end < weights.length ? String(end) : undefined);
    const weight = weights.slice(from, end).reduce((sum, each) => sum + each, 0);
    if (weight <= most) return answer;
    throw new TooLargeResponse({ method: 'GET', path }, 'too much', JSON.stringify(answer));
  };

suite('lists with pages that are too large', (test) => {
  test('have each object once and in order, and leave out only what is too large by itself', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(12), { maxLength: 700 }),
        fc.integer({ min: 1, max: 10 }),
        async (weights, most) => {
          const { items, unread } = await readPages(
            '/api/v1/nodes',
            kinds.Node,
            weighing(weights, most),
          );
          const names = (isKept: boolean) =>
            weights.flatMap((weight, index) => (weight <= most === isKept ? `n${index}` : []));
          assert.equal(
            items.map(({ metadata }) => metadata.name),
            names(true),
          );
          assert.equal(
            unread,
            names(false).map((name) => ({ kind: 'Node', name, problem: 'too much' })),
          );
        },
      ),
      runs(30),
    ));

  test('are kept whole up to 5,000 nodes with long names and many labels', async () => {
    const text = 'ip-10-0-13-136.eu-central-1.compute.internal';
    const labels = Object.fromEntries(
      Array.from({ length: 25 }, (_, at) => [`topology.kubernetes.io/label-${at}-of-node`, text]),
    );
    const addresses = ['InternalIP', 'InternalDNS', 'Hostname'].map((type) => ({
      type,
      address: text,
    }));
    const items = Array.from({ length: 5000 }, (_, index) => ({
      metadata: { name: `${index}-${text}`, labels },
      status: { addresses, daemonEndpoints: { kubeletEndpoint: { Port: 10250 } } },
    }));
    const read = await readPages('/api/v1/nodes', kinds.Node, async () => page(items));
    assert.equal([read.items.length, read.unread], [5000, []]);
  });

  test('are asked for in halves, and for larger pages again after some that were read', async () => {
    const asked: string[] = [];
    const weights = Array.from({ length: 1000 }, (_, index) => (index < 100 ? 2 : 0));
    await readPages('/api/v1/nodes', kinds.Node, weighing(weights, 100, asked));
    assert.equal(asked, [
      ...['0+200', '0+100', '0+50', '50+50', '100+50', '150+50'],
      ...['200+100', '300+100', '400+100', '500+100', '600+200', '800+200'],
    ]);
  });

  test('are read again from their start if a token expires while pages are halved', async () => {
    const serve = weighing([...Array(250)].fill(1), 100);
    let expires = 1;
    const { items } = await readPages('/api/v1/nodes', kinds.Node, (path) => {
      if (path.includes('continue=100') && expires-- > 0) throw expired;
      return serve(path);
    });
    assert.equal(
      items.map(({ metadata }) => metadata.name),
      Array.from({ length: 250 }, (_, index) => `n${index}`),
    );
  });

  test('fail if one object is too large and the response does not show how the list goes on', async () => {
    const error = await readPages('/api/v1/nodes', kinds.Node, async (path) => {
      throw new TooLargeResponse({ method: 'GET', path }, 'too much', '{"items":[');
    }).catch(String);
    assert.match(String(error), /GET \/api\/v1\/nodes\?limit=1 with too much$/);
  });
});

suite('lists of many pages', (test) => {
  test('have the objects of all pages in order', async () => {
    const pages = [page([named('a')], 'x y&z'), page([], 'q'), page(null, 'r'), page([named('b')])];
    assert.equal(await listOf(pages), { words: 'a b', asked: 4 });
  });

  test('fail at a repeated continue token, however many pages ago it was sent', () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.nat(40), async (length, before) => {
        let asked = 0;
        const getPage = async () => {
          asked += 1;
          const step = asked <= before ? `before-${asked}` : `round-${(asked - before) % length}`;
          return page([named('a')], step);
        };
        const error = await readPages('/api/v1/nodes', kinds.Node, getPage).catch(String);
        assert.match(String(error), /a list that does not end: a continue token is repeated/);
        assert.is(asked, before + length + 1);
      }),
    ));

  for (const [title, items, pages, words] of [
    ['eleven empty pages in a row with different tokens', [], 11, '11 pages in a row are empty'],
    [
      'more objects than any cluster has',
      Array.from({ length: 50_000 }, () => named('a')),
      5,
      'it has more than 200000 objects',
    ],
  ] as const)
    test(`fail after ${title}`, async () => {
      let token = 0;
      const getPage = async () => {
        token += 1;
        return page(items, `token-${token}`);
      };
      const error = await readPages('/api/v1/nodes', kinds.Node, getPage).catch(String);
      assert.ok(String(error).includes(`a list that does not end: ${words}`), String(error));
      assert.is(token, pages);
    });

  for (const [title, token, words] of [
    ['number', 1, 'expected text, got number'],
    ['object', {}, 'expected text, got object'],
    ['half of a surrogate pair', '\ud800', 'expected text, got string'],
  ] as const)
    test(`reject a continue token that is not text: ${title}`, async () => {
      const { words: shown } = await listOf([page([named('a')], token)]);
      assert.ok(shown.endsWith(`an unreadable NodeList: metadata.continue: ${words}`), shown);
    });

  for (const [title, value] of [
    ['a list of another kind', { ...page([]), kind: 'PodList' }],
    ['a list of another version', { ...page([]), apiVersion: 'v2' }],
    ['a Node', { ...named('a'), kind: 'Node', apiVersion: 'v1' }],
    ['a Status', { kind: 'Status', apiVersion: 'v1', status: 'Success' }],
    ['a list without a kind', { items: [] }],
    ['a list whose kind is not text', { ...page([]), kind: ['NodeList'] }],
    ['null', null],
    ['an array', [page([])]],
    ['a list without items', { kind: 'NodeList', apiVersion: 'v1', metadata: {} }],
    ['items that are an object', page({})],
  ] as const)
    test(`reject ${title}, as the first page and as a later page`, async () => {
      for (const pages of [[value], [page([named('a')], 'x'), value]]) {
        const { words, asked } = await listOf(pages);
        assert.match(words, /^the API server answered GET \/api\/v1\/nodes\?limit=200\S* with /);
        assert.is(asked, pages.length);
      }
    });

  test('fail in list() if an object is unreadable; listReadable() leaves out the object', () =>
    withFakeApiServer(
      (_, response) =>
        answerJson(response, page([named('a'), { metadata: { name: 7 } }, 5, named('b')])),
      async (apiServer) => {
        const { items, unread } = await apiServer.listReadable('/api/v1/nodes', kinds.Node);
        assert.equal(
          items.map(({ metadata }) => metadata.name),
          ['a', 'b'],
        );
        const problem = 'items[1].metadata.name: expected string, got number';
        assert.equal(unread, [
          { kind: 'Node', name: 'items[1]', problem },
          { kind: 'Node', name: 'items[2]', problem: 'items[2]: expected object, got number' },
        ]);
        const error = await apiServer.list('/api/v1/nodes', kinds.Node).catch(String);
        assert.match(
          String(error),
          /with an unreadable NodeList: items\[1\] \(items\[1\]\.metadata\.name: expected string, got number\), items\[2\] /,
        );
      },
    ));

  test('are read one page at a time across all lists, also after a failure', async () => {
    let open = 0;
    let most = 0;
    await withFakeApiServer(
      ({ url }, response) => {
        open += 1;
        most = Math.max(most, open);
        setTimeout(() => {
          open -= 1;
          answerJson(response, url?.startsWith('/bad') ? {} : page([named('a')]));
        }, 50);
      },
      async (apiServer) => {
        const lists = ['/a', '/bad', '/b'].map((path) => apiServer.list(path, kinds.Node));
        const settled = await Promise.allSettled(lists);
        assert.equal(
          settled.map(({ status }) => status),
          ['fulfilled', 'rejected', 'fulfilled'],
        );
        assert.is(most, 1);
      },
    );
  });

  test('fail if all pages together take longer than --request-timeout', async () => {
    let token = 0;
    await withFakeApiServer(
      (_, response) => {
        token += 1;
        const next = `token-${token}`;
        setTimeout(() => answerJson(response, page([named('a')], next)), 100);
      },
      async (apiServer) => {
        const error = await apiServer.list('/api/v1/nodes', kinds.Node).catch(String);
        assert.match(String(error), /cannot reach the API server/);
        assert.ok(token > 1, 'the list has pages without end');
      },
      { limits: limitsFrom(1000), requestTimeout: 1000 },
    );
  });
});
