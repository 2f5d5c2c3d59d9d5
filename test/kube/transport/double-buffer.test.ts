import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import * as assert from 'uvu/assert';
import { newDoubleBuffer } from '../../../src/kube/transport/body.ts';
import { openTransport } from '../../../src/kube/transport/transport.ts';
import { createAuthority } from '../../kit/certificates.ts';
import { transportTo } from '../../kit/connect.ts';
import { fc } from '../../kit/fast-check.ts';
import { patientLimits } from '../../kit/hang-limits.ts';
import { suite } from '../../kit/suite.ts';

const { signal } = new AbortController();
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

suite('reused memory', (test) => {
  test('holds the bytes added since the last take, even if they were written to other memory first', () => {
    const step = fc.oneof(
      fc.record({
        add: fc.uint8Array({ minLength: 1, maxLength: 40_000 }),
        there: fc.boolean(),
        before: fc.nat(50),
      }),
      fc.constant('take' as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const room = newDoubleBuffer();
        let held = Buffer.alloc(0);
        for (const next of steps) {
          if (next === 'take') {
            assert.ok(room.take().now.equals(held));
            held = Buffer.alloc(0);
            continue;
          }
          const { add, there, before } = next;
          const space = room.space();
          const bytes = there ? space.subarray(before, before + add.length) : Buffer.from(add);
          bytes.set(add.subarray(0, bytes.length));
          held = Buffer.concat([held, Buffer.from(bytes)]);
          room.add(bytes);
          assert.is(room.held, held.length);
        }
        assert.ok(room.take().now.equals(held));
        room.release();
      }),
    );
  });

  test('does not mix large bodies that are read at the same time, at different speeds, over kept and new connections', async () => {
    const authority = await createAuthority('bodies');
    const serving = await authority.issue({
      commonName: 'server',
      usage: 'server',
      ips: ['127.0.0.1'],
    });
    const bodies = Array.from({ length: 12 }, (_, index) => randomBytes(2_000_000 + index));
    const server = createServer(serving, ({ url }, response) => {
      const body = bodies[Number(url?.slice(1))] ?? Buffer.alloc(0);
      // Some bodies have a length, others are sent in chunks of many sizes.
      if (body.length % 2 === 0) response.setHeader('content-length', body.length);
      for (let at = 0; at < body.length; at += 1 + (at % 50_000))
        response.write(body.subarray(at, at + 1 + (at % 50_000)));
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const transport = openTransport(transportTo(url, { ca: authority.cert }));
    const read = async (index: number) => {
      const request = { method: 'GET', path: `/${index}` };
      const { body } = await transport.send(request, signal, patientLimits);
      const hash = createHash('sha256');
      let pieces = 0;
      for await (const piece of body) {
        const before = sha256(piece.now);
        pieces += 1;
        if (index % 3 === 0 || pieces % 7 === index % 7)
          await new Promise((resolve) => setTimeout(resolve, 2));
        assert.is(sha256(piece.now), before);
        hash.update(piece.now);
      }
      return hash.digest('hex');
    };
    try {
      for (let round = 0; round < 2; round += 1)
        assert.equal(await Promise.all(bodies.map((_, index) => read(index))), bodies.map(sha256));
    } finally {
      transport.close();
      server.closeAllConnections();
      server.close();
    }
  });
});
