import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import * as assert from 'uvu/assert';
import { docs, renderDocs } from '../../scripts/docs.ts';
import type { Fields } from '../../src/text/fields.ts';
import { version } from '../../src/version.ts';
import { suite } from '../kit/suite.ts';

const pages = await renderDocs();

suite('docs/watch-kubelets.yaml', (test) => {
  const text = readFileSync(join(docs, 'watch-kubelets.yaml'), 'utf8');
  const [, account, , , job] = loadAll(text) as unknown as readonly [
    unknown,
    object,
    unknown,
    unknown,
    CronJob,
  ];
  const { spec } = job.spec.jobTemplate.spec.template;
  const all = [...spec.initContainers, ...spec.containers];

  test('names images by digest, which no pod starts without', () => {
    assert.is(all.length, 2);
    for (const { image } of all) assert.match(image, /^[\w./-]+@sha256:DIGEST$/);
  });

  test('mounts the token in the container alone that calls the API server', () => {
    for (const each of [account, spec])
      assert.is((each as Fields)['automountServiceAccountToken'], false);
    const tokens = spec.volumes.filter((volume) => JSON.stringify(volume).includes('Token'));
    assert.is(tokens.length, 1);
    const users = all.filter(({ volumeMounts }) =>
      volumeMounts.some(({ name }) => name === tokens[0]?.name),
    );
    assert.equal(
      users.map(({ name }) => name),
      ['check'],
    );
  });
});

interface CronJob {
  readonly spec: {
    readonly jobTemplate: { readonly spec: { readonly template: { readonly spec: PodSpec } } };
  };
}

interface PodSpec {
  readonly volumes: readonly { readonly name: string }[];
  readonly initContainers: readonly Container[];
  readonly containers: readonly Container[];
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly volumeMounts: readonly { readonly name: string }[];
}

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
      ['developing/releasing.md', 'fleet-job.yaml', 'in-the-cluster.md', 'revoke-expired.yaml'].map(
        (name) => `${name}: v${version}`,
      ),
    );
  });
});
