import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import { temporaryFolder } from '../kit/temporary.ts';
import { checkOwnFolder } from './cluster-folder.ts';
import { isUp, type Mark, markFile, stopCluster } from './stop.ts';

/** Makes the folder of a cluster that has ended, with a record of a folder elsewhere. */
function makeFolder(directory: string, victim: string): void {
  mkdirSync(directory, { mode: 0o700 });
  const mark: Mark = { starter: { pid: 1, began: '' }, programFolders: [] };
  writeFileSync(join(directory, markFile), JSON.stringify(mark));
  writeFileSync(join(directory, 'made'), `tree ${victim}\nfolder ${victim}\n`);
  mkdirSync(join(victim, 'full'), { recursive: true, mode: 0o700 });
}

suite('the folder of a cluster', (test) => {
  for (const [title, spoil, words] of [
    [
      'other users may read',
      (directory: string) => {
        chmodSync(directory, 0o750);
        return directory;
      },
      /other users may use \S+\/cluster$/,
    ],
    [
      'other users may replace',
      (directory: string, parent: string) => {
        chmodSync(parent, 0o777);
        return directory;
      },
      /other users may write to /,
    ],
    [
      'is a symbolic link',
      (directory: string, parent: string) => {
        symlinkSync(directory, join(parent, 'link'));
        return join(parent, 'link');
      },
      /link is not a folder$/,
    ],
    [
      'is below a symbolic link',
      (_: string, parent: string) => {
        symlinkSync(parent, join(parent, 'link'));
        return join(parent, 'link/cluster');
      },
      /link is not a folder$/,
    ],
  ] as const)
    test(`is not used if it is one that ${title}`, async () => {
      const parent = temporaryFolder();
      const victim = join(parent, 'victim');
      makeFolder(join(parent, 'cluster'), victim);
      const directory = spoil(join(parent, 'cluster'), parent);
      for (const use of [isUp, stopCluster])
        assert.match(await use(directory).then(() => '', String), words);
      assert.ok(existsSync(join(directory, markFile)));
      assert.ok(existsSync(victim));
    });

  test('is not used if it belongs to another user', () => {
    const directory = temporaryFolder();
    checkOwnFolder(directory);
    assert.throws(() => checkOwnFolder(directory, 12_345), / belongs to user \d+$/);
  });

  test('is removed, but nothing else that a damaged record names', async () => {
    const parent = temporaryFolder();
    const victim = join(parent, 'victim');
    makeFolder(join(parent, 'cluster'), victim);
    await stopCluster(join(parent, 'cluster'));
    assert.not(existsSync(join(parent, 'cluster')));
    assert.ok(existsSync(join(victim, 'full')));
  });
});
