import * as assert from 'uvu/assert';
import { type Script, withScriptedKubelets } from '../../kit/scripted-kubelet.ts';
import { concurrentSuite } from '../../kit/suite.ts';

concurrentSuite('curl to several nodes whose bodies together exceed the memory limit', (test) => {
  // The slow node loses its slot while it waits. It gets a slot again only if the nodes that wait for its result give up theirs.
  for (const format of ['json', 'ndjson'])
    test(`prints all bodies whole, even if a node is slow (${format})`, () => {
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
});
