import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { catalog } from '../../src/run.ts';
import { withBash } from '../kit/bash.ts';
import { atEnd, concurrentSuite } from '../kit/suite.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { type Scene, startScene } from '../sandbox/scene/scene.ts';

/** With an address that the demo has; what does not end gets Ctrl-C once it has printed something. */
function playable(line: string, { kubelets }: Sandbox): string {
  const command = line
    .replace('10.0.0.5', `127.0.0.1:${kubelets[0]?.port}`)
    .replace('kubectl logs web 2>&1 |', '(kubectl logs web || true) 2>&1 |')
    // Local ports may be in use here.
    .replace(/( port-forward \S+) (?:\d+:)?(\d+)/, '$1 :$2');
  if (!isEndless(line)) return command;
  return `${command} > "$HOME/out" 2>&1 & until test -s "$HOME/out"; do sleep 0.05; done
    kill -INT $!; code=0; wait $! || code=$?; cat "$HOME/out"; test $code = 130`;
}

const isEndless = (line: string) => /logs .* -f\b| --watch\b| port-forward | attach /.test(line);

const examples = (await catalog.all())
  // Its tests install it, in real shells.
  .filter(({ name }) => name !== 'completion')
  .flatMap((command) => command.examples.map(([, line]) => ({ name: command.name, line })));

const metricsServer = 'serviceaccount:kube-system:metrics-server';

/**
 * Of the five nodes one is stopped, and one has a certificate that nobody trusts: what asks all of them says so (4), or finds it (3).
 * audit cannot complete its checks (1).
 */
const codesOf = (name: string) => (name === 'audit' ? [0, 1, 3] : [0, 3, 4]);

const grants = [
  ['grant'],
  ['grant', '--profile', 'metrics', '--subject', metricsServer],
  ['grant', '--profile', 'stats', '--subject', 'user:jane'],
];

async function startGranted(): Promise<Scene> {
  const scene = await startScene({ minor: 37 });
  for (const args of grants) await scene.tool(args);
  await sleep(scene.sandbox.cacheMs.denied);
  return scene;
}

const shared = await startGranted();
atEnd(() => shared.stop());

/** Examples of what writes have a cluster of their own. */
async function inScene(name: string, use: (scene: Scene) => Promise<void>): Promise<void> {
  if (!['grant', 'revoke', 'narrow'].includes(name)) return use(shared);
  const scene = await (name === 'grant' ? startScene({ minor: 37 }) : startGranted());
  try {
    await use(scene);
  } finally {
    await scene.stop();
  }
}

concurrentSuite('the examples of help, typed in the demo', (test) => {
  for (const { name, line } of examples)
    test(`work: ${line}`, () =>
      inScene(name, ({ kubeconfig, folder, sandbox }) =>
        withBash(kubeconfig, async (bash) => {
          const { code, stdout, stderr } = await bash(`cd '${folder}'\n${playable(line, sandbox)}`);
          assert.ok(codesOf(name).includes(code), `exit ${code}: ${stdout}${stderr}`);
          if (line.includes(' port-forward ')) assert.match(stdout, 'Forwarding from 127.0.0.1:');
        }),
      ));
});
