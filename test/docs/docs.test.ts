import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { docs, renderDocs } from '../../scripts/docs.ts';
import { version } from '../../src/version.ts';
import { suite } from '../kit/suite.ts';

const pages = await renderDocs();

suite('docs', (test) => {
  for (const [name, text] of pages)
    test(`${name} is up to date (npm run docs)`, () => {
      assert.is(readFileSync(join(docs, name), 'utf8'), text);
    });

  test('pages name the image with the tag of this version', () => {
    const names = globSync('**/*.{md,yaml}', { cwd: docs }).flatMap((name) =>
      [...readFileSync(join(docs, name), 'utf8').matchAll(/\/kubectl-kubeletaccess:(\S+)/g)].map(
        ([, tag]) => `${name}: ${tag}`,
      ),
    );
    assert.equal(
      [...new Set(names)].sort(),
      [
        'developing/releasing.md',
        'fleet-job.yaml',
        'fleets-in-the-cluster.md',
        'revoke-expired.yaml',
        'watch-kubelets.yaml',
      ].map((name) => `${name}: v${version}`),
    );
  });
});
