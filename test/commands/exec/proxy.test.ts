import { createServer } from 'node:http';
import { connect } from 'node:net';
import * as assert from 'uvu/assert';
import { suite } from '../../kit/suite.ts';
import { checkFailure } from '../../kit/tool.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { withListener } from '../../sandbox/listen.ts';

const exec = (...more: readonly string[]) => [
  ...['exec', 'web', '--node', 'node-1', '--allow-exec', ...more, '--', 'echo', 'hi'],
];

async function withProxy(
  open: boolean,
  use: (url: string, seen: readonly string[]) => Promise<void>,
): Promise<void> {
  const seen: string[] = [];
  const server = createServer().on('connect', (request, socket) => {
    seen.push(`${request.method} ${request.url}`);
    if (!open) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const [host, port] = (request.url ?? '').split(':');
    const target = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
    return undefined;
  });
  await withListener(server, (port) => use(`http://127.0.0.1:${port}`, seen));
}

suite('exec through a proxy', (test) => {
  test('uses the tunnel of the proxy', () =>
    withSandbox((sandbox, tool) =>
      withProxy(true, async (url, seen) => {
        const { code, stdout, stderr } = await tool(exec('--kubelet-proxy-url', url));
        assert.equal([code, stdout, stderr], [0, 'hi\n', '']);
        const kubelet = `CONNECT 127.0.0.1:${sandbox.kubelets[0]?.port}`;
        // One tunnel is for the request for pods, and one for the stream.
        assert.equal(seen, [kubelet, kubelet]);
      }),
    ));

  test('reports that the proxy refuses the connection', () =>
    withSandbox((_, tool) =>
      withProxy(false, async (url) => {
        checkFailure(
          await tool(exec('--kubelet-proxy-url', url)),
          /through the proxy http:.*the proxy answered CONNECT with 403/,
        );
      }),
    ));
});
