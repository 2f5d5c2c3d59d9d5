import * as assert from 'uvu/assert';
import { isFailure } from '../../../src/errors.ts';
import { ApiServerFailure } from '../../../src/kube/api-server/api-server-failure.ts';
import { kinds } from '../../../src/kube/api-server/kinds.ts';
import { readPages } from '../../../src/kube/api-server/list-pages.ts';
import { limitsFrom } from '../../../src/kube/transport/limits.ts';
import { answerJson, withFakeApiServer } from '../../kit/fake-api-server.ts';
import { fc } from '../../kit/fast-check.ts';
import { suite } from '../../kit/suite.ts';

const named = (name: string) => ({ metadata: { name } });
const page = (items: unknown, next?: unknown) => ({
  kind: 'NodeList',
  apiVersion: 'v1',
  metadata: { resourceVersion: '1', ...(next !== undefined && { continue: next }) },
  items,
});

/** Returns options for readPages without a memory limit. */
const reading = (getPage: (path: string) => Promise<unknown>) => ({
  getPage,
  strict: false,
  begin: () => () => true,
});

/** Reads a list from a server that sends `pages` one after another, and then always the last page. */
async function listOf(pages: readonly unknown[]): Promise<{ words: string; asked: number }> {
  let asked = 0;
  try {
    const { items } = await readPages(
      '/api/v1/nodes',
      kinds.Node,
      reading(async () => {
        asked += 1;
        return pages[Math.min(asked, pages.length) - 1];
      }),
    );
    return { words: items.map(({ metadata }) => metadata.name).join(' '), asked };
  } catch (error) {
    if (isFailure(error, 'unreadable')) return { words: error.message, asked };
    throw error;
  }
}

suite('lists whose pages expire', (test) => {
  const expired = new ApiServerFailure(
    410,
    'Expired',
    'The provided continue parameter is too old',
  );
  const read = async (answers: readonly unknown[]) => {
    const asked: string[] = [];
    let kept = 0;
    const listed = await readPages('/api/v1/nodes', kinds.Node, {
      strict: true,
      begin: () => {
        kept = 0;
        return () => ++kept > 0;
      },
      getPage: async (path) => {
        const answer = answers[asked.length];
        asked.push(path);
        if (answer instanceof Error) throw answer;
        return answer;
      },
    });
    return { names: listed.items.map(({ metadata }) => metadata.name), asked, kept };
  };

  test('are read again from their start, with each object once', async () => {
    const first = page([named('a'), named('b')], 'x');
    const { names, asked, kept } = await read([first, expired, first, page([named('c')])]);
    assert.equal(names, ['a', 'b', 'c']);
    assert.equal(
      asked.map((path) => path.includes('continue=x')),
      [false, true, false, true],
    );
    assert.is(kept, 3);
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
        const error = await readPages('/api/v1/nodes', kinds.Node, reading(getPage)).catch(String);
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
      const error = await readPages('/api/v1/nodes', kinds.Node, reading(getPage)).catch(String);
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
        const { items, unreadable } = await apiServer.listReadable('/api/v1/nodes', kinds.Node);
        assert.equal(
          items.map(({ metadata }) => metadata.name),
          ['a', 'b'],
        );
        assert.equal(unreadable, {
          count: 2,
          problem: 'items[1].metadata.name: expected string, got number',
        });
        const error = await apiServer.list('/api/v1/nodes', kinds.Node).catch(String);
        assert.match(
          String(error),
          /with an unreadable NodeList: items\[1\]\.metadata\.name: expected string, got number$/,
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
