import * as assert from 'uvu/assert';
import { formatServer, parseServer } from '../../../src/kube/transport/server-address.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';
import { runTool } from '../../kit/tool.ts';

suite('a server in messages', (test) => {
  for (const [text, shown] of [
    ['https://u:SECRET@h:6443/k8s', 'https://h:6443/k8s'],
    ['https://u/SECRET@h', 'https://u/REDACTED@h'],
    ['https://h/a/SECRET@b/SECRET@c', 'https://h/REDACTED@c'],
    ['https://h/k8s/clusters/c-1', 'https://h/k8s/clusters/c-1'],
  ] as const)
    test(`has no password: ${text}`, () => assert.is(formatServer(parseServer(text)), shown));

  test('has no password in errors and in the log of -v', () =>
    withFiles(
      {
        k: JSON.stringify({
          ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'a' },
          clusters: [{ name: 'a', cluster: { server: 'https://127.0.0.1:1/SECRET@h' } }],
          users: [{ name: 'a', user: { token: 't' } }],
          contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
        }),
      },
      async (folder) => {
        const { code, stderr } = await runTool(['get', 'healthz', '-v', '8'], {
          env: { KUBECONFIG: `${folder}/k` },
        });
        assert.is(code, 1);
        assert.match(stderr, 'https://127.0.0.1:1/REDACTED@h');
        assert.not.match(stderr, 'SECRET');
      },
    ));
});
