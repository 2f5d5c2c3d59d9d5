import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { Interrupted } from '../../../src/errors.ts';
import { schemaErrors } from '../../kit/json-schema.ts';
import { label, rule } from '../../kit/rbac.ts';
import { withScriptedKubelets } from '../../kit/scripted-kubelet.ts';
import { suite } from '../../kit/suite.ts';
import { filesIn, withFiles } from '../../kit/temporary.ts';
import type { Result } from '../../kit/tool.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import { allow, type Tool, withSandbox } from '../../kit/with-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

inVirtualTime();

const inFolder = (use: (folder: string) => Promise<void>) => withFiles({}, use);

suite('curl of several nodes', (test) => {
  test('prefixes each line with its node, and prints the counts to standard error', () =>
    withSandbox(async (_, tool) => {
      const result = await tool(['curl', 'healthz', '--all']);
      assert.equal(result.stdout.split('\n').sort(), ['', 'node-1 ok', 'node-2 ok']);
      assert.is(result.stderr, '2 of 2 nodes answered\n');
    }));

  test('reports the targets of redirects, as curl of one node does', () =>
    withSandbox({ nodes: ['none', 'none', 'stopped'] }, async (_, tool) => {
      const all = await tool(['curl', '/logs', '--all', '-o', 'ndjson']);
      assert.is(all.code, 4);
      assert.match(
        all.stderr,
        /^note: 2 kubelets redirect to \/logs\/; redirects are not followed\n/,
      );
      const one = await tool(['curl', '/logs', '--node', 'node-1', '-o', 'json']);
      const note = 'note: the kubelet redirects to /logs/; redirects are not followed\n';
      assert.equal([one.code, one.stderr], [0, note]);
    }));

  test('--color=always prints each node in its own color', () =>
    withSandbox(async (_, tool) => {
      const colored = await tool(['curl', 'healthz', '--node', 'node-1,node-2', '--color=always']);
      assert.equal(colored.stdout.split('\n').sort(), [
        '',
        '\x1b[32mnode-2\x1b[0m ok',
        '\x1b[36mnode-1\x1b[0m ok',
      ]);
    }));

  test('-o json prints a list in the order of the nodes', () =>
    withSandbox({ nodes: ['none', 'stopped', 'none'] }, async (_, tool) => {
      const result = await tool(['curl', '/stats/summary', '-i', '--all', '-o', 'json']);
      assert.is(result.code, 4);
      const list: unknown = JSON.parse(result.stdout);
      assert.equal(schemaErrors('docs/schemas/KubeletResponseList.schema.json', list), []);
      const { items } = list as { items: { node: string; headers?: Record<string, string> }[] };
      assert.equal(
        items.map(({ node }) => node),
        ['node-1', 'node-2', 'node-3'],
      );
      assert.is(items[0]?.headers?.['content-type'], 'application/json');
    }));

  test('-o ndjson prints a line even for a single node, with its whole failure', () =>
    withSandbox({ nodes: ['stopped'] }, async (_, tool) => {
      const result = await tool('curl healthz --node node-1 --via direct -o ndjson');
      assert.is(result.code, 1);
      assert.match(result.stdout, /^\{"node":"node-1",.*"cause":"connection-refused"/);
      assert.match(result.stderr, /^error: cannot reach the kubelet of node-1 at [^\n]+\nwhy: /);
      assert.not.match(result.stderr, 'nodes answered');
    }));

  test('fails for binary bodies, and suggests --output-dir', () =>
    withSandbox(async (_, tool) => {
      const args = ['curl', '/logs/zeros?bytes=10', '--all'];
      const result = await tool(args);
      assert.is(result.code, 1);
      assert.match(
        result.stderr,
        /^error: 2 nodes failed \(not-text\): node-1, node-2\nnode-1: the kubelet of node-1 at \S+ sent 10 bytes that are not text\nhint: write it to a file: kubectl kubeletaccess curl '\/logs\/zeros\?bytes=10' --node node-1 --output-dir DIR\n0 of 2 nodes answered, 2 failed \(not-text\)\n$/,
      );
    }));
});

suite('curl --output-dir', (test) => {
  test('writes one private file for each node with a complete body', () =>
    withSandbox({ nodes: ['none', 'cut', 'none', 'stall'] }, (_, tool) =>
      inFolder(async (parent) => {
        const folder = join(parent, 'made', 'here');
        const args = ['curl', 'summary', '--all', '--output-dir', folder, '--timeout', '3s'];
        const result = await tool(args);
        assert.equal([result.code, result.stdout], [4, '']);
        assert.match(result.stderr, /\n2 of 4 nodes answered, 2 failed \(/);
        assert.ok(
          result.stderr.includes(`wrote 2 files to ${folder}: node-1.json, node-3.json\n`),
          result.stderr,
        );
        assert.equal(filesIn(folder), ['node-1.json', 'node-3.json']);
        const file = join(folder, 'node-3.json');
        assert.match(readFileSync(file, 'utf8'), '"nodeName": "node-3"');
        if (process.platform !== 'win32') assert.is(statSync(file).mode & 0o777, 0o600);
      }),
    ));

  test('removes the file that an earlier run wrote for a node that fails now', () =>
    withSandbox({ nodes: ['none', 'none', 'none'] }, (sandbox, tool) =>
      inFolder(async (folder) => {
        const args = ['curl', 'summary', '--all', '--output-dir', folder];
        assert.is((await tool(args)).code, 0);
        writeFileSync(join(folder, 'mine.json'), 'of the user');
        await sandbox.kubelets[1]?.stop();
        const result = await tool(args);
        assert.is(result.code, 4);
        assert.equal(filesIn(folder), ['mine.json', 'node-1.json', 'node-3.json']);
        assert.match(
          result.stderr,
          'note: removed what an earlier run wrote for nodes that failed now: node-2.json\n',
        );
        writeFileSync(join(folder, 'node-2.json'), 'of the user, with the name of a removed file');
        assert.is((await tool(args)).code, 4);
        const one = await tool(['curl', 'nothing', '--node', 'node-1', '--output-dir', folder]);
        assert.is(one.code, 1);
        assert.equal(filesIn(folder), ['mine.json', 'node-2.json', 'node-3.json']);
      }),
    ));

  test('keeps files that no run wrote', () =>
    withSandbox({ nodes: ['none', 'stopped'] }, (_, tool) =>
      inFolder(async (folder) => {
        for (const file of ['node-1.json', 'node-2.json', 'node-2.txt'])
          writeFileSync(join(folder, file), 'of the user');
        const args = ['curl', 'summary', '--all', '--output-dir', folder];
        const result = await tool(args);
        assert.is(result.code, 1);
        assert.match(
          result.stderr,
          /node-1\.json exists, and no earlier run wrote it: it is kept\n/,
        );
        for (const file of ['node-1.json', 'node-2.json', 'node-2.txt'])
          assert.is(readFileSync(join(folder, file), 'utf8'), 'of the user');
        rmSync(join(folder, 'node-1.json'));
        assert.is((await tool(args)).code, 4);
        assert.is((await tool(args)).code, 4, 'its own file is replaced');
        assert.match(readFileSync(join(folder, 'node-1.json'), 'utf8'), '"nodeName": "node-1"');
      }),
    ));

  test('writes every byte of a large body', () =>
    withSandbox((_, tool) =>
      inFolder(async (folder) => {
        const path = `/logs/zeros?bytes=${50_000_000}`;
        const result = await tool(['curl', path, '--node', 'node-1', '--output-dir', folder]);
        assert.is(result.code, 0, result.stderr);
        assert.is(statSync(join(folder, 'node-1.bin')).size, 50_000_000);
      }),
    ));

  test('writes several paths to a folder for each node, and lists what failed', () =>
    withSandbox({ nodes: ['none', 'none', 'stopped'] }, (_, tool) =>
      inFolder(async (folder) => {
        const paths = 'configz nothing metrics /stats/summary?only_cpu_and_memory=true';
        const args = [...`curl ${paths} --all --output-dir`.split(' '), folder];
        const result = await tool(args);
        assert.is(result.code, 4);
        const written = [
          'configz.json',
          'metrics.txt',
          'stats_summary_only_cpu_and_memory_true.json',
        ];
        for (const node of ['node-1', 'node-2']) assert.equal(filesIn(join(folder, node)), written);
        assert.equal(filesIn(folder), ['node-1', 'node-2']);
        assert.match(result.stderr, /^wrote 6 files to .*: node-1\/configz\.json, /);
        assert.match(
          result.stderr,
          /\nerror: \/nothing: 2 nodes failed \(not-found\): node-1, node-2\n.*\n2 of 3 nodes answered, 1 failed \(connection-refused\)\n$/s,
        );
        const single = await tool(`curl /nothing metrics --node node-2 --output-dir ${folder}`);
        assert.is(single.code, 4);
        assert.match(
          single.stderr,
          /\nerror: \/nothing: the kubelet of node-2 at \S+ answered GET \/nothing with 404/,
        );
      }),
    ));

  test('sends the requests for several paths over one connection', () => {
    const ports = new Set<number | undefined>();
    return withScriptedKubelets(
      [
        (request, response) => {
          ports.add(request.socket.remotePort);
          response.end(request.url);
        },
      ],
      ({ curl }) =>
        inFolder(async (folder) => {
          const paths = ['/a?b', '/a_b', '/A_b', '/nul', '/../x'];
          const { code } = await curl([...paths, '--node', 'node-1', '--output-dir', folder]);
          assert.equal([code, ports.size], [0, 1]);
          const names = ['A_b-3.txt', '__x.txt', '_nul.txt', 'a_b-2.txt', 'a_b.txt'];
          assert.equal(filesIn(join(folder, 'node-1')), names);
        }),
    );
  });

  test('takes a relative path as relative to the working directory', () =>
    withSandbox((_, tool) =>
      inFolder(async (cwd) => {
        const args = 'curl summary --all --output-dir made';
        const { code, stderr } = await tool(args, 'admin', { cwd });
        assert.is(code, 0, stderr);
        assert.equal(filesIn(join(cwd, 'made')), ['node-1.json', 'node-2.json']);
      }),
    ));
});

/** Interrupts curl after node-2, which never answers, has got its request. */
async function interrupted(sandbox: Sandbox, tool: Tool, options: string): Promise<Result> {
  const interruption = new AbortController();
  const { signal } = interruption;
  const running = tool(`curl summary --all ${options}`, 'admin', { signal });
  while (sandbox.kubelets[1]?.requests.length === 0) await sleep(20);
  await sleep(300);
  interruption.abort(new Interrupted());
  return running;
}

suite('an interrupted curl of several nodes', (test) => {
  for (const format of ['json', 'ndjson'])
    test(`keeps responses, and prints why other nodes have no response: ${format}`, () =>
      withSandbox({ nodes: ['none', 'no-answer', 'none', 'no-answer'] }, async (sandbox, tool) => {
        const options = `-o ${format} --parallel 4`;
        const { code, stdout, stderr } = await interrupted(sandbox, tool, options);
        assert.is(code, 130);
        const items = (
          format === 'json'
            ? (JSON.parse(stdout) as { items: object[] }).items
            : stdout
                .trimEnd()
                .split('\n')
                .map((line) => JSON.parse(line) as object)
        ) as { node: string; cause?: string }[];
        assert.equal(items.map(({ node, cause = 'none' }) => `${node} ${cause}`).sort(), [
          'node-1 none',
          'node-2 interrupted',
          'node-3 none',
          'node-4 interrupted',
        ]);
        assert.match(
          stderr,
          /note: still waiting when interrupted: node-2, node-4\n2 of 4 nodes answered, 2 interrupted\n$/,
        );
      }));

  test('distinguishes nodes that were called from nodes that were not', () =>
    withSandbox({ nodes: ['none', 'no-answer', 'none', 'none'] }, async (sandbox, tool) => {
      const options = '-o ndjson --parallel 1';
      const { stdout, stderr } = await interrupted(sandbox, tool, options);
      assert.is(
        stderr,
        'note: still waiting when interrupted: node-2\nnote: not called: node-3, node-4\n1 of 4 nodes answered, 3 interrupted\n',
      );
      assert.match(stdout, /"node":"node-2",[^\n]*"message":"interrupted before it answered"/);
      assert.match(stdout, /"node":"node-4",[^\n]*"message":"not called: interrupted"/);
    }));
});

suite('curl: the nodes to call', (test) => {
  test('are selected by role, labels and names', () =>
    withSandbox({ nodes: ['none', 'none', 'none'] }, async (sandbox, tool) => {
      label(sandbox, 'nodes', 'node-2', { 'node-role.kubernetes.io/control-plane': '' });
      for (const [args, expected] of [
        [['--role', 'worker', '-l', 'kubernetes.io/hostname!=node-1'], 'node-3'],
        [['--node', 'node-1,node-2', '-l', 'kubernetes.io/hostname=node-2'], 'node-2'],
        [['--node', 'node-1,node/node-3', '--node', 'node-1'], 'node-1 node-3'],
      ] as const) {
        const result = await tool(['curl', 'healthz', ...args]);
        const names = result.stdout.replaceAll(' ok', '').trimEnd().split('\n').sort();
        assert.equal([result.code, names.join(' ')], [0, expected], result.stderr);
      }
    }));

  test('are called even if another named node does not exist; the exit code is 4', () =>
    withSandbox({ nodes: ['none', 'none'] }, async (_, tool) => {
      const result = await tool(['curl', 'healthz', '--node', 'node-1,node-11']);
      assert.equal([result.code, result.stdout], [4, 'node-1 ok\n']);
      assert.is(result.stderr, 'warning: nodes "node-11" not found\n1 of 1 node answered\n');
    }));

  test('cannot be listed without permission; the error names this permission and the permission at the kubelet', () =>
    withSandbox(async (_, tool) => {
      const result = await tool(['curl', 'summary', '--all'], 'dev');
      assert.is(result.code, 1);
      assert.match(
        result.stderr,
        /^Error from server \(Forbidden\): nodes is forbidden: User "dev" cannot list [^\n]+\nmissing: user "dev" needs list on nodes \(to find the address\) and get on nodes\/stats \(at the kubelet\)\nhint: kubectl create clusterrole \S+ '?--verb=get,list'? --resource=nodes,nodes\/stats && /,
      );
    }));

  test('cannot be listed if the user of --as lacks permission, and the error also names nodes/proxy', () =>
    withSandbox(async (_, tool) => {
      for (const args of [
        ['curl', 'summary', '--all'],
        ['top', 'pods'],
        ['top', 'pods', 'node-1'],
      ]) {
        const result = await tool([...args, '--via', 'apiserver', '--as', 'jane']);
        assert.is(result.code, 1);
        assert.match(
          result.stderr,
          /^Error from server \(Forbidden\): nodes is forbidden: User "jane" cannot list [^\n]+\nmissing: user "jane" needs list on nodes and get on nodes\/proxy, for every path: the API server checks both\nhint: kubectl create clusterrole \S+ '?--verb=list'? --resource=nodes /,
        );
        assert.not.match(result.stderr, '--kubelet-address');
      }
    }));

  test('are not looked up with --node and --via apiserver', () =>
    withSandbox(async (sandbox, tool) => {
      allow(sandbox, 'dev', [rule('nodes/proxy')]);
      await tool(['grant', '--subject', 'user:Kubernetes', '--allow-exec']);
      const result = await tool('curl healthz --node node-1,node-2 --via apiserver', 'dev');
      const lines = result.stdout.split('\n').sort();
      assert.equal([result.code, lines], [0, ['', 'node-1 ok', 'node-2 ok']], result.stderr);
    }));
});

suite('curl: shards of a single address', (test) => {
  test('print the counts of each shard', () =>
    withSandbox(async ({ kubelets }, tool) => {
      const address = `127.0.0.1:${kubelets[0]?.port}`;
      const notes = [];
      for (const shard of ['1/2', '2/2']) {
        const { code, stderr } = await tool(
          `curl healthz --kubelet-address ${address} --shard ${shard}`,
        );
        assert.is(code, 0, stderr);
        notes.push(...stderr.split('\n').filter((line) => /answered/.test(line)));
      }
      assert.equal(notes.sort(), ['0 of 0 nodes answered', '1 of 1 node answered']);
    }));
});
