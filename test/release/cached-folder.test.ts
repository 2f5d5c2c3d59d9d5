import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { cachedFolder } from '../../scripts/release/cached-folder.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';

suite('a cached folder of a release', (test) => {
  test('is made again only for other inputs, and stays unchanged if making the new folder fails', () =>
    withFiles({}, async (cache) => {
      const before = process.env['KUBELETACCESS_CACHE'];
      process.env['KUBELETACCESS_CACHE'] = cache;
      try {
        let count = 0;
        const make = (madeOf: string) =>
          cachedFolder('part', madeOf, async (folder) => {
            count += 1;
            if (madeOf === 'bad') throw new Error('bad');
            writeFileSync(join(folder, 'file'), madeOf);
          });
        for (const [madeOf, made] of [
          ['a', 1],
          ['a', 1],
          ['b', 2],
          ['a', 3],
        ] as const) {
          assert.is(readFileSync(join(await make(madeOf), 'file'), 'utf8'), madeOf);
          assert.is(count, made);
        }
        assert.match(String(await make('bad').catch(String)), 'bad');
        assert.is(readFileSync(join(cache, 'part/file'), 'utf8'), 'a');
      } finally {
        process.env['KUBELETACCESS_CACHE'] = before;
      }
    }));
});
