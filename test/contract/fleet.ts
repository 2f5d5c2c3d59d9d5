import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import { filesIn, withFiles } from '../kit/temporary.ts';
import type { Result } from '../kit/tool.ts';
import { eventually, succeed, textOf } from './rbac.ts';
import type { World } from './world.ts';

interface Envelope {
  readonly node?: string;
  readonly address?: string;
  readonly via: string;
  readonly httpStatus?: number;
  readonly body?: unknown;
  readonly cause?: string;
}

const envelopesOf = ({ stdout }: Result) =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Envelope);

export function fleet(world: World): void {
  const nodeNames = async () => {
    const { body } = await world.api('GET', '/api/v1/nodes');
    const { items } = body as { items: { metadata: { name: string } }[] };
    return items.map(({ metadata }) => metadata.name).sort();
  };
  const isReachable = async (name: string) => {
    const { code } = await world.tool(['curl', 'healthz', '--node', name]);
    return code === 0;
  };

  suite(`${world.title}: curl to many nodes`, (test) => {
    test('has one envelope for each node, with the body of its own kubelet', async () => {
      const result = await world.tool(['curl', 'summary', '--all', '-o', 'ndjson']);
      const envelopes = envelopesOf(result);
      assert.equal(envelopes.map(({ node }) => node).sort(), await nodeNames());
      for (const { node = '', body, address, via, cause } of envelopes) {
        const { host, port } = await world.kubelet(node);
        if (cause !== undefined) continue;
        assert.equal([via, address], ['direct', `${host}:${port}`]);
        assert.is((body as { node: { nodeName: string } }).node.nodeName, node);
      }
      const answered = envelopes.filter(({ cause }) => cause === undefined).length;
      assert.ok(answered > 0, textOf(result));
      assert.is(result.code, answered === envelopes.length ? 0 : 4, textOf(result));
      assert.match(result.stderr, `${answered} of ${envelopes.length} nodes answered`);
    });

    test('embeds the body of each kubelet unchanged', async () => {
      const path = ['curl', '/configz', '--node', 'node-1'];
      const raw = await succeed(world, path);
      const list = await world.tool([...path, '-o', 'json']);
      assert.match(list.stdout, `"body":${raw.stdout.trim()}}`);
    });

    test('selects nodes by labels, and skips missing nodes', async () => {
      const choice = ['-l', 'kubernetes.io/hostname=node-1'];
      const labeled = await world.tool(['curl', 'healthz', ...choice]);
      assert.equal([labeled.code, labeled.stdout], [0, 'node-1 ok\n'], textOf(labeled));
      const none = await world.tool(['curl', 'healthz', '--role', 'no-such-role']);
      assert.match(none.stderr, /^error: no nodes found with role no-such-role\n/);
      const some = await world.tool(['curl', 'healthz', '--node', 'node-1,nod-2']);
      assert.equal([some.code, some.stdout], [4, 'node-1 ok\n'], textOf(some));
      assert.match(some.stderr, /^warning: nodes "nod-2" not found\n/);
      const unknown = await world.tool(['curl', 'healthz', '--node', 'nod-2']);
      assert.match(
        unknown.stderr,
        /^Error from server \(NotFound\): nodes "nod-2" not found\nhint: did you mean: node-/,
      );
    });

    test('divides nodes into shards', async () => {
      const shards = await Promise.all(
        ['1/2', '2/2'].map((shard) =>
          world.tool(['curl', 'healthz', '--all', '--shard', shard, '-o', 'ndjson']),
        ),
      );
      const names = shards.flatMap(envelopesOf).map(({ node }) => node);
      assert.equal(names.sort(), await nodeNames());
    });

    test('writes a file for each node', async () => {
      await withFiles({}, async (folder) => {
        const args = ['curl', 'cadvisor', '--node', 'node-1', '--output-dir', folder];
        await succeed(world, args);
        assert.equal(filesIn(folder), ['node-1.txt']);
        assert.match(readFileSync(join(folder, 'node-1.txt'), 'utf8'), /^# /);
      });
    });

    test('reports a denial and the missing permission once for all nodes', async () => {
      const result = await world.tool(['curl', 'summary', '--all'], 'dev');
      assert.is(result.code, 1, textOf(result));
      assert.match(result.stderr, 'missing: user "dev" needs list on nodes ');
      const { host, port } = await world.kubelet('node-1');
      const address = ['--kubelet-address', `${host}:${port}`];
      const denied = await world.tool(['curl', 'summary', ...address, '-o', 'ndjson'], 'dev');
      assert.equal(
        envelopesOf(denied).map(({ cause, httpStatus }) => [cause, httpStatus]),
        [['forbidden', 403]],
      );
      assert.match(denied.stderr, 'missing: get on nodes/stats for user "dev"');
    });
  });

  suite(`${world.title}: curl by another path`, (test) => {
    test('reads the log of a pod from its node', async () => {
      const direct = await succeed(world, ['logs', 'default/web']);
      assert.match(direct.stdout, 'hello from web');
      const gone = await world.tool(['logs', 'default/wed']);
      assert.match(
        gone.stderr,
        /^Error from server \(NotFound\): pods "wed" not found in namespace default\nhint: did you mean: web\?\n/,
      );
    });

    test('returns the same body through the API server if a kubelet is unreachable', async () => {
      // No kubelet listens on port 1, so that the direct path fails. kube-apiserver ignores --kubelet-port and uses the port that the
      // kubelet reports.
      const elsewhere = ['--kubelet-port', '1', '-o', 'ndjson'];
      const args = ['curl', '/configz', '--node', 'node-1', '--via'];
      assert.is((await world.tool(['grant', '--subject', 'user:Kubernetes'])).code, 0);
      try {
        let auto = await world.tool([...args, 'auto', ...elsewhere]);
        await eventually(world, async () => {
          auto = await world.tool([...args, 'auto', ...elsewhere]);
          return auto.code === 0;
        });
        const direct = await world.tool([...args, 'direct', '-o', 'ndjson']);
        const bodyOf = (result: Result) => /"body":.*/.exec(result.stdout)?.[0];
        assert.is(envelopesOf(auto)[0]?.via, 'apiserver', textOf(auto));
        assert.is(bodyOf(auto), bodyOf(direct));
        assert.ok(await isReachable('node-1'));
      } finally {
        await world.tool(['revoke', '--subject', 'user:Kubernetes']);
      }
    });
  });
}
