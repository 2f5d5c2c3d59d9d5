import type { ServerResponse } from 'node:http';
import * as assert from 'uvu/assert';
import { kinds } from '../../../src/kube/api-server/kinds.ts';
import { withFakeApiServer } from '../../kit/fake-api-server.ts';
import { sweeps } from '../../kit/random.ts';
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

const pageOf = (next: number, labels: string) =>
  `{"kind":"ClusterRoleList","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"continue":"${next}"},"items":[{"metadata":{"name":"a","labels":{${labels}}}}]}`;

suite('responses without an end', (test) => {
  const object = 16 * mebibyte;
  for (const [title, status, most, ask, words] of [
    ['an object', 200, object, 'get', /answered GET \/x with more than 16 MiB$/],
    ['a written object', 201, object, 'write', /answered POST \/x with more than 16 MiB$/],
    ['a page of a list', 200, object, 'list', /answered GET \/x\?limit=200 with more than 16 MiB$/],
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
          assert.match(String(error), /with more than 1000000 values$/);
        },
      ));

  for (const [title, field] of [
    ['long strings', () => `"k":"${'x'.repeat(15_000_000)}"`],
    ['short strings', (page) => Array.from({ length: 9_000 }, (_, at) => `"k${page}-${at}":"x"`)],
  ] satisfies [string, (page: number) => unknown][]) {
    // This case takes three seconds, because it reads half a million labels. Therefore only long test runs include it.
    if (title === 'short strings' && !sweeps) continue;
    test(`are rejected if all lists of a command need too much memory: ${title}`, () => {
      let pages = 0;
      return withFakeApiServer(
        (_, response) => {
          pages += 1;
          response.end(pageOf(pages, String(field(pages))));
        },
        async (apiServer) => {
          const isRefused = async (path: string) =>
            assert.match(
              await apiServer.list(path, kinds.ClusterRole).then(() => '', String),
              /with more than fits: all lists together may take 64 MB$/,
            );
          await isRefused('/x');
          const before = pages;
          await isRefused('/y');
          assert.is(pages, before + 1, 'the other list counts');
          await isRefused('/x');
        },
      );
    });
  }

  test('are rejected at the first object that has more fields than any real object of the API', () => {
    const fields = Array.from({ length: 10_001 }, (_, at) => `"k${at}":"x"`);
    let pages = 0;
    return withFakeApiServer(
      (_, response) => {
        pages += 1;
        response.end(pageOf(pages, String(fields)));
      },
      async (apiServer) => {
        const error = await apiServer.list('/x', kinds.ClusterRole).then(() => undefined, String);
        assert.match(String(error), /an unreadable ClusterRoleList: items\[0\]: too many fields$/);
        assert.is(pages, 1);
      },
    );
  });
});
