import { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import type { WebSocket } from 'ws';
import { concurrentSuite } from '../../kit/suite.ts';
import { runTool } from '../../kit/tool.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { inMasters } from '../../sandbox/sandbox.ts';
import { ended, type StreamEnd, send } from '../../sandbox/streams.ts';

const below = (socket: WebSocket) => (socket as unknown as { _socket: Writable })._socket;

/** Returns an endless input, most of which is never read. */
function endlessInput(): Readable {
  const chunk = Buffer.alloc(64 * 1024, 'y\n');
  return new Readable({
    read() {
      setImmediate(() => this.push(chunk));
    },
  });
}

/** Ends like a process that has not read all of its input: the unread bytes reset the connection. */
function endWith(bytes: number, code: number, hasStatus: boolean): StreamEnd {
  return (socket) =>
    socket.once('message', () => {
      socket.pause();
      for (let left = bytes; left > 0; left -= 30_000)
        send(socket, 'stdout', Buffer.alloc(Math.min(left, 30_000), 1));
      if (hasStatus) send(socket, 'status', JSON.stringify(ended(code)));
      setImmediate(() => below(socket).destroy());
    });
}

concurrentSuite('exec of a command that ends before it has read its input', (test) => {
  for (const via of ['direct', 'apiserver'])
    for (const bytes of [0, 10, 50_000])
      for (const reader of ['a prompt', 'a slow'] as const)
        for (const hasStatus of [true, false])
          test(`prints ${bytes} bytes (${via}) to ${reader} reader, and exits with ${hasStatus ? 'the code of the command' : '1 without a status'}`, () =>
            withSandbox(inMasters, async ({ kubelets, kubeconfigs }) => {
              for (let turn = 0; turn < 3; turn += 1) {
                Object.assign(kubelets[0]?.streams ?? {}, { end: endWith(bytes, 7, hasStatus) });
                let read = 0;
                const stdout = new Writable({
                  highWaterMark: 1,
                  write: (chunk: Buffer, _, done) => {
                    read += chunk.length;
                    void sleep(reader === 'a slow' ? 20 : 0).then(() => done());
                  },
                });
                const stdin = endlessInput();
                const line = `exec web -i --via ${via} --allow-exec -- head`;
                const env = { KUBECONFIG: kubeconfigs.admin };
                const { code, stderr } = await runTool(line, { env, stdin, stdout });
                stdin.destroy();
                assert.equal([code, read], [hasStatus ? 7 : 1, bytes], stderr);
                if (!hasStatus) assert.match(stderr, 'ended before the command did');
              }
            }));
});
