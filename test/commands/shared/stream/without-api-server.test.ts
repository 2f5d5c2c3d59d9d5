import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { forwarding } from '../../../kit/forwarding.ts';
import { concurrentSuite } from '../../../kit/suite.ts';
import { withFiles } from '../../../kit/temporary.ts';
import { type Result, startTool } from '../../../kit/tool.ts';
import { withSandbox } from '../../../kit/with-sandbox.ts';
import type { Sandbox } from '../../../sandbox/sandbox.ts';

interface Reach {
  /** Returns the command line with these options inserted. */
  readonly args: (...options: readonly string[]) => readonly string[];
  readonly stdout: RegExp;
}

const allowed = '--allow-exec';

/** All commands that reach a container, with their expected output. */
const commands: Readonly<Record<string, Reach>> = {
  exec: {
    args: (...options) => ['exec', 'web', allowed, ...options, '--', 'echo', 'hi'],
    stdout: /^hi\n$/,
  },
  'exec --no-upgrade': {
    args: (...options) => [
      ...['exec', '--no-upgrade', 'web', allowed, ...options, '--', 'echo', 'hi'],
    ],
    stdout: /^hi\n$/,
  },
  attach: { args: (...options) => ['attach', 'web', allowed, ...options], stdout: /^$/ },
  logs: { args: (...options) => ['logs', 'web', ...options], stdout: /^hello from web\n$/ },
  'port-forward': {
    args: (...options) => ['port-forward', 'web', ':80', allowed, ...options],
    stdout: /^Forwarding from 127\.0\.0\.1:\d+ -> 80\n/,
  },
};

interface World {
  readonly sandbox: Sandbox;
  /** Runs a command with a separate cache; an interrupt ends a command that does not end by itself. */
  run(args: readonly string[]): Promise<Result>;
  edit(change: (record: { at: number; value: NodeRecord }) => void): void;
}

interface NodeRecord {
  readonly status: { readonly daemonEndpoints: { readonly kubeletEndpoint: { Port: number } } };
}

function withCache(use: (world: World) => Promise<void>): Promise<void> {
  return withFiles({}, (home) =>
    withSandbox((sandbox) => {
      const env = { KUBECONFIG: sandbox.kubeconfigs.admin, XDG_CACHE_HOME: home };
      return use({
        sandbox,
        run: async (args) => {
          const running = startTool(args, { env });
          if (args[0] === 'port-forward')
            await forwarding(running).then(
              ({ interrupt }) => interrupt(),
              () => {},
            );
          return running.result;
        },
        edit: (change) => {
          const folder = join(home, 'kubectl-kubeletaccess', 'nodes');
          const path = join(folder, readdirSync(folder)[0] ?? '');
          const record = JSON.parse(readFileSync(path, 'utf8'));
          change(record);
          writeFileSync(path, JSON.stringify(record));
        },
      });
    }),
  );
}

const hint = /^hint: without the API server: kubectl kubeletaccess (.*)\n/gm;
/** Returns the hint with its placeholders filled in. */
const filled = (pasted: string, address: string) =>
  pasted.replace('HOST', address).replace('COMMAND', 'echo hi').split(' ');

const down = /^error: cannot reach the API server .*connection refused/;

for (const [name, { args, stdout }] of Object.entries(commands)) {
  const ofNode = args('--node', 'node-1');
  const isDone = (result: Result, stderr: RegExp) => {
    const code = name === 'port-forward' ? 130 : 0;
    assert.equal([result.code, stdout.test(result.stdout)], [code, true], result.stderr);
    assert.match(result.stderr, stderr);
  };
  const hasFailed = ({ code, stdout: printed, stderr }: Result, hints: number) => {
    assert.equal([code, printed], [1, '']);
    assert.is([...stderr.matchAll(hint)].length, hints, stderr);
  };

  concurrentSuite(`${name} without an API server`, (test) => {
    test('reaches a kubelet at --kubelet-address, as the error of a failed lookup suggests', () =>
      withCache(async ({ sandbox, run }) => {
        await sandbox.apiServer.stop();
        for (const line of [args(), ofNode]) {
          const failed = await run(line);
          hasFailed(failed, 1);
          assert.match(failed.stderr, down);
        }
        const address = `127.0.0.1:${sandbox.kubelets[0]?.port}`;
        isDone(await run(args('--kubelet-address', address)), /^$/);
        const [[, pasted = ''] = []] = (await run(ofNode)).stderr.matchAll(hint);
        assert.not.match(pasted, 'echo');
        isDone(await run(filled(pasted, address)), /^$/);
      }));

    test('reaches the kubelet of --node at its cached address, and prints the age of the address', () =>
      withCache(async ({ sandbox, run, edit }) => {
        isDone(await run(args()), /^$/);
        edit((record) => {
          record.at = Date.now() - 3_600_000;
        });
        await sandbox.apiServer.stop();
        isDone(
          await run(ofNode),
          /^note: cannot reach the API server .*connection refused; calling node-1 at its address of \d{4}-\d\d-\d\dT[\d:.]+Z\n$/,
        );
        // The node of a pod is not cached.
        hasFailed(await run(args()), 1);
        edit((record) => {
          record.at = Date.now() - 90_000_000;
        });
        hasFailed(await run(ofNode), 1);
      }));

    test('sends nothing to another kubelet at the cached address', () =>
      withCache(async ({ sandbox, run, edit }) => {
        isDone(await run(ofNode), /^$/);
        const [, other] = sandbox.kubelets;
        edit(({ value: node }) => {
          node.status.daemonEndpoints.kubeletEndpoint.Port = other?.port ?? 0;
        });
        await sandbox.apiServer.stop();
        const failed = await run(ofNode);
        hasFailed(failed, 1);
        assert.match(
          failed.stderr,
          /^note: .*\nerror: the certificate of the kubelet of node-1 at [\d.:]+ does not name node-1\nwhy: the address is cached, and another node may have it now; nothing was sent\nhint: /,
        );
        assert.equal(other?.requests, []);
        hasFailed(await run([...ofNode.slice(0, 1), '-k', ...ofNode.slice(1)]), 1);
      }));

    test('suggests no address if the API server answers', () =>
      withCache(async ({ sandbox, run }) => {
        hasFailed(await run(args('--node', 'node-9')), 0);
        hasFailed(await run(args('-n', 'nowhere')), 0);
        // If the API server answers that the node is deleted, the cached address is not suggested either.
        isDone(await run(ofNode), /^$/);
        sandbox.store.delete('nodes', 'node-1');
        hasFailed(await run(ofNode), 0);
      }));

    test('suggests a direct call in place of --via apiserver', () =>
      withCache(async ({ sandbox, run }) => {
        await sandbox.apiServer.stop();
        const line = args('--via', 'apiserver');
        // A plain POST uses the node proxy, so it requires --allow-exec through the API server, too.
        const failed = await run(
          line.includes('--no-upgrade') ? line : line.filter((word) => word !== allowed),
        );
        hasFailed(failed, 1);
        const [[, pasted = ''] = []] = failed.stderr.matchAll(hint);
        assert.not.match(pasted, '--via');
        const words = filled(pasted, `127.0.0.1:${sandbox.kubelets[0]?.port}`);
        const result = await run(words);
        // The hint does not add --allow-exec, which bypasses admission and the audit log.
        if (words.includes(allowed) || name === 'logs') isDone(result, /^$/);
        else assert.match(result.stderr, /^error: .*--allow-exec/s);
      }));
  });
}
