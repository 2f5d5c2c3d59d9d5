import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { docs } from '../../scripts/docs.ts';
import { catalog } from '../../src/run.ts';
import { textOf } from '../contract/rbac.ts';
import { withBash } from '../kit/bash.ts';
import { atEnd, concurrentSuite } from '../kit/suite.ts';
import { type Result, type Running, runTool, startTool } from '../kit/tool.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { type Scene, startScene } from '../sandbox/scene/scene.ts';

/** Adapts a command line to the demo: replaces the kubelet's address, local ports and times. */
const playable = (line: string, { kubelets }: Sandbox) =>
  line
    // The sandbox's API server does not support admission policies. The cluster suite tests the complete line.
    .replace(/( policy.*) \| kubectl apply -f -/, '$1')
    .replace('10.0.0.5', `127.0.0.1:${kubelets[0]?.port}`)
    .replace('kubectl logs web 2>&1 |', '(kubectl logs web || true) 2>&1 |')
    .replace('--rate=60s', '--rate=1s')
    // The local ports of the examples may be in use.
    .replace(/( port-forward \S+) (?:\d+:)?(\d+)/, '$1 :$2');

/** Runs an example in this process, or in bash if it needs a shell. If the command never ends, interrupts it after its first output. */
async function type(line: string, { kubeconfig, folder, sandbox }: Scene): Promise<Result> {
  const command = playable(line, sandbox);
  const words = /^kubectl kubeletaccess ([^|<>$&;*'"\\]*)$/.exec(command)?.[1]?.split(' ');
  const env = { KUBECONFIG: kubeconfig };
  if (words && !isEndless(line)) return runTool(words, { env, cwd: folder });
  if (words) {
    const running = startTool(words, { env, cwd: folder });
    await Promise.race([waitForOutput(running), running.result]);
    running.interrupt();
    const result = await running.result;
    assert.is(result.code, 130, textOf(result));
    return { ...result, code: 0 };
  }
  return withBash(kubeconfig, (bash) => bash(`cd '${folder}'\n${command}`));
}

async function waitForOutput({ stdout, stderr }: Running): Promise<void> {
  for (let turn = 0; turn < 3000 && stdout() + stderr() === ''; turn += 1) await sleep(20);
}

const isEndless = (line: string) => /logs .* -f\b| --watch\b| port-forward | attach /.test(line);

const examples = (await catalog.all())
  // Skips the examples of completion, because the tests of completion run them in real shells.
  .filter(({ name }) => name !== 'completion')
  .flatMap((command) => command.examples.map(([, line]) => ({ name: command.name, line })));

const metricsServer = 'serviceaccount:kube-system:metrics-server';

/** Expected exit codes. 4: one of the five nodes is stopped. 3: one node has an untrusted certificate. */
const codes = [0, 3, 4];

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

/** Starts a cluster for each example of grant, revoke and narrow, because these commands write. Other examples share one cluster. */
async function inScene(name: string, use: (scene: Scene) => Promise<void>): Promise<void> {
  if (!['grant', 'revoke', 'narrow'].includes(name)) return use(shared);
  const scene = await (name === 'grant' ? startScene({ minor: 37 }) : startGranted());
  try {
    await use(scene);
  } finally {
    await scene.stop();
  }
}

concurrentSuite('examples of help in the demo', (test) => {
  for (const { name, line } of examples)
    test(`work: ${line}`, () =>
      inScene(name, async (scene) => {
        const result = await type(line, scene);
        assert.ok(codes.includes(result.code), textOf(result));
        if (line.includes(' port-forward '))
          assert.match(result.stdout, 'Forwarding from 127.0.0.1:');
      }));
});

concurrentSuite('docs/README.md', (test) => {
  test('has commands that work in the order of the page', async () => {
    const page = readFileSync(join(docs, 'README.md'), 'utf8');
    const lines = [...page.matchAll(/`(kubectl [^`]*\bkubeletaccess [^`]+)`/g)];
    assert.ok(lines.length > 30);
    const scene = await startGranted();
    try {
      for (const [, inText = ''] of lines) {
        const line = inText.replaceAll('\\|', '|');
        const result = await type(line, scene);
        assert.ok(codes.includes(result.code), `${line}\n${textOf(result)}`);
      }
    } finally {
      await scene.stop();
    }
  });
});
