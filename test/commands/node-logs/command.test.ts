import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { follow } from '../../kit/follow.ts';
import { label, rule } from '../../kit/rbac.ts';
import { type Script, withScriptedKubelet } from '../../kit/scripted-kubelet.ts';
import { suite } from '../../kit/suite.ts';
import { checkFailure } from '../../kit/tool.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';
import { formatEntry } from '../../sandbox/log-query.ts';
import type { NodeLogs } from '../../sandbox/node-logs.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

inVirtualTime();

const nowUs = Math.floor(Date.now() / 1000) * 1_000_000;

const rules = [rule('nodes/log,nodes/proxy')];

function logsOf({ kubelets }: Sandbox, number = 1): NodeLogs {
  const logs = kubelets[number - 1]?.logs;
  if (!logs) throw new Error(`no node-${number}`);
  return logs;
}

/** Returns a journal entry of the unit kubelet. */
const said = (message: string, ageSeconds = 0) => ({
  ...{ atUs: nowUs - ageSeconds * 1_000_000, unit: 'kubelet', message },
});

const write = (sandbox: Sandbox, name: string, content: string, number = 1) =>
  writeFileSync(join(logsOf(sandbox, number).folder, name), content);

const requestsOf = ({ kubelets }: Sandbox, number = 1) => kubelets[number - 1]?.requests ?? [];

suite('node-logs: one node', (test) => {
  test('prints the journal entries that options select, and sends times in whole seconds', () =>
    withSandbox(async (sandbox, tool) => {
      const { journal } = logsOf(sandbox);
      journal.push(said('3600 ago', 3600), said('60 ago', 60), said('0 ago'));
      const { code, stdout } = await tool(
        'node-logs node-1 --unit kubelet --since 10m --grep=ago --boot 0',
      );
      assert.is(code, 0);
      assert.is(stdout, journal.slice(1).map(formatEntry).join(''));
      assert.match(
        requestsOf(sandbox).at(-1) ?? '',
        /^GET \/logs\/\?query=kubelet&sinceTime=\d{4}-\d\d-\d\dT\d\d%3A\d\d%3A\d\dZ&pattern=ago&boot=0$/,
      );
    }));

  test('reports on stderr that no entries match, for one node and for several nodes', () =>
    withSandbox(async (sandbox, tool) => {
      for (const number of [1, 2]) logsOf(sandbox, number).journal.push(said('x'));
      for (const [nodes, words] of [
        ['node-1', 'note: node-1 has no such entries\n'],
        ['node-1,node-2', 'note: node-1, node-2 have no such entries\n'],
      ] as const) {
        const { code, stdout, stderr } = await tool(`node-logs ${nodes} -u kubelet -g nosuchword`);
        assert.equal([code, stdout], [0, ''], stderr);
        assert.ok(stderr.startsWith(words), stderr);
      }
    }));

  for (const via of ['direct', 'apiserver'])
    test(`fails if a response with status 200 contains an error, with log queries on and off (${via})`, () =>
      withSandbox(async (sandbox, tool) => {
        allow(sandbox, 'Kubernetes', rules);
        const args = ['node-logs', 'node-1', '-u', 'kubelet', '--via', via];
        const none = await tool(args);
        assert.equal([none.code, none.stdout], [1, '']);
        assert.match(
          none.stderr,
          /^error: the kubelet of node-1 .*could not answer GET \/logs\/\?query=kubelet: log not found for kubelet\nwhy: neither the journal of the node nor its \/var\/log has a log of kubelet: .*\nhint: on the node, find its log: ls -l \/proc\/\$\(pgrep -xo kubelet\)\/fd\/2\n$/,
        );
        logsOf(sandbox).isQueryOn = false;
        const off = await tool(args);
        assert.equal([off.code, off.stdout], [1, '']);
        assert.match(
          off.stderr,
          /^error: the kubelet of node-1 .* ignores log queries: .*\nwhy: .*\nremedy: set enableSystemLogHandler and enableSystemLogQuery to true .*NodeLogQuery\nhint: for a file under \/var\/log: --path FILE\n$/,
        );
        const raw = await tool(['curl', '/logs/?query=kubelet', '--node', 'node-1', '--via', via]);
        assert.match(raw.stdout, /^<!doctype html>\n/);
      }));

  test('names the log file of a service if the options apply only to the journal', () =>
    withSandbox(async (sandbox, tool) => {
      write(sandbox, 'app.log', 'a line\n');
      const whole = await tool('node-logs node-1 -u app');
      assert.equal([whole.code, whole.stdout], [0, 'a line\n']);
      const { code, stdout, stderr } = await tool('node-logs node-1 -u app --tail 1');
      assert.equal([code, stdout], [1, '']);
      assert.match(stderr, /options present and query resolved to log files for \[app\]\nwhy: /);
      assert.match(stderr, /\nhint: .*: --path app\.log --tail 100\n$/);
      const none = await tool('node-logs node-1 -u app -u nope --tail 1');
      assert.match(none.stderr, '--path app.log --tail 100\n');
      assert.match(none.stderr, 'nor its /var/log has a log of nope');
      assert.match(none.stderr, 'on the node, find its log: ls -l /proc/$(pgrep -xo nope)/fd/2\n');
      assert.not.match(none.stderr, '--path nope');
    }));

  test('prints a file, its last lines, and lines that match', () =>
    withSandbox(async (sandbox, tool) => {
      write(sandbox, 'app.log', 'a\nb\nc\n');
      for (const [more, expected] of [
        [[], 'a\nb\nc\n'],
        [['--tail=2'], 'b\nc\n'],
        [['--tail=0'], ''],
        [['--tail=-1'], 'a\nb\nc\n'],
      ] as const) {
        const { code, stdout } = await tool(['node-logs', 'node-1', '--path', 'app.log', ...more]);
        assert.equal([code, stdout], [0, expected]);
      }
      write(sandbox, 'app.log', 'ä one\nb\nä two\nc');
      for (const [more, expected] of [
        [['-g', '^ä'], 'ä one\nä two\n'],
        [['-g', '^[äc]', '--tail=2'], 'ä two\nc'],
        [['-g', 'none'], ''],
      ] as const) {
        const { code, stdout } = await tool(['node-logs', 'node-1', '--path', 'app.log', ...more]);
        assert.equal([code, stdout], [0, expected]);
      }
      const gone = await tool(['node-logs', 'node-1', '--path', 'nothing.log']);
      assert.equal([gone.code, gone.stdout], [1, '']);
      assert.match(
        gone.stderr,
        /GET \/logs\/nothing\.log with 404.*\nwhy: .*\nremedy: list the log files: kubectl kubeletaccess node-logs node-1\n$/,
      );
      const at = ['--kubelet-address', `127.0.0.1:${sandbox.kubelets[0]?.port}`];
      const absent = await tool(['node-logs', ...at, '--path', 'nothing.log']);
      assert.match(absent.stderr, `: kubectl kubeletaccess node-logs ${at.join(' ')}\n`);
    }));

  test('follows matching lines of a file through a rotation and beyond --timeout, and exits with 130 on an interrupt', () =>
    withSandbox((sandbox) => {
      const path = (name: string) => join(logsOf(sandbox).folder, name);
      write(sandbox, 'app.log', 'one\n');
      const args = 'node-logs node-1 --path app.log -f --timeout 1s --grep ^[ot]'.split(' ');
      return follow(sandbox, args, async ({ until, stdout, interrupt, result }) => {
        await until(() => stdout() === 'one\n');
        await sleep(1500);
        appendFileSync(path('app.log'), 'two\n');
        renameSync(path('app.log'), path('app.log.1'));
        write(sandbox, 'app.log', 'four\nthree\n');
        await until(() => stdout() === 'one\ntwo\nthree\n');
        interrupt();
        const { code, stderr } = await result;
        assert.equal(
          [code, stderr],
          [130, 'note: /logs/app.log was rotated: /logs/app.log.1 is read to its end\n'],
        );
      });
    }));

  const endless: Script = (_, response) => {
    const timer = setInterval(() => response.write('a line\n'), 100);
    response.on('close', () => clearInterval(timer));
  };

  test('--timeout ends a journal that keeps sending lines', () =>
    withScriptedKubelet(endless, async ({ tool }) => {
      for (const source of [
        ['-u', 'kubelet'],
        ['--path', 'syslog'],
      ]) {
        const args = ['node-logs', 'node-1', ...source, '--timeout', '1s'];
        const { code, stdout, stderr } = await tool(args);
        assert.is(code, 1);
        assert.match(stdout, /^(?:a line\n)+/);
        assert.match(stderr, /: its answer did not end within \d+ s, after \d+ bytes\n/);
      }
    }));
});

suite('node-logs: a folder', (test) => {
  test('is printed as names, not as HTML, for one and for several nodes', () =>
    withSandbox({ nodes: ['none', 'none'] }, async (sandbox, tool) => {
      for (const number of [1, 2]) write(sandbox, `of-${number}.log`, '', number);
      const one = await tool(['node-logs', 'node-1']);
      assert.equal([one.code, one.stdout, one.stderr], [0, 'of-1.log\npods/\n', '']);
      const { code, stdout, stderr } = await tool(['node-logs']);
      assert.equal([code, stderr], [0, '2 of 2 nodes answered\n']);
      assert.equal(stdout.trimEnd().split('\n').sort(), [
        'node-1 of-1.log',
        'node-1 pods/',
        'node-2 of-2.log',
        'node-2 pods/',
      ]);
      const empty = await tool(['node-logs', 'node-1', '--path', 'pods/']);
      assert.equal([empty.code, empty.stdout], [0, '']);
    }));

  test('is printed with unchanged names, except that invisible characters are escaped', () =>
    withSandbox(async (sandbox, tool) => {
      const names = ['a b.log', 'a&b', "it's", 'q?u#x', 'x:y', '100%', 'é<i>.log', '"', '[{'];
      for (const name of [...names, 'esc\x1b[31m', 'line\nend', 'over\u202eride'])
        write(sandbox, name, '');
      allow(sandbox, 'Kubernetes', rules);
      const expected = [
        ...names,
        ...['esc\\x1b[31m', 'line\\x0aend', 'over\\u202eride', 'pods/'],
      ].sort();
      for (const via of ['direct', 'apiserver']) {
        const one = await tool(['node-logs', 'node-1', '--via', via]);
        assert.equal(one.stdout.trimEnd().split('\n').sort(), expected);
        const listed = await tool(['node-logs', '--shard', '1/1', '--via', via]);
        const own = listed.stdout.split('\n').filter((line) => line.startsWith('node-1 '));
        assert.equal(own.map((line) => line.slice('node-1 '.length)).sort(), expected);
      }
    }));

  for (const via of ['direct', 'apiserver'])
    test(`needs no trailing slash (${via})`, () =>
      withSandbox(async (sandbox, tool) => {
        allow(sandbox, 'Kubernetes', rules);
        for (const number of [1, 2]) {
          mkdirSync(join(logsOf(sandbox, number).folder, 'my app', 'old'), { recursive: true });
          write(sandbox, 'my app/0.log', '', number);
        }
        for (const path of ['my app', 'my app/', '/var/log/my app']) {
          const args = ['--path', path, '--via', via];
          const one = await tool(['node-logs', 'node-1', ...args]);
          assert.equal([one.code, one.stdout, one.stderr], [0, '0.log\nold/\n', '']);
          const all = await tool(['node-logs', ...args]);
          assert.equal([all.code, all.stderr], [0, '2 of 2 nodes answered\n']);
          assert.equal(all.stdout.trimEnd().split('\n').sort(), [
            'node-1 0.log',
            'node-1 old/',
            'node-2 0.log',
            'node-2 old/',
          ]);
        }
        assert.equal(requestsOf(sandbox).slice(0, 2), [
          'GET /logs/my%20app',
          'GET /logs/my%20app/',
        ]);
      }));

  test('cannot be used with --tail, and a file cannot be listed as a folder', () =>
    withSandbox(async (sandbox, tool) => {
      write(sandbox, "it's.log", 'a\n');
      for (const [args, message] of [
        [
          ['--path', 'pods', '--tail', '3'],
          '/logs/pods: it is not a file\nhint: list the folder: --path pods/\n',
        ],
        [
          ['--path', 'pods', '-f'],
          '/logs/pods: it is not a file\nhint: list the folder: --path pods/\n',
        ],
        [
          ['--path', "it's.log/"],
          `/logs/it's.log/: it is not a folder\nhint: print the file: --path 'it'\\''s.log'\n`,
        ],
      ] as const) {
        const { code, stdout, stderr } = await tool(['node-logs', 'node-1', ...args]);
        assert.equal([code, stdout], [1, '']);
        assert.match(stderr, /^error: the kubelet of node-1 at \S+ redirects /);
        assert.ok(stderr.endsWith(message), stderr);
      }
    }));

  test('is reported as a failure of the nodes that do not have it', () =>
    withSandbox({ nodes: ['none', 'none'] }, async (sandbox, tool) => {
      mkdirSync(join(logsOf(sandbox).folder, 'app'));
      write(sandbox, 'app/0.log', '');
      const { code, stdout, stderr } = await tool(['node-logs', '--path', 'app']);
      assert.equal([code, stdout], [4, 'node-1 0.log\n']);
      assert.match(
        stderr,
        /\/logs\/app with 404.*\n1 of 2 nodes answered, 1 failed \(not-found\)\n$/s,
      );
    }));
});

suite('node-logs: the nodes to call', (test) => {
  const nodes = ['none', 'none', 'none'] as const;

  test('are chosen by names, labels or a role; worker is every node without a control-plane role', () =>
    withSandbox({ nodes }, async (sandbox, tool) => {
      label(sandbox, 'nodes', 'node-2', { 'node-role.kubernetes.io/control-plane': '' });
      for (const [args, expected] of [
        [['--role', 'worker'], 'node-1 node-3'],
        [['node-1', '--node', 'node/node-3'], 'node-1 node-3'],
        [['--role', 'control-plane'], 'node-2'],
        [['-l', 'kubernetes.io/hostname=node-3'], 'node-3'],
        [[], 'node-1 node-2 node-3'],
      ] as const) {
        const { code, stdout } = await tool(['node-logs', ...args]);
        const names = stdout.trimEnd().split('\n').sort();
        assert.equal([code, names.join(' ')], [0, expected.replaceAll(/(?<=\d)/g, ' pods/')]);
      }
    }));
});

suite('node-logs: several nodes', (test) => {
  test('journals are merged by time, each line after the name of its node', () =>
    withSandbox(async (sandbox, tool) => {
      const first = [said('one', 50), said('three\nin two lines', 30)];
      const second = [said('two', 40), said('four', 20)];
      logsOf(sandbox, 1).journal.push(...first);
      logsOf(sandbox, 2).journal.push(...second);
      const { code, stdout, stderr } = await tool(['node-logs', '-u', 'kubelet']);
      assert.equal([code, stderr], [0, '2 of 2 nodes answered\n']);
      const lines = stdout.split('\n');
      assert.equal(
        lines.map((line) => line.replace(/ .*?(?=\w+$|in two lines$)/, ' ')),
        ['node-1 one', 'node-2 two', 'node-1 three', 'node-1 in two lines', 'node-2 four', ''],
      );
      assert.is(
        `${lines[0]}\n${lines[2]}\n${lines[3]}\n`,
        first
          .map(formatEntry)
          .join('')
          .replaceAll(/^(?=.)/gm, 'node-1 '),
      );
      const colored = await tool(['node-logs', '-u', 'kubelet', '--color=always']);
      assert.match(colored.stdout, /^\x1b\[36mnode-1\x1b\[0m \w{3} \d\d .* one\n\x1b\[32mnode-2/);
    }));

  test('--tail prints the last lines of each node in order, also with --grep', () =>
    withSandbox(async (sandbox, tool) => {
      for (const number of [1, 2])
        logsOf(sandbox, number).journal.push(
          ...[50, 40, 30].map((age) => said(`E${age - number}`, age - number)),
        );
      const args = ['node-logs', '-u', 'kubelet', '--tail', '2', '-g', '^E'];
      const { stdout } = await tool(args);
      assert.equal(stdout.match(/E\d+$/gm), ['E39', 'E38', 'E29', 'E28']);
      const one = await tool([...args, 'node-1']);
      assert.match(one.stdout, /^\w{3} \d\d .* E39\n\w{3} \d\d .* E29\n$/);
    }));

  test('files are printed one after the other, and a missing last line end is added', () =>
    withSandbox(async (sandbox, tool) => {
      for (const number of [1, 2]) write(sandbox, 'app.log', `a ${number}\nb ${number}`, number);
      for (const source of [
        ['--path', 'app.log'],
        ['-u', 'app'],
      ]) {
        const { code, stdout } = await tool(['node-logs', ...source]);
        assert.is(code, 0);
        assert.equal(stdout.split('\n').sort(), [
          '',
          ...['node-1 a 1', 'node-1 b 1', 'node-2 a 2', 'node-2 b 2'],
        ]);
      }
      const last = await tool(['node-logs', '--path', 'app.log', '--tail', '1']);
      assert.equal(last.stdout.split('\n').sort(), ['', 'node-1 b 1', 'node-2 b 2']);
    }));

  test('exits with 4, but prints the other answers, if a node fails and another node ignores log queries', () =>
    withSandbox({ nodes: ['none', 'none', 'none', 'stopped'] }, async (sandbox, tool) => {
      logsOf(sandbox, 2).journal.push(said('hello'));
      logsOf(sandbox, 3).isQueryOn = false;
      const line = 'node-logs -u kubelet';
      const { code, stdout, stderr } = await tool(line);
      assert.is(code, 4);
      assert.is(stdout, `node-2 ${formatEntry(said('hello'))}`);
      assert.match(stderr, 'log not found for kubelet\n');
      assert.match(stderr, 'node-3 at ');
      assert.match(stderr, 'ignores log queries: it answered with the list of /var/log\n');
      assert.match(stderr, /\n1 of 4 nodes answered, 3 failed \(.*1 connection-refused.*\)\n$/);
      logsOf(sandbox, 2).isQueryOn = false;
      const none = await tool(line);
      assert.equal([none.code, none.stdout], [1, '']);
    }));

  test('-f follows files of all nodes, and continues with the other nodes if a node fails', () =>
    withSandbox({ nodes: ['none', 'none', 'unauthorized'] }, (sandbox) => {
      const path = (number: number) => join(logsOf(sandbox, number).folder, 'app.log');
      for (const number of [1, 2]) writeFileSync(path(number), `start ${number}\n`);
      const args = ['node-logs', '--path', 'app.log', '--follow'];
      return follow(sandbox, args, async ({ until, stdout, stderr, interrupt, result }) => {
        await until(
          () => stdout().includes('node-1 start 1\n') && stdout().includes('node-2 start 2\n'),
        );
        await until(() => stderr().includes('warning: not followed: '));
        appendFileSync(path(2), 'half');
        await sleep(1500);
        appendFileSync(path(1), 'two\n');
        await until(() => stdout().includes('node-1 two\n'));
        assert.not.match(stdout(), 'half');
        appendFileSync(path(2), ' of it\n');
        await until(() => stdout().includes('node-2 half of it\n'));
        interrupt();
        assert.is((await result).code, 130);
      });
    }));

  test('-f follows journals of all nodes, and prints new entries once', () =>
    withSandbox((sandbox) => {
      const [first, second] = [logsOf(sandbox, 1).journal, logsOf(sandbox, 2).journal];
      first.push(said('old 1', 10));
      second.push(said('old 2', 5));
      const args = ['node-logs', 'node-1', 'node-2', '-u', 'kubelet', '-f', '--tail', '1'];
      return follow(sandbox, args, async ({ until, stdout, interrupt, result }) => {
        const has = (line: string) => stdout().includes(line);
        await until(() => has(': old 1\n') && has(': old 2\n'));
        second.push(said('new 2'));
        first.push(said('new 1\nand more'));
        await until(() => has(': new 2\n') && has(' and more\n'));
        interrupt();
        const { code, stderr } = await result;
        assert.equal([code, stderr], [130, '']);
        const lines = stdout().trimEnd().split('\n');
        assert.equal(lines.map((line) => line.replace(/ .*?(?=\w+ \w+$)/, ' ')).sort(), [
          ...['node-1 and more', 'node-1 new 1', 'node-1 old 1'],
          ...['node-2 new 2', 'node-2 old 2'],
        ]);
      });
    }));

  test('-f exits with 1 if all nodes have failed', () =>
    withSandbox({ nodes: ['none', 'unauthorized'] }, async (_, tool) => {
      checkFailure(
        await tool(['node-logs', '--path', 'app.log', '-f']),
        /\n0 of 2 nodes answered, 2 failed .*\n$/,
      );
    }));

  test('-f fails for more nodes than --parallel', () =>
    withSandbox(async (_, tool) => {
      const { code, stderr } = await tool('node-logs --path x -f --parallel 1');
      assert.is(code, 2);
      assert.is(
        stderr.split('\n', 2).join('\n'),
        'error: --follow needs all nodes at once: 2 are more than --parallel 1\nhint: re-run with --parallel 2',
      );
    }));
});
