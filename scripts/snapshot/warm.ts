// Runs requests without a network during the build, so that the snapshot contains their compiled code.
import { Writable } from 'node:stream';
import type { World } from '../../src/context.ts';
import { run } from '../../src/run.ts';
import { kubeconfig, node, replaceNetwork } from './no-network.ts';

/** Runs, once, the code that most commands need. Uses neither files nor the network. */
export async function warm(): Promise<void> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const world: World = {
    // No file can be created below /dev/null.
    env: { KUBECONFIG: '/kubeconfig', XDG_CACHE_HOME: '/dev/null' },
    get stdin(): never {
      throw new Error('not read here');
    },
    stdout: nowhere,
    stderr: nowhere,
    colorDepth: 1,
    cwd: '/',
    signal: new AbortController().signal,
    pipes: new Map([['/kubeconfig', Buffer.from(kubeconfig)]]),
  };
  const goBack = replaceNetwork((request) => ({
    body: request.startsWith('GET /api/') ? node : 'ok',
  }));
  try {
    const code = await run(['curl', '/healthz', '--node', 'a'], world);
    if (code !== 0) throw new Error(`the warm-up ended with ${code}`);
    await run(['version'], world);
    // Waits for a timer. Until a timer fires, Node stores the time of the next timer. This time would make each snapshot different.
    await new Promise((resolve) => setTimeout(resolve, 1));
  } finally {
    goBack();
  }
}
