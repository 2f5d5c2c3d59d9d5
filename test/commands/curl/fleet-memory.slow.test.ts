import * as assert from 'uvu/assert';
import { type Script, withScriptedKubelets } from '../../kit/scripted-kubelet.ts';
import { concurrentSuite } from '../../kit/suite.ts';

concurrentSuite(
  'curl to several nodes whose bodies are together larger than memory may be',
  (test) => {
    // The slow one loses its place, and the others, which wait for it, must not keep all places.
    for (const format of ['json', 'ndjson'])
      test(`has all of them whole, also where a node is slow (${format})`, () => {
        const body = (index: number) => `${index}`.repeat(20_000_000);
        const scripts = [1, 2, 3, 4].map(
          (index): Script =>
            (_, response) => {
              setTimeout(() => response.end(body(index)), index === 1 ? 3500 : 0);
            },
        );
        return withScriptedKubelets(scripts, async ({ curl }) => {
          const { code, stdout, stderr } = await curl([
            ...['healthz', '--all', '-o', format, '--parallel', '2', '--timeout', '10m'],
          ]);
          assert.is(code, 0, stderr);
          for (const index of [1, 2, 3, 4]) assert.ok(stdout.includes(`"body":"${body(index)}"`));
        });
      });
  },
);
