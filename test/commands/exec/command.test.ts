import * as assert from 'uvu/assert';
import { withScriptedKubelet } from '../../kit/scripted-kubelet.ts';
import { suite } from '../../kit/suite.ts';
import { checkFailure } from '../../kit/tool.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { inMasters } from '../../sandbox/sandbox.ts';

inVirtualTime();

suite('exec', (test) => {
  test('prints both outputs of a command separately, and exits with its code', () =>
    withSandbox(async (_, tool) => {
      const echo = await tool(['exec', 'web', '--allow-exec', '--', 'echo', 'a', 'b c']);
      assert.equal([echo.code, echo.stdout, echo.stderr], [0, 'a b c\n', '']);
      const warn = await tool(['exec', 'web', '--allow-exec', '--', 'warn', 'careful']);
      assert.equal([warn.code, warn.stdout, warn.stderr], [0, '', 'careful\n']);
      for (const code of [1, 42, 137])
        assert.is(
          (await tool(['exec', 'web', '--allow-exec', '--', 'exit', String(code)])).code,
          code,
        );
    }));

  for (const via of ['direct', 'apiserver'])
    test(`sends all of standard input (${via})`, () =>
      withSandbox(inMasters, async (_, tool) => {
        const stdin = 'line\n'.repeat(100_000);
        const line = `exec -i web --allow-exec --via ${via} -- cat`;
        const { code, stdout, stderr } = await tool(line, 'admin', { stdin });
        assert.equal([code, stdout.length, stderr], [0, stdin.length, '']);
        assert.ok(stdout === stdin);
      }));

  test('the hint names a command that works', () =>
    withSandbox(async (_, tool) => {
      const { stderr } = await tool(['exec', 'web', '-c', 'web', '--', 'echo', 'hi']);
      const [, words = ''] = /^hint: kubectl kubeletaccess (.*)$/m.exec(stderr) ?? [];
      const { code, stdout } = await tool(words.split(' '));
      assert.equal([code, stdout], [0, 'hi\n'], words);
    }));

  test('is allowed by KUBELETACCESS_ALLOW_EXEC=1, and by no other value', () =>
    withSandbox(async (_, tool) => {
      for (const [value, code] of [
        ['1', 0],
        ['0', 2],
        ['', 2],
        ['true', 2],
      ] as const) {
        const env = { KUBELETACCESS_ALLOW_EXEC: value };
        for (const line of [
          'exec web -- echo hi',
          'exec web --no-upgrade -- echo hi',
          'attach web -i',
        ])
          assert.is((await tool(line, 'admin', { env })).code, code, `${line} ${value}`);
      }
    }));

  for (const pod of ['web', 'pod/web', 'pods/web', 'po/web', 'default/web'])
    test(`accepts arguments in kubectl's order, and the pod as ${pod}`, () =>
      withSandbox(async (_, tool) => {
        const words = ['exec', pod, '-c', 'web', '-it', '--allow-exec', '--', 'echo', '-n', '--'];
        const { code, stdout, stderr } = await tool(words);
        assert.equal([code, stdout], [0, '-n --\n'], stderr);
      }));

  test('prints audit lines with -v', () =>
    withSandbox(async (_, tool) => {
      const exec = ['exec', '-v1', 'web', '--allow-exec', '--'];
      const { stderr } = await tool([...exec, 'exit', '3']);
      assert.match(
        stderr,
        /^audit: \S+Z exec in container web of pod default\/web by the kubelet of node-1 at [\d.:]+: exit 3\naudit: \S+Z exec in .* ended with exit code 3: exit 3\n$/,
      );
      const lost = await tool([...exec, 'nosuch']);
      assert.match(lost.stderr, /ended with an error: nosuch\nerror: /);
    }));

  test('says that the container has no such command, and how to use a shell', () =>
    withSandbox(async (_, tool) => {
      const exec = (name: string) =>
        tool(['exec', 'web', '-n', 'default', '--allow-exec', '--', name]);
      const { code, stderr } = await exec('nosuch');
      assert.equal(
        [code, stderr],
        [
          1,
          'error: container web of pod default/web has no command "nosuch"\nwhy: error executing command in container: failed to exec in container: failed to start exec "324342af6d16": OCI runtime exec failed: exec failed: unable to start container process: exec: "nosuch": executable file not found in $PATH\nhint: with a shell: kubectl kubeletaccess exec web --namespace default --allow-exec -- sh\nhint: with the programs of another image: kubectl debug -it web -n default --image=busybox --target=web\n',
        ],
      );
    }));

  test('opens no terminal if standard input is not a terminal', () =>
    withSandbox(async (_, tool) => {
      const { code, stdout, stderr } = await tool('exec web -it --allow-exec -- echo x');
      assert.equal(
        [code, stdout, stderr],
        [0, 'x\n', 'note: no terminal is made: standard input is not a terminal\n'],
      );
    }));
});

suite('exec of a kubelet before 1.36', (test) => {
  const before = { minor: 31 } as const;
  test('starts no command that must notice the end of its input', () =>
    withSandbox(before, async (_, tool) => {
      checkFailure(
        await tool(['exec', '-i', 'web', '--allow-exec', '--', 'cat']),
        /^error: the kubelet of node-1 at [\d.:]+ does not speak v5\.channel\.k8s\.io: it cannot tell a command that its input ends\nwhy: kubelets before 1\.36 do not; nothing was started\nhint: through the API server: --via apiserver\nhint: for a command that ends by itself, such as head -c 10: --leave-stdin-open\n$/,
      );
    }));

  test('runs commands without input, and commands with --leave-stdin-open', () =>
    withSandbox(before, async (_, tool) => {
      const echo = await tool(['exec', 'web', '--allow-exec', '--', 'echo', 'x']);
      assert.equal([echo.code, echo.stdout], [0, 'x\n']);
      const open = ['exec', '-i', '--leave-stdin-open', 'web', '--allow-exec', '--'];
      assert.is((await tool([...open, 'exit', '5'])).code, 5);
    }));
});

suite('exec --no-upgrade', (test) => {
  test('prints the output of the command, and exits with its code', () =>
    withSandbox(async (_, tool) => {
      // kube-apiserver needs permission, too.
      await tool(['grant']);
      for (const via of ['direct', 'apiserver']) {
        const args = ['exec', '--no-upgrade', 'web', '--allow-exec', '--via', via, '--'];
        const good = await tool([...args, 'echo', 'hi']);
        assert.equal([good.code, good.stdout, good.stderr], [0, 'hi\n', '']);
        const bytes = await tool([...args, 'bytes']);
        assert.equal([...bytes.bytes], [0, 255, 254, 128, 10, 27]);
      }
    }));

  for (const status of [204, 206, 302, 308])
    test(`does not treat ${status} as success`, () =>
      withScriptedKubelet(
        (request, response) => {
          const isRun = request.url?.startsWith('/run/') === true;
          if (isRun) response.writeHead(status, { location: '/elsewhere' }).end();
          else response.writeHead(404).end('404 page not found');
        },
        async ({ sandbox, tool }) => {
          const web = sandbox.store.get('pods', 'default/web') as unknown as { spec: object };
          sandbox.store.put('pods', { ...web, spec: { ...web.spec, nodeName: 'node-1' } } as never);
          const run = ['exec', '--no-upgrade', 'web', '--allow-exec', '--', 'id'];
          checkFailure(
            await tool(run),
            new RegExp(
              `^error: the kubelet of node-1 at \\S+ answered with ${status}, which no command`,
            ),
          );
        },
      ));

  test('prints only standard error of a failed command, and a note about the missing output', () =>
    withSandbox(async (_, tool) => {
      const note =
        'note: of a command that fails, a kubelet gives standard error only; for both: kubectl kubeletaccess exec, without --no-upgrade\n';
      const run = ['exec', '--no-upgrade', '-v1', 'web', '--allow-exec', '--'];
      const silent = await tool([...run.filter((word) => word !== '-v1'), 'false']);
      assert.equal([silent.code, silent.stdout, silent.stderr], [1, '', note]);
      const { code, stdout, stderr } = await tool([...run, 'warn', 'careful']);
      assert.equal([code, stdout], [3, '']);
      assert.match(stderr, /^audit: .*\ncareful\nnote: .*\naudit: .* ended with exit code 3: /);
    }));

  test('applies --timeout to the command, not to the lookup of its pod', () =>
    withSandbox(async (_, tool) => {
      const run = 'exec --no-upgrade -v1 web --allow-exec --timeout 500ms -- sleep 9';
      checkFailure(
        await tool(run),
        /\naudit: .* ended with an error: sleep 9\nerror: the command did not end within 500ms by the kubelet of node-1 at [\d.:]+\nwhy: .* It may still run\nhint: without --timeout, /,
      );
    }));
});
