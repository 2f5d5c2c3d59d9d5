import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import type { WebSocket } from 'ws';
import { executable } from '../../scripts/paths.ts';
import { concurrentSuite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { withSandbox } from '../kit/with-sandbox.ts';
import { send } from '../sandbox/streams.ts';

function flood(socket: WebSocket): void {
  const timer = setInterval(() => {
    if (socket.bufferedAmount < 1_000_000) send(socket, 'stdout', 'x'.repeat(30_000));
  }, 1);
  socket.on('close', () => clearInterval(timer));
}

async function contentOf(file: string): Promise<string> {
  for (let turn = 0; turn < 2000; turn += 1) {
    if (existsSync(file) && readFileSync(file, 'utf8') !== '') return readFileSync(file, 'utf8');
    await sleep(10);
  }
  throw new Error(`nothing was written to ${file}`);
}

concurrentSuite('exec on a terminal without a reader', (test) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)
    if (process.platform !== 'linux') test.skip(signal, "needs Linux's script");
    else
      test(`ends on ${signal} and restores the terminal`, () =>
        withSandbox(({ kubelets, kubeconfigs }) =>
          withFiles({}, async (folder) => {
            Object.assign(kubelets[0]?.streams ?? {}, { end: flood });
            const file = (name: string) => join(folder, name);
            // The program `script` stops reading from the terminal when its own output is no longer read.
            writeFileSync(
              file('session'),
              `stty -a > before
sh -c 'echo $$ > pid; exec "${executable}" exec web -it --allow-exec -- sh'
echo $? > code
stty -a > after.part && mv after.part after
`,
            );
            const child = spawn('script', ['-qc', `sh ${file('session')}`, '/dev/null'], {
              cwd: folder,
              env: { PATH: '/usr/bin:/bin', HOME: folder, KUBECONFIG: kubeconfigs.admin },
              stdio: ['pipe', 'pipe', 'ignore'],
            });
            try {
              const pid = Number(await contentOf(file('pid')));
              // Waits until all buffers between the kubelet and the terminal are full.
              while (child.stdout.readableLength === 0) await sleep(10);
              await sleep(500);
              process.kill(pid, signal);
              assert.is(await contentOf(file('after')), readFileSync(file('before'), 'utf8'));
              assert.is(readFileSync(file('code'), 'utf8').trim(), '130');
            } finally {
              child.kill('SIGKILL');
            }
          }),
        ));
});
