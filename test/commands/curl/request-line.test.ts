import { createServer } from 'node:tls';
import * as assert from 'uvu/assert';
import { fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { rule } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';
import { withListener } from '../../sandbox/listen.ts';

/** Sends paths to a server that only reads the bytes of request lines. */
async function withLines(
  use: (send: (path: string) => Promise<string>) => Promise<void>,
): Promise<void> {
  await withSandbox({ nodes: [] }, async (sandbox, tool) => {
    const serving = await sandbox.authority.issue({
      commonName: 'x',
      usage: 'server',
      ips: ['127.0.0.1'],
    });
    let line = '';
    const server = createServer(serving, (socket) => {
      socket.on('error', () => {});
      socket.once('data', (bytes) => {
        line = bytes.toString('latin1').split('\r\n', 1)[0] ?? '';
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      });
    });
    await withListener(server, (port) =>
      use(async (path) => {
        const { code, stderr } = await tool([
          'curl',
          path,
          '--kubelet-address',
          `127.0.0.1:${port}`,
        ]);
        assert.is(code, 0, stderr);
        return line;
      }),
    );
  });
}

const paths = [
  '/x?a=%zz&b=+c;d=e%2Bf&&g==h%',
  '/logs/a%2fb//c/../d/./e?x={y}&[z]&q=/../',
  '//x//',
  '/x?\'"<>`|^\\~!*()$,:@',
  '/x??a?b=?',
  '/x?',
  '/x?a=%23%25%00',
  '/x/{y}?{pod}={container}',
  '/x?a=b&timeout=5',
];

suite('the path and query of a request', (test) => {
  test('are sent unchanged', () =>
    withLines(async (send) => {
      for (const path of paths) assert.is(await send(path), `GET ${path} HTTP/1.1`);
      await fc.assert(
        fc.asyncProperty(fc.stringMatching(/^[!-~]*$/), async (text) => {
          fc.pre(!text.includes('#') && !/[{](?:namespace|pod|container)[}]/.test(text));
          fc.pre(!/^[/.:]*(?:exec|run|attach|portForward|checkpoint|debug)/i.test(text));
          assert.is(await send(`/x${text}`), `GET /x${text} HTTP/1.1`);
        }),
        runs(100, 2000),
      );
    }));

  test('are sent without a fragment, and with blanks and non-ASCII letters encoded', () =>
    withLines(async (send) => {
      assert.is(await send('/a b?c=é 𝒳#d?e'), 'GET /a%20b?c=%C3%A9%20%F0%9D%92%B3 HTTP/1.1');
    }));

  test('reach the API server, and then the kubelet, unchanged', () =>
    withSandbox({ nodes: ['none'] }, async (sandbox, tool) => {
      allow(sandbox, 'Kubernetes', [rule('nodes/*', '*')]);
      for (const path of paths) {
        const args = ['curl', path, '--node', 'node-1', '--via', 'apiserver'];
        await tool(args);
        const proxied = `GET /api/v1/nodes/node-1/proxy${path}`;
        assert.is(sandbox.apiServer.requests.at(-1)?.line, proxied);
        const [, query = ''] = /(\?.*)$/.exec(path) ?? [];
        assert.ok(sandbox.kubelets[0]?.requests.at(-1)?.endsWith(query), path);
      }
    }));
});
