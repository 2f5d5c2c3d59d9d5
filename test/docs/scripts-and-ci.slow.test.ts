import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import * as assert from 'uvu/assert';
import { docs } from '../../scripts/docs.ts';
import { root } from '../../scripts/paths.ts';
import { type Bash, withBash } from '../kit/bash.ts';
import { concurrentSuite } from '../kit/suite.ts';
import { sandboxWorld } from '../sandbox/world.ts';

interface Workflow {
  readonly jobs: { readonly audit: { readonly steps: readonly Step[] } };
}

interface Step {
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}

const text = readFileSync(join(docs, 'scripts-and-ci.md'), 'utf8');
const blocks = (language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, block = '']) => block,
  );

async function withWorld(
  use: (bash: Bash, folder: string, kubeconfig: string) => Promise<void>,
): Promise<void> {
  const world = await sandboxWorld(37);
  const { kubeconfig } = world;
  try {
    await withBash(kubeconfig, (bash, folder) => use(bash, folder, kubeconfig));
  } finally {
    await world.stop();
  }
}

concurrentSuite('docs/scripts-and-ci.md', (test) => {
  for (const script of blocks('sh'))
    test(`has a script that works and ends with: ${script.trim().split('\n').at(-1)}`, () =>
      withWorld(async (bash) => {
        const { code, stdout, stderr } = await bash(script);
        assert.is(code, 0, stdout + stderr);
      }));

  test('pins actions to the same commits as our workflows', () => {
    const uses = [...text.matchAll(/uses: (.*)/g)].map(([, action = '']) => action);
    assert.is(uses.length, 1);
    const own = readFileSync(join(root, '.github/workflows/ci.yml'), 'utf8');
    for (const action of uses) {
      assert.match(action, /^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      const [name = ''] = action.split('@');
      if (own.includes(`uses: ${name}@`)) assert.ok(own.includes(`uses: ${action}`), action);
    }
  });

  test('has a workflow that puts the findings of audit into its summary, and then fails if there are findings', () =>
    withWorld(async (bash, folder, kubeconfig) => {
      const { steps } = (load(blocks('yaml')[0] ?? '') as Workflow).jobs.audit;
      const [write, audit, verdict] = steps.filter(({ run }) => run !== undefined);
      const given = {
        RUNNER_TEMP: folder,
        GITHUB_ENV: join(folder, 'env'),
        GITHUB_OUTPUT: join(folder, 'output'),
        GITHUB_STEP_SUMMARY: join(folder, 'summary'),
        DATA: readFileSync(kubeconfig, 'utf8'),
      };
      await bash(write?.run ?? '', given);
      const [, KUBECONFIG = ''] = readFileSync(given.GITHUB_ENV, 'utf8').trim().split('=');
      assert.is(readFileSync(KUBECONFIG, 'utf8'), given.DATA);

      const { code, stderr } = await bash(audit?.run ?? '', { ...given, KUBECONFIG });
      assert.is(code, 0, stderr);
      assert.match(readFileSync(given.GITHUB_STEP_SUMMARY, 'utf8'), /^# /);
      assert.is(readFileSync(given.GITHUB_OUTPUT, 'utf8'), 'code=0\n');
      assert.is((await bash(verdict?.run ?? '', { KUBECONFIG, CODE: '3' })).code, 3);
    }));
});
