import { once } from 'node:events';
import { createServer } from 'node:net';
import * as assert from 'uvu/assert';
import { TransportError } from '../../../src/kube/transport/error.ts';
import { parseProxyUrl } from '../../../src/kube/transport/proxy.ts';
import { openTunnel } from '../../../src/kube/transport/tunnel.ts';
import { suite } from '../../kit/suite.ts';
import { listen } from '../../sandbox/listen.ts';

/** Sends a text through a proxy that answers CONNECT with `head` and sends back its input. Returns what comes back. */
async function echoThrough(head: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(head);
      socket.pipe(socket);
    });
  });
  const { port, stop } = await listen(server, '127.0.0.1');
  const proxy = parseProxyUrl('proxy', `http://127.0.0.1:${port}`);
  const tls = { ca: undefined, serverName: undefined, verify: true, peer: 'proxy' } as const;
  try {
    const route = { proxy, tls: { ...tls, clientCertificate: undefined } };
    const target = { host: 'kubelet.test', port: 10250 };
    const socket = await openTunnel(route, target, new AbortController().signal);
    socket.write('hello');
    const [echoed] = await once(socket, 'data');
    socket.destroy();
    return String(echoed);
  } finally {
    await stop();
  }
}

suite('a tunnel through an HTTP proxy', (test) => {
  for (const head of [
    'HTTP/1.1 200 OK\r\n\r\n',
    'HTTP/1.0 200 Connection established\r\n\r\n',
    'HTTP/1.1 200 OK\r\nConnection: close\r\nProxy-Connection: close\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n',
  ])
    test(`begins after ${JSON.stringify(head)}`, async () =>
      assert.is(await echoThrough(head), 'hello'));

  for (const status of ['407 Proxy Authentication Required', '502 Bad Gateway'])
    test(`is denied by ${status}`, async () => {
      const error = await echoThrough(`HTTP/1.0 ${status}\r\n\r\n`).catch((thrown) => thrown);
      assert.instance(error, TransportError);
      assert.is((error as Error).message, `the proxy answered CONNECT with ${status}`);
    });
});
