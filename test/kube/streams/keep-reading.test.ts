import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import * as assert from 'uvu/assert';
import { keepReading } from '../../../src/kube/streams/open-web-socket.ts';
import { suite } from '../../kit/suite.ts';

suite('a socket whose write fails', (test) => {
  for (const [title, several] of [
    ['one message', false],
    ['several messages at once', true],
  ] as const)
    test(`still delivers received bytes after sending ${title}`, async () => {
      const fail = (done: (error: Error) => void) => done(new Error('write EPIPE'));
      let writes = 0;
      const socket = new Duplex({
        read: () => {},
        write: (_, __, done) => {
          writes += 1;
          // Lets the test write further messages before this write fails.
          setImmediate(fail, done);
        },
        ...(several && {
          writev: (_, done) => {
            writes += 1;
            setImmediate(fail, done);
          },
        }),
      });
      keepReading(socket);
      const read = text(socket);
      for (let turn = 0; turn < 5; turn += 1) socket.write('more');
      await new Promise((resolve) => socket.write('', resolve));
      socket.push('the last output');
      socket.push(null);
      assert.is(await read, 'the last output');
      assert.is(writes, 1);
    });
});
