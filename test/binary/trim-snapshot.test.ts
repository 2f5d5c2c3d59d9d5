import * as assert from 'uvu/assert';
import { withCodeOf } from '../../scripts/snapshot/trim-snapshot.ts';
import { suite } from '../kit/suite.ts';

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

const counted = (bytes: Buffer) => Buffer.concat([uint64(bytes.length), bytes]);

/** Returns a blob as Node writes it. Names and numbers in its heap look like the start of a module's code cache. */
function blob(caches: Readonly<Record<string, string>>, end = ''): Buffer {
  const heap = Buffer.concat([uint64(1), counted(Buffer.from('fs')), uint64(1e9), uint64(0)]);
  const code = Object.entries(caches).map((pair) =>
    Buffer.concat(pair.map((text) => counted(Buffer.from(text)))),
  );
  const magic = Buffer.from([0x19, 0xda, 0x43, 0x01]);
  const snapshot = [magic, heap, uint64(code.length), ...code, Buffer.from(end)];
  return Buffer.concat([
    Buffer.from('name'),
    counted(Buffer.concat(snapshot)),
    Buffer.from('flags'),
  ]);
}

suite('the snapshot of an executable', (test) => {
  test('keeps compiled code only for the modules of Node that the program may load', () => {
    const whole = blob({ fs: 'x'.repeat(300), tls: 'yy', 'internal/util': '', http: 'z' });
    const some = new Set(['tls', 'http', 'Internal Binding fs']);
    assert.ok(withCodeOf(whole, some).equals(blob({ tls: 'yy', http: 'z' })));
    const all = new Set(['fs', 'tls', 'internal/util', 'http']);
    assert.ok(withCodeOf(whole, all).equals(whole));
  });

  test('is rejected if Node has changed its format', () => {
    assert.throws(() => withCodeOf(Buffer.from('no snapshot here'), new Set()), /no snapshot/);
    assert.throws(() => withCodeOf(blob({ fs: 'x' }, '?'), new Set()), /must be updated/);
  });
});
