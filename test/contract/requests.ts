import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { runProcess } from '../kit/tool.ts';
import { eventually, succeed, withUserRules } from './rbac.ts';
import type { World } from './world.ts';

const node = ['--node', 'node-1'];
const mayGet = (...resources: readonly string[]) => [
  { apiGroups: [''], resources, verbs: ['get'] },
];

export function requests(world: World): void {
  suite(`${world.title}: requests`, (test) => {
    test('curl -X HEAD works for a caller with all permissions', async () => {
      const result = await succeed(world, ['curl', '/metrics', ...node, '-X', 'HEAD']);
      assert.match(result.stdout, /^HTTP\/1\.1 200 OK\r\n(?:\S+: [^\r]*\r\n)+\r\n$/);
    });

    test('curl -X HEAD is denied if the caller has only the verb get', () =>
      withUserRules(world, 'dev', mayGet('nodes', 'nodes/metrics'), async () => {
        await eventually(
          world,
          async () => (await world.tool(['curl', '/metrics', ...node], 'dev')).code === 0,
        );
        const { code, stdout, stderr } = await world.tool(
          ['curl', '/metrics', ...node, '-X', 'HEAD'],
          'dev',
        );
        assert.is(code, 1);
        assert.match(stdout, /^HTTP\/1\.1 403 Forbidden\r\n/);
        assert.match(
          stderr,
          /^error: the kubelet of node-1 at \S+ answered HEAD \/metrics with 403\nwhy: .*\nmissing: every verb \(\*\) on nodes\/metrics\n/,
        );
      }));

    test('a query reaches the kubelet byte for byte, even through the API server', () =>
      withUserRules(world, 'Kubernetes', mayGet('nodes/log'), async () => {
        for (const via of ['direct', 'apiserver']) {
          const path = '/logs/?query=kubelet&tailLines=a%2Bb+c%2fd%25';
          const args = ['curl', path, ...node, '--via', via];
          await eventually(world, async () =>
            (await world.tool(args)).stderr.includes(
              'tailLines: Invalid value: "a+b c/d%": strconv.Atoi',
            ),
          );
        }
      }));

    test('curl --timing prints the duration of each step', async () => {
      const { code, stderr } = await world.tool(['curl', '/healthz', ...node, '--timing']);
      assert.is(code, 0);
      assert.match(
        stderr,
        /^\ndns 0ms {2}connect \d+ms {2}tls \d+ms {2}first byte \d+ms {2}total /,
      );
    });

    test('endpoints --node lists the served paths and the permissions of the caller', async () => {
      const allowed = async (caller: 'admin' | 'dev') => {
        const args = ['endpoints', ...node, '--via', 'apiserver'];
        const { code, stdout } = await world.tool(args, caller);
        assert.is(code, 0);
        assert.is(/^\/statusz /m.test(stdout), caller === 'dev' || world.minor >= 36);
        return /^\/configz +configz +(\w+) /m.exec(stdout)?.[1];
      };
      assert.equal([await allowed('admin'), await allowed('dev')], ['yes', 'no']);
    });

    for (const via of ['direct', 'apiserver'])
      test(`the printed command of --print-curl works: ${via}`, () =>
        withCredentialFiles(world, async (flags) => {
          const args = ['curl', '/healthz?verbose', ...node, '--via', via, '--print-curl'];
          const { code, stdout, stderr } = await world.tool([...args, ...flags]);
          assert.equal([code, stderr], [0, '']);
          const pasted = await runProcess('bash', ['-c', stdout]);
          // Through the API server, the kubelet may deny the request of kube-apiserver.
          const expected = via === 'direct' ? /ok$|check passed$/ : /ok|^Forbidden \(user=Kub/;
          assert.match(pasted.stdout.trim(), expected);
          assert.is(pasted.stderr, '');
        }));
  });
}

async function withCredentialFiles(
  { ca, admin }: World,
  use: (flags: readonly string[]) => Promise<void>,
): Promise<void> {
  const files = {
    'certificate-authority': ca,
    'client-certificate': admin.cert,
    'client-key': admin.key,
  };
  await withFiles(files, (folder) =>
    use(Object.keys(files).map((name) => `--${name}=${join(folder, name)}`)),
  );
}
