import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { kubeconfigText } from '../../kit/kubeconfig.ts';
import { concurrentSuite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';
import { runTool } from '../../kit/tool.ts';
import { openBlackHole } from '../../sandbox/black-hole.ts';
import { withListener } from '../../sandbox/listen.ts';

const nothing = { code: 0, stdout: ':4\n', stderr: '' };

const kubeconfig = (server: string, user: object = { token: 'none' }) =>
  kubeconfigText({ server }, user);

async function completeNodes(text: string, more: readonly string[] = []) {
  return withFiles({ config: text }, async (folder) => {
    const env = { KUBECONFIG: join(folder, 'config'), HOME: folder, PATH: '/usr/bin:/bin' };
    const { bytes: _, ...result } = await runTool(['__complete', ...more, 'curl', '--node', ''], {
      env,
    });
    return result;
  });
}

concurrentSuite('completion without a cluster', (test) => {
  for (const [title, text, more] of [
    ['the server is down', kubeconfig('https://127.0.0.1:1'), []],
    ['the kubeconfig cannot be parsed', '{', []],
    ['the server is not a URL', kubeconfig('::'), []],
    ['the log level is 8', kubeconfig('https://127.0.0.1:1'), ['-v8']],
    ['the log level is not a number', kubeconfig('https://127.0.0.1:1'), ['-v=x']],
    ['the context does not exist', kubeconfig('https://127.0.0.1:1'), ['--context', 'none']],
  ] as const)
    test(`offers nothing and prints nothing when ${title}`, async () => {
      assert.equal(await completeNodes(text, more), nothing);
    });

  test('gives up if the server does not answer', async () => {
    const hole = await openBlackHole();
    try {
      assert.equal(await completeNodes(kubeconfig(`https://127.0.0.1:${hole.port}`)), nothing);
    } finally {
      await hole.stop();
    }
  });

  test('does not call a server that has not answered for the previous word', async () => {
    let asked = 0;
    const silent = createServer((socket) => {
      asked += 1;
      socket.on('error', () => {});
    });
    await withListener(silent, (port) =>
      withFiles({ config: kubeconfig(`https://127.0.0.1:${port}`) }, async (folder) => {
        const env = { KUBECONFIG: join(folder, 'config'), HOME: folder };
        for (const word of ['', 'n']) {
          const { stdout } = await runTool(['__complete', 'curl', '--node', word], { env });
          assert.is(stdout, ':4\n');
        }
      }),
    );
    assert.is(asked, 1);
  });

  test('runs no credential plugin that needs input, and hides the output of other plugins', async () => {
    for (const [interactiveMode, isRun] of [
      ['Always', false],
      ['IfAvailable', true],
    ] as const)
      await withFiles(
        { plugin: '#!/bin/sh\ntouch "$0.ran"; echo "Password:" >&2; exit 1\n' },
        async (folder) => {
          const command = join(folder, 'plugin');
          chmodSync(command, 0o755);
          const exec = { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode };
          const result = await completeNodes(kubeconfig('https://127.0.0.1:1', { exec }));
          assert.equal(result, nothing);
          assert.is(existsSync(`${command}.ran`), isRun, interactiveMode);
        },
      );
  });

  test('does not fail for words that no command line could contain', async () => {
    for (const words of [[], [''], ['\u0000'], ['-'], ['--'], ['='], ['--=']])
      assert.is((await runTool(['__complete', ...words])).code, 0);
  });

  test('prints no error if the cache cannot be written', () =>
    withFiles({ '.cache': '' }, async (folder) => {
      writeFileSync(join(folder, 'config'), kubeconfig('https://127.0.0.1:1'));
      const env = { KUBECONFIG: join(folder, 'config'), HOME: folder };
      const { stdout, stderr } = await runTool(['__complete', 'curl', '--node', ''], { env });
      assert.equal([stdout, stderr], [':4\n', '']);
    }));
});
