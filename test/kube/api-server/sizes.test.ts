import type { ServerResponse } from 'node:http';
import * as assert from 'uvu/assert';
import { kinds } from '../../../src/kube/api-server/kinds.ts';
import { withFakeApiServer } from '../../kit/fake-api-server.ts';
import { suite } from '../../kit/suite.ts';

const mebibyte = 1024 * 1024;

/** Sends `beginning` and then spaces without an end. Returns a function that counts the sent spaces in bytes. */
function endless(response: ServerResponse, status: number, beginning: string): () => number {
  let sent = 0;
  const spaces = Buffer.alloc(64 * 1024, ' ');
  response.writeHead(status, { 'content-type': 'application/json' }).write(beginning);
  const more = () => {
    while (!response.destroyed) {
      sent += spaces.length;
      if (!response.write(spaces)) {
        response.once('drain', more);
        return;
      }
    }
  };
  more();
  return () => sent;
}

const pageOf = (next: string, labels: string) =>
  `{"kind":"ClusterRoleList","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"continue":"${next}"},"items":[{"metadata":{"name":"a","labels":{${labels}}}}]}`;

suite('responses without an end', (test) => {
  const object = 16 * mebibyte;
  for (const [title, status, most, ask, words] of [
    ['an object', 200, object, 'get', /answered GET \/x with more than 16 MiB$/],
    ['a written object', 201, object, 'write', /answered POST \/x with more than 16 MiB$/],
    ['a page of a list', 200, object, 'list', /answered GET \/x\?limit=1 with more than 16 MiB$/],
    ['an error', 500, 64 * 1024, 'get', /Error|: \{"kind"/],
  ] as const)
    test(`are read up to a limit: ${title}`, async () => {
      let sent = () => 0;
      await withFakeApiServer(
        (_, response) => {
          sent = endless(response, status, '{"kind":"Status","apiVersion":"v1",');
        },
        async (apiServer) => {
          const asked = {
            get: () => apiServer.get('/x', kinds.Node),
            write: () => apiServer.write('POST', '/x', {}, kinds.Node),
            list: () => apiServer.list('/x', kinds.Node),
          }[ask]();
          const error = await asked.then(() => undefined, String);
          assert.match(String(error), words);
          assert.ok(String(error).length < 2000);
          // The count includes bytes in the system's buffers on both sides.
          assert.ok(sent() < most + 16 * mebibyte, `${sent()} bytes`);
        },
      );
    });

  for (const [title, items] of [
    ['empty objects', `${'{},'.repeat(1_010_000)}{}`],
    ['nested arrays', `${'['.repeat(1_010_000)}${']'.repeat(1_010_000)}`],
    ['fields', `{"metadata":{"name":"a"${',"a":1'.repeat(1_010_000)}}}`],
  ] as const)
    test(`are rejected if they have too many values: ${title}`, () =>
      withFakeApiServer(
        (_, response) => {
          response.end(`{"kind":"NodeList","apiVersion":"v1","metadata":{},"items":[${items}]}`);
        },
        async (apiServer) => {
          const error = await apiServer.list('/x', kinds.Node).then(() => undefined, String);
          assert.match(String(error), /an unreadable NodeList: .+ \(more than 1000000 values\)$/);
        },
      ));

  test('drop the largest objects of a list that needs too much memory, and keep all others', async () => {
    let pages = 0;
    await withFakeApiServer(
      (_, response) => {
        pages += 1;
        const metadata = { name: `large-${pages}`, labels: { k: 'x'.repeat(15_000_000) } };
        const items = [{ metadata: { name: `small-${pages}` } }, { metadata }];
        const next = pages % 6 > 0 ? { continue: String(pages) } : {};
        response.end(JSON.stringify({ kind: 'NodeList', apiVersion: 'v1', metadata: next, items }));
      },
      async (apiServer) => {
        const { items, unread } = await apiServer.listReadable('/x', kinds.Node);
        assert.equal(
          items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('small')),
          ['small-1', 'small-2', 'small-3', 'small-4', 'small-5', 'small-6'],
        );
        assert.is(items.length + unread.length, 12);
        assert.ok(unread.every(({ name }) => name.startsWith('large')));
        assert.match(
          String(unread[0]?.problem),
          'the list takes more than 64 MB of memory, and this object 15.0 MB',
        );
        assert.match(
          await apiServer.list('/x?again', kinds.Node).then(() => '', String),
          /an unreadable NodeList: large-/,
        );
      },
    );
  });

  test('have no limit of fields in an object', () =>
    withFakeApiServer(
      (_, response) => {
        const fields = Array.from({ length: 300_000 }, (_, at) => `"k${at}":"x"`);
        response.end(pageOf('', String(fields)));
      },
      async (apiServer) => {
        const [role] = await apiServer.list('/x', kinds.ClusterRole);
        assert.is(Object.keys(role?.metadata.labels ?? {}).length, 300_000);
      },
    ));
});
