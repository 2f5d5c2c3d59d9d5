import { gzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { gunzipIfPacked } from '../../../src/kube/files/gunzip.ts';
import { suite } from '../../kit/suite.ts';

async function* partsOf(bytes: Buffer, size: number): AsyncGenerator<Buffer, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function unpack(bytes: Buffer, size: number) {
  let isDamaged = false;
  const chunks: Buffer[] = [];
  const damaged = () => {
    isDamaged = true;
  };
  for await (const chunk of gunzipIfPacked(partsOf(bytes, size), damaged)) chunks.push(chunk);
  return { text: Buffer.concat(chunks).toString(), isDamaged };
}

const text = 'line\n'.repeat(1000);
const packed = gzipSync(text);

suite('a file that may be gzip', (test) => {
  for (const size of [1, 2, 3, 10_000]) {
    test(`is recognized by its first bytes, even if it arrives in parts of ${size} bytes`, async () => {
      assert.equal(await unpack(packed, size), { text, isDamaged: false });
      for (const plain of ['', 'a', '\x1f', '\x1f\x00b', text])
        assert.equal(await unpack(Buffer.from(plain), size), { text: plain, isDamaged: false });
    });

    test(`is unpacked with all its gzip members if it arrives in parts of ${size} bytes`, async () =>
      assert.equal(await unpack(Buffer.concat([packed, packed]), size), {
        ...{ text: text + text, isDamaged: false },
      }));

    test(`is reported as damaged if it is cut or changed and arrives in parts of ${size} bytes`, async () => {
      const cut = await unpack(packed.subarray(0, -9), size);
      assert.is(cut.isDamaged, true);
      assert.ok(text.startsWith(cut.text));
      const damaged = Buffer.from(packed);
      damaged.fill(0xff, 20, 30);
      assert.is((await unpack(damaged, size)).isDamaged, true);
    });
  }
});
