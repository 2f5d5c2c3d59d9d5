import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import * as assert from 'uvu/assert';
import { run } from '../../../src/run.ts';
import { concurrentSuite } from '../../kit/suite.ts';
import { nowhere } from '../../kit/temporary.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';
import { formatEntry } from '../../sandbox/log-query.ts';
import type { NodeLogs } from '../../sandbox/node-logs.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

const nowUs = Math.floor(Date.now() / 1000) * 1_000_000;

const rules = [{ apiGroups: [''], resources: ['nodes/log', 'nodes/proxy'], verbs: ['get'] }];

function logsOf({ kubelets }: Sandbox, number = 1): NodeLogs {
  const logs = kubelets[number - 1]?.logs;
  if (!logs) throw new Error(`no node-${number}`);
  return logs;
}

interface Follow {
  text(): string;
  errors(): string;
  until(check: () => boolean): Promise<void>;
  interrupt(): void;
  readonly code: Promise<number>;
}

/** Runs the program while `use` changes logs. */
async function follow(
  sandbox: Sandbox,
  args: readonly string[],
  use: (follow: Follow) => Promise<void>,
): Promise<void> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const into = (chunks: Buffer[]) =>
    new Writable({
      write(chunk: Buffer, _, done) {
        chunks.push(Buffer.from(chunk));
        done();
      },
    });
  const stop = new AbortController();
  const code = run(['curl', ...args], {
    env: { KUBECONFIG: sandbox.kubeconfigs.admin },
    stdin: new PassThrough().end(),
    stdout: into(out),
    stderr: into(err),
    colorDepth: 1,
    cwd: nowhere,
    signal: stop.signal,
  });
  const text = () => Buffer.concat(out).toString('utf8');
  const errors = () => Buffer.concat(err).toString('utf8');
  try {
    await use({
      text,
      errors,
      until: async (check) => {
        for (let turn = 0; !check(); turn += 1) {
          if (turn > 1500) throw new Error(`stdout: ${text()}\nstderr: ${errors()}`);
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      },
      interrupt: () => stop.abort(),
      code,
    });
  } finally {
    stop.abort();
    await code;
  }
}

concurrentSuite('curl: logs of one node', (test) => {
  test('a query by options, with times to the second', () =>
    withSandbox(async (sandbox, tool) => {
      const { journal } = logsOf(sandbox);
      for (const age of [3600, 60, 0])
        journal.push({ atUs: nowUs - age * 1e6, unit: 'kubelet', message: `${age} ago` });
      const { code, stdout } = await tool(
        'curl logs --node node-1 --unit kubelet --since 10m --pattern=ago --boot 0'.split(' '),
      );
      assert.is(code, 0);
      assert.is(stdout, journal.slice(1).map(formatEntry).join(''));
      assert.match(
        sandbox.kubelets[0]?.requests.at(-1) ?? '',
        /^GET \/logs\/\?query=kubelet&sinceTime=\d{4}-\d\d-\d\dT\d\d%3A\d\d%3A\d\dZ&pattern=ago&boot=0$/,
      );
    }));

  for (const via of ['direct', 'apiserver'])
    test(`what a kubelet says in a 200 is a failure, with queries on and off (${via})`, () =>
      withSandbox(async (sandbox, tool) => {
        allow(sandbox, 'Kubernetes', rules);
        const args = ['curl', 'logs', '--unit', 'kubelet', '--node', 'node-1', '--via', via];
        const none = await tool(args);
        assert.equal([none.code, none.stdout], [1, '']);
        assert.match(
          none.stderr,
          /^error: the kubelet of node-1 .*could not answer GET \/logs\/\?query=kubelet: log not found for kubelet\n$/,
        );
        logsOf(sandbox).isQueryOn = false;
        const off = await tool(args);
        assert.equal([off.code, off.stdout], [1, '']);
        assert.match(
          off.stderr,
          /^error: the kubelet of node-1 .* ignores log queries: .*\nwhy: .*\nremedy: set enableSystemLogHandler and enableSystemLogQuery to true .*NodeLogQuery\nhint: /,
        );
        const raw = await tool(['curl', '/logs/?query=kubelet', '--node', 'node-1', '--via', via]);
        assert.match(raw.stdout, /^<!doctype html>\n/);
      }));

  test('options where the service logs to a file: the file is named', () =>
    withSandbox(async (sandbox, tool) => {
      writeFileSync(join(logsOf(sandbox).folder, 'app.log'), 'a line\n');
      const whole = await tool('curl logs --unit app --node node-1'.split(' '));
      assert.equal([whole.code, whole.stdout], [0, 'a line\n']);
      const { code, stdout, stderr } = await tool(
        'curl logs --unit app --tail 1 --node node-1'.split(' '),
      );
      assert.equal([code, stdout], [1, '']);
      assert.match(stderr, /options present and query resolved to log files for \[app\]\nwhy: /);
      assert.match(stderr, /\nhint: .*curl \/logs\/app\.log --tail 100/);
    }));

  test('the last lines of a file', () =>
    withSandbox(async (sandbox, tool) => {
      writeFileSync(join(logsOf(sandbox).folder, 'app.log'), 'a\nb\nc\n');
      for (const [tail, expected] of [
        ['2', 'b\nc\n'],
        ['0', ''],
        ['-1', 'a\nb\nc\n'],
      ]) {
        const { code, stdout } = await tool([
          ...['curl', '/logs/app.log', `--tail=${tail}`, '--node', 'node-1'],
        ]);
        assert.equal([code, stdout], [0, expected]);
      }
    }));

  test('follows a file through a rotation, until it is interrupted: 130', () =>
    withSandbox((sandbox) => {
      const path = (name: string) => join(logsOf(sandbox).folder, name);
      writeFileSync(path('app.log'), 'one\n');
      return follow(
        sandbox,
        ['/logs/app.log', '-f', '--node', 'node-1'],
        async ({ until, text, errors, interrupt, code }) => {
          await until(() => text() === 'one\n');
          appendFileSync(path('app.log'), 'two\n');
          renameSync(path('app.log'), path('app.log.1'));
          writeFileSync(path('app.log'), 'three\n');
          await until(() => text() === 'one\ntwo\nthree\n');
          interrupt();
          assert.is(await code, 130);
          assert.is(
            errors(),
            'note: /logs/app.log was rotated: /logs/app.log.1 is read to its end\n',
          );
        },
      );
    }));

  for (const via of ['direct', 'apiserver'])
    test(`follows the log of a container until it ends (${via})`, () =>
      withSandbox((sandbox) => {
        allow(sandbox, 'Kubernetes', rules);
        return follow(
          sandbox,
          ['containerLogs', '--pod', 'web', '--follow', '--tail', '1', '--via', via],
          async ({ until, text, errors, code }) => {
            await until(() => text() === 'hello from web\n');
            logsOf(sandbox).web.append('more');
            await until(() => text() === 'hello from web\nmore\n');
            logsOf(sandbox).web.end();
            assert.is(await code, 0);
            assert.is(errors(), 'note: the log ended: its container has exited, or was replaced\n');
          },
        );
      }));

  test('the log of a container by options', () =>
    withSandbox(async (sandbox, tool) => {
      const args = ['curl', 'containerLogs', '--pod', 'web'];
      const stamped = await tool([...args, '--timestamps', '--since', '90s']);
      assert.match(stamped.stdout, /^\d{4}-\S+Z hello from web\n$/);
      assert.is(
        sandbox.kubelets[0]?.requests.at(-1),
        'GET /containerLogs/default/web/web?timestamps=true&sinceSeconds=90',
      );
      const previous = await tool([...args, '--previous']);
      assert.is(previous.code, 1);
      assert.match(previous.stderr, /with 400: previous terminated container "web"/);
    }));
});

concurrentSuite('curl: logs of many nodes', (test) => {
  test('follows all, each line behind its node; one that fails does not end the others', () =>
    withSandbox({ nodes: ['none', 'none', 'unauthorized'] }, (sandbox) => {
      const path = (number: number) => join(logsOf(sandbox, number).folder, 'app.log');
      for (const number of [1, 2]) writeFileSync(path(number), `start ${number}\n`);
      return follow(
        sandbox,
        ['/logs/app.log', '--follow', '--all'],
        async ({ until, text, errors, interrupt, code }) => {
          await until(
            () => text().includes('node-1 start 1\n') && text().includes('node-2 start 2\n'),
          );
          await until(() => errors().includes('warning: no longer followed: '));
          appendFileSync(path(2), 'half');
          await new Promise((resolve) => setTimeout(resolve, 1500));
          appendFileSync(path(1), 'two\n');
          await until(() => text().includes('node-1 two\n'));
          assert.not.match(text(), 'half');
          appendFileSync(path(2), ' of it\n');
          await until(() => text().includes('node-2 half of it\n'));
          interrupt();
          assert.is(await code, 130);
        },
      );
    }));

  test('ends if all have failed, or the first with --fail-fast', () =>
    withSandbox({ nodes: ['none', 'unauthorized'] }, async (sandbox, tool) => {
      const args = ['curl', '/logs/app.log', '--follow', '--all'];
      const all = await tool(args);
      assert.is(all.code, 1);
      assert.match(all.stderr, /\n0 of 2 nodes answered; .*\n$/);
      writeFileSync(join(logsOf(sandbox).folder, 'app.log'), '');
      const first = await tool([...args, '--fail-fast']);
      assert.is(first.code, 4);
      assert.match(first.stderr, /\n1 of 2 nodes answered; 1 denied\n$/);
    }));

  test('once: a failure in a 200 is one of a node', () =>
    withSandbox(async (sandbox, tool) => {
      logsOf(sandbox, 2).journal.push({ atUs: nowUs, unit: 'kubelet', message: 'hello' });
      const { code, stdout, stderr } = await tool('curl logs --unit kubelet --all'.split(' '));
      assert.is(code, 4);
      assert.match(stdout, /^node-2 .*hello\n$/);
      assert.match(stderr, /log not found for kubelet\n.*1 of 2 nodes answered; 1 failed\n$/s);
    }));

  test('more nodes than --parallel are not followed', () =>
    withSandbox(async (_, tool) => {
      const { code, stderr } = await tool('curl /logs/x -f --all --parallel 1'.split(' '));
      assert.is(code, 2);
      assert.is(
        stderr.split('\n', 2).join('\n'),
        'error: --follow needs all nodes at once: 2 are more than --parallel 1\nhint: re-run with --parallel 2',
      );
    }));

  test('what never ends has no whole result', () =>
    withSandbox(async (_, tool) => {
      for (const [more, words] of [
        ['-o json', '--output json'],
        ['-o ndjson', '--output ndjson'],
        ['--output-dir x', '--output-dir'],
        ['--show-headers', '--show-headers'],
        ['--max-time 5', '--max-time'],
        ['--retry 5', '--retry'],
        ['--template {node}', '--template without {line}'],
      ] as const) {
        const { code, stderr } = await tool(`curl /logs/x -f --all ${more}`.split(' '));
        assert.is(code, 2);
        assert.match(stderr, `error: --follow and ${words} cannot be used together\n`);
      }
    }));
});
