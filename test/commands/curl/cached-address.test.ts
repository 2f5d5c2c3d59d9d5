import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { type Script, type Scripted, withScriptedKubelets } from '../../kit/scripted-kubelet.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';
import { checkFailure, type Result } from '../../kit/tool.ts';

interface Cached {
  readonly scripted: Scripted;
  /** Calls /healthz of node-1, with a separate home. */
  curl(...args: readonly string[]): Promise<Result>;
  lookUps(): number;
  edit(change: (record: { at: number; value: NodeRecord }) => void): void;
  readonly folder: string;
}

interface NodeRecord {
  metadata: { name: string };
  status: {
    addresses: { type: string; address: string }[];
    daemonEndpoints: { kubeletEndpoint: { Port: number } };
  };
}

const saying =
  (text: string): Script =>
  (_request, response) =>
    response.end(text);

function withCache(use: (cached: Cached) => Promise<void>): Promise<void> {
  return withFiles({}, (home) =>
    withScriptedKubelets([saying('one'), saying('two')], async (scripted) => {
      const { sandbox } = scripted;
      const folder = join(home, 'kubectl-kubeletaccess', 'nodes');
      await use({
        scripted,
        folder,
        curl: (...args) =>
          scripted.curl(['/healthz', '--node', 'node-1', ...args], {
            env: { XDG_CACHE_HOME: home },
          }),
        lookUps: () =>
          sandbox.apiServer.requests.filter(({ line }) => line === 'GET /api/v1/nodes/node-1')
            .length,
        edit: (change) => {
          const path = join(folder, readdirSync(folder)[0] ?? '');
          const record = JSON.parse(readFileSync(path, 'utf8'));
          change(record);
          writeFileSync(path, JSON.stringify(record));
        },
      });
    }),
  );
}

const answers = (result: Result, text: string, stderr: string | RegExp = '') => {
  assert.equal([result.code, result.stdout], [0, text], result.stderr);
  if (typeof stderr === 'string') assert.is(result.stderr, stderr);
  else assert.match(result.stderr, stderr);
};

suite('the cached address of a node', (test) => {
  test('is used without a lookup for ten minutes', () =>
    withCache(async ({ curl, lookUps, edit }) => {
      for (const expected of [1, 1, 1]) {
        answers(await curl(), 'one');
        assert.is(lookUps(), expected);
      }
      edit((record) => {
        record.at = Date.now() - 599_000;
      });
      answers(await curl(), 'one');
      assert.is(lookUps(), 1);
      edit((record) => {
        record.at = Date.now() - 601_000;
      });
      answers(await curl(), 'one');
      answers(await curl(), 'one');
      assert.is(lookUps(), 2);
      // The entry has a time in the future, as after the clock was set back.
      edit((record) => {
        record.at = Date.now() + 3_600_000;
      });
      answers(await curl(), 'one');
      assert.is(lookUps(), 3);
    }));

  test('is silently replaced by a new lookup if the kubelet is no longer at the address', () =>
    withCache(async ({ scripted: { sandbox, requests }, curl, lookUps, edit }) => {
      answers(await curl(), 'one');
      const other = sandbox.store.get('nodes', 'node-2') as unknown as NodeRecord;
      const { Port } = other.status.daemonEndpoints.kubeletEndpoint;
      const apiPort = Number(new URL(sandbox.apiServer.url).port);
      for (const [port, count] of [
        [Port, 2],
        [1, 3],
        [apiPort, 4],
      ] as const) {
        edit(({ value: node }) => {
          node.status.daemonEndpoints.kubeletEndpoint.Port = port;
        });
        answers(await curl(), 'one');
        assert.is(lookUps(), count);
        answers(await curl(), 'one');
        assert.is(lookUps(), count);
      }
      // The 7 requests include no request to the other kubelet.
      assert.is(requests.length, 7);
    }));

  test('is used while the API server is down, with a note if it is old', () =>
    withCache(async ({ scripted: { sandbox }, curl, edit }) => {
      answers(await curl(), 'one');
      await sandbox.apiServer.stop();
      answers(await curl(), 'one');
      edit((record) => {
        record.at = Date.now() - 3_600_000;
      });
      answers(
        await curl(),
        'one',
        /^note: .*connection refused.*; calling node-1 at its address of \d{4}-\d\d-\d\dT[\d:.]+Z\n$/,
      );
      edit((record) => {
        record.at = Date.now() - 90_000_000;
      });
      checkFailure(await curl(), 'connection refused');
    }));

  test('is used only for its cluster, and only if the node can be verified by name', () =>
    withCache(async ({ scripted: { sandbox }, curl, lookUps }) => {
      answers(await curl(), 'one');
      answers(await curl('-k'), 'one', /.*/);
      assert.is(lookUps(), 2);
      answers(await curl('--via', 'auto'), 'one');
      assert.is(lookUps(), 2);
      const config = readFileSync(sandbox.kubeconfigs.admin, 'utf8');
      const { apiServer } = sandbox;
      const elsewhere = apiServer.url.replace('127.0.0.1', 'localhost');
      writeFileSync(sandbox.kubeconfigs.admin, config.replace(apiServer.url, elsewhere));
      await curl();
      assert.is(lookUps(), 3);
    }));

  test('is stored in a private file, without labels and names of users', () =>
    withCache(async ({ curl, folder, lookUps }) => {
      await curl();
      const [file = ''] = readdirSync(folder);
      const text = readFileSync(join(folder, file), 'utf8');
      assert.match(text, /^\{"at":\d+,"value":\{"metadata":\{"name":"node-1"\},"status":/);
      assert.not.match(text, /label|os=|token|certificate/);
      chmodSync(join(folder, file), 0o666);
      answers(await curl(), 'one');
      assert.is(lookUps(), 2);
      for (const damaged of [
        '{',
        '[]',
        'null',
        '{"at":1e99,"value":{}}',
        text.replace('node-1', 'x'),
      ]) {
        chmodSync(join(folder, file), 0o600);
        writeFileSync(join(folder, file), damaged);
        const before = lookUps();
        answers(await curl(), 'one');
        assert.is(lookUps(), before + 1, damaged);
      }
    }));
});
