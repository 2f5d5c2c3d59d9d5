import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import type { Running } from '../kit/tool.ts';
import { succeed, textOf } from './rbac.ts';
import type { World } from './world.ts';

/** The logs of node-1. */
export interface LogsWorld {
  /** The path of the node's /var/log on this machine. */
  readonly varLog: string;
  readonly kubeconfig: string;
  /** A running pod with one container, which writes `hello from web` when it starts. */
  readonly pod: string;
  say(text: string): Promise<unknown>;
  end(): Promise<unknown>;
  /** Runs `use` while the kubelet has log queries off; restarts the kubelet for it if necessary. */
  withQueriesOff(use: () => Promise<void>): Promise<void>;
}

export function logs(world: World, logsWorld: LogsWorld): void {
  const folder = join(logsWorld.varLog, 'kubeletaccess');
  const path = (name: string) => join(folder, name);
  const node = ['--node', 'node-1'];

  /** Follows a log while `use` writes, then sends Ctrl-C. The program then exits with 130, unless it has already ended. */
  const following = async (
    args: readonly string[],
    use: (until: (text: string) => Promise<void>, running: Running) => Promise<void>,
  ) => {
    const running = world.start(args, logsWorld.kubeconfig);
    try {
      await use(async (text) => {
        for (let turn = 0; running.stdout() !== text; turn += 1) {
          if (turn > 300)
            throw new Error(`stdout: ${running.stdout()}\nstderr: ${running.stderr()}`);
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }, running);
    } finally {
      running.interrupt();
    }
    return running.result;
  };

  /** Waits for the first output. Throws if the program ends without output. */
  const begun = async (running: Running) => {
    let hasEnded = false;
    void running.result.then(() => {
      hasEnded = true;
    });
    while (running.stdout() === '') {
      if (hasEnded) throw new Error(textOf(await running.result));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  suite(`${world.title}: logs`, (test) => {
    test('grant gives kube-apiserver the permissions for these tests', async () => {
      await succeed(world, ['grant', '--wait']);
    });

    for (const via of ['direct', 'apiserver'] as const)
      test(`a file is followed through every kind of rotation (${via})`, async () => {
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(folder);
        writeFileSync(path('a b.log'), 'zero\none\n');
        const file = ['--path', 'kubeletaccess/a b.log', '-f', '--tail', '1'];
        const args = ['node-logs', ...file, ...node, '--via', via];
        const result = await following(args, async (until, running) => {
          await until('one\n').catch(async () => {
            // The output shows whether the kubelet still denies the request from its cache.
            throw new Error(textOf(await running.result));
          });
          let shown = 'one\n';
          const write = async (line: string) => {
            appendFileSync(path('a b.log'), line);
            shown += line;
            await until(shown);
          };
          await write('two\n');
          // The kubelet and logrotate rename a file, to which the writer continues to write for a while.
          appendFileSync(path('a b.log'), 'three\n');
          renameSync(path('a b.log'), path('a b.log.1'));
          appendFileSync(path('a b.log.1'), 'four\n');
          shown += 'three\nfour\n';
          await write('five\n');
          // logrotate with copytruncate copies the file and truncates it.
          appendFileSync(path('a b.log'), 'six\n');
          renameSync(path('a b.log.1'), path('a b.log.2'));
          copyFileSync(path('a b.log'), path('a b.log.1'));
          truncateSync(path('a b.log'));
          shown += 'six\n';
          await write('a line that is longer than all before it\n');
          // logrotate can also compress the file at once, without a copy in plain text.
          appendFileSync(path('a b.log'), 'eight\n');
          writeFileSync(
            path('a b.log-20260102.gz'),
            gzipSync('a line that is longer than all before it\neight\n'),
          );
          rmSync(path('a b.log'));
          shown += 'eight\n';
          await write('nine\n');
        });
        assert.is(result.code, 130, textOf(result));
        assert.is(result.stderr.split('is read to its end\n').length, 4, textOf(result));
        rmSync(folder, { recursive: true });
      });

    test('node-logs prints the last lines of a file, and the names in a folder', async () => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(path('x?y:z.log'), 'one\ntwo\nthree\n');
      const file = ['node-logs', ...node, '--path', '/var/log/kubeletaccess/x?y:z.log'];
      const tail = await world.tool([...file, '--tail', '2']);
      assert.equal([tail.code, tail.stdout], [0, 'two\nthree\n'], textOf(tail));
      const none = await world.tool([...file, '--tail', '0']);
      assert.equal([none.code, none.stdout], [0, ''], textOf(none));
      const html = await world.tool(['curl', '/logs/kubeletaccess/', ...node]);
      assert.is(
        html.stdout,
        '<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n<a href="./x%3Fy:z.log">x?y:z.log</a>\n</pre>\n',
      );
      for (const folder of ['kubeletaccess/', 'kubeletaccess']) {
        const list = await world.tool(['node-logs', 'node-1', '--path', folder]);
        assert.equal([list.code, list.stdout], [0, 'x?y:z.log\n'], textOf(list));
      }
    });

    for (const via of ['direct', 'apiserver'])
      test(`a failed query is an error although the kubelet answers 200 (${via})`, async () => {
        writeFileSync(join(logsWorld.varLog, 'kubeletaccess-app.log'), 'a line\n');
        const query = (...args: string[]) =>
          world.tool(['node-logs', '--unit', ...args, ...node, '--via', via]);
        const file = await query('kubeletaccess-app');
        assert.equal([file.code, file.stdout], [0, 'a line\n'], textOf(file));
        const none = await query('kubeletaccess-none');
        assert.equal([none.code, none.stdout], [1, ''], textOf(none));
        assert.match(none.stderr, /: log not found for kubeletaccess-none\n/);
        const options = await query('kubeletaccess-app', '--since', '5m');
        assert.equal([options.code, options.stdout], [1, ''], textOf(options));
        assert.match(
          options.stderr,
          /query resolved to log files for \[kubeletaccess-app\]\nwhy: /,
        );
        rmSync(join(logsWorld.varLog, 'kubeletaccess-app.log'));
      });

    test('a rejected query is reported with the message of the kubelet', async () => {
      const { code, stderr } = await world.tool([
        ...['node-logs', '--unit', 'x', '--grep', '(', ...node],
      ]);
      assert.is(code, 1);
      assert.match(stderr, / with 406: pattern: Invalid value: "\(": error parsing regexp: /);
    });

    for (const via of ['direct', 'apiserver'])
      test(`the log of a container is followed (${via})`, async () => {
        const args = ['logs', logsWorld.pod, '-f', '--tail', '1', '--via', via];
        let first = '';
        const result = await following(args, async (until, running) => {
          await begun(running);
          first = running.stdout();
          await logsWorld.say(`said-${via}`);
          await until(`${first}said-${via}\n`);
        });
        assert.is(result.code, 130, textOf(result));
      });

    test('the error names the needed settings if log queries are disabled', () =>
      logsWorld.withQueriesOff(async () => {
        for (const via of ['direct', 'apiserver']) {
          const args = ['node-logs', '--unit', 'kubelet', ...node, '--via', via];
          for (const more of [[], ['--follow'], ['--tail', '5']]) {
            const { code, stdout, stderr } = await world.tool([...args, ...more]);
            assert.equal([code, stdout], [1, ''], stderr);
            assert.match(
              stderr,
              /ignores log queries: .*\nwhy: .*\nremedy: set enableSystemLogHandler and enableSystemLogQuery to true/,
            );
          }
        }
      }));

    test('logs -f exits with 0 when the container ends', async () => {
      const args = ['logs', logsWorld.pod, '-f'];
      const result = await following(args, async (_, running) => {
        await begun(running);
        await logsWorld.end();
        await running.result;
      });
      assert.is(result.code, 0, textOf(result));
      assert.match(result.stdout, 'hello from web\nsaid-direct\nsaid-apiserver\n');
      assert.match(result.stderr, 'note: the log of ');
    });

    test('revoke removes the permissions for these tests', async () => {
      await succeed(world, ['revoke']);
    });
  });
}
