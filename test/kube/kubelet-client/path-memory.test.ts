import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { ApiConnection } from '../../../src/kube/config/api-connection.ts';
import { createPathMemory } from '../../../src/kube/kubelet-client/node-cache.ts';
import { parseServer } from '../../../src/kube/transport/server-address.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';

const connection = (server: string, ca: string) =>
  ({ server, address: parseServer(server), tls: { ca, verify: true } }) as unknown as ApiConnection;
const relayed = { via: 'apiserver', why: 'self-signed-certificate' } as const;

const withMemory = (
  use: (
    open: (server?: string, ca?: string) => ReturnType<typeof createPathMemory>,
    edit: (change: (text: string) => string) => void,
  ) => void,
) =>
  withFiles({}, (home) => {
    const folder = join(home, 'kubectl-kubeletaccess', 'paths');
    use(
      (server = 'https://a', ca = 'ca') =>
        createPathMemory({ XDG_CACHE_HOME: home }, connection(server, ca)),
      (change) => {
        const path = join(folder, readdirSync(folder)[0] ?? '');
        writeFileSync(path, change(readFileSync(path, 'utf8')));
      },
    );
  });

suite('the memory of paths', (test) => {
  test('finds the path of a cluster by its server and CA, until the path is removed', () =>
    withMemory((open) => {
      for (const path of [relayed, { via: 'direct', isSlow: true }] as const) {
        open().write(path);
        assert.equal(open().read(), path);
      }
      assert.is(open('https://b').read(), undefined);
      assert.is(open('https://a', 'other').read(), undefined);
      open().write(undefined);
      assert.is(open().read(), undefined);
    }));

  test('ignores an entry that is old, from the future, damaged or of another version', () =>
    withMemory((open, edit) => {
      const at = (ms: number) => (text: string) =>
        text.replace(/"at":\d+/, `"at":${Date.now() + ms}`);
      const changes: readonly (readonly [(text: string) => string, isTaken: boolean])[] = [
        [at(-599_000), true],
        [at(-601_000), false],
        [at(60_000), false],
        [() => '{', false],
        [() => 'null', false],
        [(text) => text.replace('self-signed-certificate', 'forgotten cause'), false],
        [(text) => text.replace('apiserver', 'elsewhere'), false],
      ];
      for (const [change, isTaken] of changes) {
        open().write(relayed);
        edit(change);
        assert.equal(open().read(), isTaken ? relayed : undefined, String(change));
      }
    }));

  test('is empty without a home directory', () => {
    const memory = createPathMemory({}, connection('https://a', 'ca'));
    memory.write(relayed);
    assert.is(memory.read(), undefined);
  });
});
