import { readFileSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { withScriptedKubelet } from '../../kit/scripted-kubelet.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { inMasters } from '../../sandbox/sandbox.ts';

suite('exec', (test) => {
  test('requires --allow-exec, and explains why', () =>
    withSandbox(async ({ kubelets, apiServer }, tool) => {
      const exec = await tool(['exec', '-i', 'web', '--', 'sh', '-c', 'a b']);
      assert.equal([exec.code, exec.stdout], [2, '']);
      assert.is(
        exec.stderr,
        `error: exec requires --allow-exec
why: the kubelet checks only nodes/proxy: a direct exec skips pods/exec, admission control and the API server's audit log
hint: kubectl kubeletaccess exec --stdin --allow-exec web -- sh -c 'a b'
hint: without the API server: kubectl kubeletaccess exec --stdin --address HOST --allow-exec web -- sh -c 'a b'
hint: or for all commands of this shell: export KUBELETACCESS_ALLOW_EXEC=1
`,
      );
      for (const args of [
        ['attach', 'web'],
        ['exec', 'web', '--node', 'node-1', '--', 'id'],
        ['exec', 'web', '--no-upgrade', '--', 'id'],
        ['exec', 'web', '--no-upgrade', '--via', 'apiserver', '--', 'id'],
      ]) {
        const { code, stderr } = await tool(args);
        assert.is(code, 2);
        assert.match(
          stderr,
          /requires --allow-exec\nwhy: .*\nhint: kubectl kubeletaccess .*--allow-exec/,
        );
      }
      assert.equal([kubelets[0]?.requests, apiServer.requests], [[], []]);
    }));

  test('the command of the hint works', () =>
    withSandbox(async (_, tool) => {
      const { stderr } = await tool(['exec', 'web', '-c', 'web', '--', 'echo', 'hi']);
      const [, words = ''] = /^hint: kubectl kubeletaccess (.*)$/m.exec(stderr) ?? [];
      const { code, stdout } = await tool(words.split(' '));
      assert.equal([code, stdout], [0, 'hi\n'], words);
    }));

  test('does not require --allow-exec through the API server', () =>
    withSandbox(inMasters, async (_, tool) => {
      const args = ['exec', 'web', '--via', 'apiserver', '--', 'echo', 'hi'];
      const { code, stdout, stderr } = await tool(args);
      assert.equal([code, stdout, stderr], [0, 'hi\n', '']);
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

  test('finds a pod in the namespace of -n, of the context, or of NAMESPACE/POD', () =>
    withSandbox(inMasters, async (sandbox, tool) => {
      const { store, kubeconfigs } = sandbox;
      const web = store.get('pods', 'default/web') as unknown as { metadata: object };
      const metadata = { name: 'db', namespace: 'prod' };
      store.put('pods', { ...web, metadata } as never);
      const command = ['--via', 'apiserver', '--', 'echo', 'hi'];
      for (const args of [['db', '-n', 'prod'], ['prod/db'], ['prod/db', '-n', 'prod']]) {
        const { code, stdout, stderr } = await tool(['exec', ...args, ...command]);
        assert.equal([code, stdout], [0, 'hi\n'], stderr);
      }
      const config = readFileSync(kubeconfigs.admin, 'utf8');
      const inProd = config.replaceAll('"cluster":"sandbox"', '$&,"namespace":"prod"');
      writeFileSync(kubeconfigs.admin, inProd);
      assert.is((await tool(['exec', 'db', ...command])).code, 0);
      assert.match((await tool(['exec', 'web', ...command])).stderr, 'not found in namespace prod');
    }));

  test('rejects a namespace with a slash', () =>
    withSandbox({ nodes: ['none'] }, async (_, tool) => {
      const { code, stderr } = await tool('exec -n default/pods/web? web --allow-exec -- ls');
      assert.is(code, 2);
      assert.is(
        stderr,
        'error: invalid namespace "default/pods/web?": must be the name of a namespace\nhint: kubectl get namespaces\n',
      );
    }));

  test('names a pod and a container that do not exist', () =>
    withSandbox(async (_, tool) => {
      const command = ['--allow-exec', '--', 'ls'];
      const one = await tool(['exec', 'wen', '--node', 'node-1', ...command]);
      assert.is(one.code, 1);
      assert.match(
        one.stderr,
        /^error: the kubelet of node-1 at [\d.:]+ runs no pod default\/wen\nhint: did you mean: default\/web\?\nhint: kubectl kubeletaccess get pods -A --node node-1\n$/,
      );
      const other = await tool(['exec', 'web', '--node', 'node-1', '-c', 'wep', ...command]);
      assert.is(other.code, 1);
      assert.match(other.stderr, /^error: pod default\/web has no container wep, only \w+\n/);
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
      const { code, stderr } = await tool(['exec', '-i', 'web', '--allow-exec', '--', 'cat']);
      assert.is(code, 1);
      assert.match(
        stderr,
        /^error: the kubelet of node-1 at [\d.:]+ does not speak v5\.channel\.k8s\.io: it cannot tell a command that its input ends\nwhy: kubelets before 1\.36 do not; nothing was started\nhint: through the API server: --via apiserver\nhint: for a command that ends by itself, such as head -c 10: --keep-stdin-open\n$/,
      );
    }));

  test('runs commands without input, and commands with --keep-stdin-open', () =>
    withSandbox(before, async (_, tool) => {
      const echo = await tool(['exec', 'web', '--allow-exec', '--', 'echo', 'x']);
      assert.equal([echo.code, echo.stdout], [0, 'x\n']);
      const open = ['exec', '-i', '--keep-stdin-open', 'web', '--allow-exec', '--'];
      assert.is((await tool([...open, 'exit', '5'])).code, 5);
    }));
});

suite('attach and exec --no-upgrade', (test) => {
  test('attach prints the output of the container until it ends', () =>
    withSandbox(async (_, tool) => {
      const { code, stdout } = await tool(['attach', '-i', 'web', '--allow-exec']);
      assert.equal([code, stdout], [0, '']);
    }));

  test('exec --no-upgrade prints the output of the command, and exits with its code', () =>
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
    test(`exec --no-upgrade does not treat ${status} as success`, () =>
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
          const { code, stdout, stderr } = await tool(run);
          assert.equal([code, stdout], [1, '']);
          assert.match(
            stderr,
            new RegExp(
              `^error: the kubelet of node-1 at \\S+ answered with ${status}, which no command`,
            ),
          );
        },
      ));

  test('exec --no-upgrade prints only standard error of a failed command, and a note about it', () =>
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

  test('exec --no-upgrade applies --timeout to the command, not to the lookup of its pod', () =>
    withSandbox(async (_, tool) => {
      const run = 'exec --no-upgrade -v1 web --allow-exec --timeout 500ms -- sleep 9';
      const { code, stdout, stderr } = await tool(run);
      assert.equal([code, stdout], [1, '']);
      assert.match(
        stderr,
        /\naudit: .* ended with an error: sleep 9\nerror: the command did not end within 500ms by the kubelet of node-1 at [\d.:]+\nwhy: .* It may still run\nhint: without --timeout, /,
      );
    }));
});
