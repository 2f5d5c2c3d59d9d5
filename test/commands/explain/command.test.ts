import { Readable } from 'node:stream';
import { load } from 'js-yaml';
import * as assert from 'uvu/assert';
import { run } from '../../../src/run.ts';
import { suite } from '../../kit/suite.ts';
import { runTool } from '../../kit/tool.ts';

const refusal =
  'Error from server (Forbidden): Forbidden (user=Kubernetes, verb=get, resource=nodes, subresource(s)=[proxy])\n ( pods/log web)';

/** No kubeconfig, no folder to look for one in, and a server that would be noticed if it were asked. */
const offline = { env: { HTTPS_PROXY: 'http://127.0.0.1:1' } };
const explain = (...args: string[]) => runTool(['status', '--explain', ...args], offline);

suite('status --explain', (test) => {
  test('tells who refused, on which hop, why, the rule and what to run, without a kubeconfig', async () => {
    assert.equal(await told(refusal), {
      code: 0,
      stderr: '',
      stdout: [
        '* Forbidden (user=Kubernetes, verb=get, resource=nodes, subresource(s)=[proxy])',
        '  who:     kubelet',
        '  hop:     API server -> kubelet',
        '  cause:   forbidden',
        '  user:    Kubernetes',
        '  why:     the kubelet refused kube-apiserver, who asks it on your behalf as user "Kubernetes" of its own client certificate, so that your rights do not matter there, be you admin or not: that user lacks get on nodes/proxy',
        '  missing rule:',
        '    - apiGroups:',
        "        - ''",
        '      resources:',
        '        - nodes/proxy',
        '      verbs:',
        '        - get',
        '  run: kubectl kubeletaccess grant',
        '  run: kubectl create clusterrole kubelet-proxy:Kubernetes --verb=get --resource=nodes/proxy && kubectl create clusterrolebinding kubelet-proxy:Kubernetes --clusterrole=kubelet-proxy:Kubernetes --user=Kubernetes',
        '',
      ].join('\n'),
    });
  });

  test('a kubeconfig that is no good does not matter', async () => {
    const { code, stderr } = await runTool(
      ['status', '--kubeconfig', '/nonexistent/config', '--explain', refusal],
      offline,
    );
    assert.equal([code, stderr], [0, '']);
  });

  test('- reads standard input, however the dash is joined to the flag', async () => {
    for (const args of [['--explain', '-'], ['--explain=-']]) {
      const { code, stdout } = await runTool(['status', ...args], { ...offline, stdin: refusal });
      assert.is(code, 0);
      assert.match(stdout, 'user:    Kubernetes');
    }
  });

  test('standard input is opened for - alone', async () => {
    let opened = false;
    const context = {
      env: {},
      get stdin() {
        opened = true;
        return Readable.from([]);
      },
      stdout: { write: () => true },
      stderr: { write: () => true },
      colorDepth: 1,
      cwd: '/nonexistent',
      signal: new AbortController().signal,
    };
    const code = await run(['status', '--explain', refusal], context as never);
    assert.equal([code, opened], [0, false]);
  });

  test('of an endless standard input a megabyte is read', async () => {
    let chunks = 0;
    const endless = new Readable({
      read() {
        chunks += 1;
        this.push(chunks === 1 ? `${refusal}\n` : 'x\n'.repeat(5_000));
      },
    });
    const texts: string[] = [];
    const stream = { write: (text: string) => texts.push(text) };
    const signal = new AbortController().signal;
    const code = await run(['status', '--explain', '-'], {
      ...{ env: {}, stdin: endless, colorDepth: 1, cwd: '/nonexistent', signal },
      ...{ stdout: stream, stderr: stream },
    } as never);
    assert.is(code, 0);
    assert.ok(chunks < 200, `${chunks} chunks`);
    assert.ok(endless.destroyed);
  });

  test('an unknown text is exit 3, never a guess, and says what to do', async () => {
    const { code, stdout, stderr } = await explain('permission denied (publickey)');
    assert.equal([code, stdout], [3, '']);
    assert.match(stderr, /^not recognised/);
    assert.match(stderr, 'hint: ask the cluster itself: kubectl kubeletaccess status');
  });

  test('no text is a wrong command line', async () => {
    for (const result of [await explain(''), await explain(' \n'), await explain('-')])
      assert.equal([result.code, result.stdout], [2, '']);
  });

  test('-o json and -o yaml print the value itself; of several a list', async () => {
    const one = JSON.parse((await explain(refusal, '-o', 'json')).stdout);
    assert.equal(one, {
      apiVersion: 'kubeletaccess/v1',
      kind: 'KubeletErrorExplanation',
      who: 'kubelet',
      hop: 'API server -> kubelet',
      cause: 'forbidden',
      identity: 'Kubernetes',
      why: one.why,
      missingRule: { apiGroups: [''], resources: ['nodes/proxy'], verbs: ['get'] },
      evidence: 'Forbidden (user=Kubernetes, verb=get, resource=nodes, subresource(s)=[proxy])',
      commands: one.commands,
    });
    assert.equal(load((await explain(refusal, '-oyaml')).stdout), one);
    const several = JSON.parse(
      (await explain(`${refusal}\nerror: unable to upgrade connection: Unauthorized`, '-ojson'))
        .stdout,
    );
    assert.equal(
      [several.kind, several.items.map(({ cause }: { cause: string }) => cause)],
      ['List', ['no credential accepted', 'forbidden']],
    );
  });

  test('an output format that it does not have is a wrong command line', async () => {
    const { code, stderr } = await explain(refusal, '-o', 'wide-open');
    assert.is(code, 2);
    assert.match(stderr, 'wide-open');
  });

  for (const [args, words] of [
    [['--timeout', '3s'], '--timeout'],
    [['--parallel', '4', '--timeout', '3s'], '--timeout, --parallel'],
    [['--kubelet-port', '1'], '--explain'],
    [['-k'], '--explain'],
  ] as const)
    test(`${args.join(' ')} beside it is a wrong command line`, async () => {
      const { code, stdout, stderr } = await explain(refusal, ...args);
      assert.equal([code, stdout], [2, '']);
      assert.match(stderr, words);
    });

  test("a server's words do not command the terminal", async () => {
    const { stdout } = await explain(
      'Error from server: nodes "n" is forbidden: User "a\u009b31m\u0007" cannot get resource "nodes" in API group "" at the cluster scope',
    );
    assert.not.match(stdout, /[\u0007\u009b]/);
    assert.match(stdout, String.raw`a\x9b31m\x07`);
  });
});

async function told(text: string) {
  const { code, stdout, stderr } = await explain(text);
  return { code, stderr, stdout };
}
