import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { docs, renderDocs } from '../../scripts/docs.ts';
import { suite } from '../kit/suite.ts';

const pages = await renderDocs();

suite('docs', (test) => {
  for (const [name, text] of pages)
    test(`${name} is what npm run docs writes`, () => {
      assert.is(readFileSync(join(docs, name), 'utf8'), text);
    });
});
