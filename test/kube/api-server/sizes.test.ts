import type { ServerResponse } from 'node:http';
import * as assert from 'uvu/assert';
import { kinds } from '../../../src/kube/api-server/kinds.ts';
import { withFakeApiServer } from '../../kit/fake-api-server.ts';
import { suite } from '../../kit/suite.ts';

const mebibyte = 1024 * 1024;

/** Sends a beginning and then spaces without an end. Returns how many bytes it could send. */
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

suite('answers without an end', (test) => {
  for (const { title, status, most, ask, words } of [
    {
      title: 'an object',
      status: 200,
      most: 16 * mebibyte,
      ask: 'get',
      words: /answered GET \/x with more than 16 MiB$/,
    },
    {
      title: 'what was written',
      status: 201,
      most: 16 * mebibyte,
      ask: 'write',
      words: /answered POST \/x with more than 16 MiB$/,
    },
    {
      title: 'a page of a list',
      status: 200,
      most: 32 * mebibyte,
      ask: 'list',
      words: /answered GET \/x\?limit=500 with more than 32 MiB$/,
    },
    { title: 'an error', status: 500, most: 64 * 1024, ask: 'get', words: /Error|: \{"kind"/ },
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
          // What the system buffers on both sides is sent as well.
          assert.ok(sent() < most + 16 * mebibyte, `${sent()} bytes`);
        },
      );
    });

  test('are refused by their values where those are many and small', () =>
    withFakeApiServer(
      (_, response) => {
        const items = `[${'{},'.repeat(2_000_000)}{}]`;
        response.end(`{"kind":"NodeList","apiVersion":"v1","metadata":{},"items":${items}}`);
      },
      async (apiServer) => {
        const error = await apiServer.list('/x', kinds.Node).then(() => undefined, String);
        assert.match(String(error), /with more than 1000000 values$/);
      },
    ));
});
