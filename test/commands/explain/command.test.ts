import { Readable } from 'node:stream';
import { load } from 'js-yaml';
import * as assert from 'uvu/assert';
import { auditRules } from '../../../src/kubelet/audit-rules.ts';
import { causes } from '../../../src/kubelet/causes/all-causes.ts';
import { run } from '../../../src/run.ts';
import { rowsOf } from '../../kit/line-table.ts';
import { suite } from '../../kit/suite.ts';
import { nowhere, withFiles } from '../../kit/temporary.ts';
import { runTool } from '../../kit/tool.ts';

const denial =
  'Error from server (Forbidden): Forbidden (user=Kubernetes, verb=get, resource=nodes, subresource(s)=[proxy])\n ( pods/log web)';

/** An environment without a kubeconfig and a home directory, in which a request to an API server would fail. */
const offline = { env: { HTTPS_PROXY: 'http://127.0.0.1:1' } };
const explain = (...args: string[]) => runTool(['explain', ...args], offline);

suite('explain', (test) => {
  test('prints who denied what and why, the missing rule and the commands, without a kubeconfig', async () => {
    assert.equal(await resultOf(denial), {
      code: 0,
      stderr: '',
      stdout: [
        '* Forbidden (user=Kubernetes, verb=get, resource=nodes, subresource(s)=[proxy])',
        '  failed at: kubelet',
        '  hop:       apiserver-to-kubelet',
        '  cause:     forbidden',
        '  user:      Kubernetes',
        '  why:       the kubelet denied kube-apiserver (user "Kubernetes") get on nodes/proxy; your own permissions are not involved',
        '  remedy:    grant the missing permission; kubelets cache denials for up to 30s: retry if access is still denied',
        '  missing rule:',
        '    - apiGroups:',
        "        - ''",
        '      resources:',
        '        - nodes/proxy',
        '      verbs:',
        '        - get',
        '  run: kubectl kubeletaccess grant',
        '',
      ].join('\n'),
    });
  });

  test('reads standard input for -, and without an argument', async () => {
    for (const args of [['-'], []]) {
      const { code, stdout } = await runTool(['explain', ...args], { ...offline, stdin: denial });
      assert.is(code, 0);
      assert.match(stdout, 'user:      Kubernetes');
    }
  });

  test('does not open standard input if the text is in the arguments', async () => {
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
      cwd: nowhere,
      signal: new AbortController().signal,
    };
    const code = await run(['explain', denial], context as never);
    assert.equal([code, opened], [0, false]);
  });

  test('stops after a megabyte of an endless standard input', async () => {
    let chunks = 0;
    const endless = new Readable({
      read() {
        chunks += 1;
        this.push(chunks === 1 ? `${denial}\n` : 'x\n'.repeat(5_000));
      },
    });
    const { code } = await runTool('explain -', { ...offline, stdin: endless });
    assert.is(code, 0);
    assert.ok(chunks < 200, `${chunks} chunks`);
    assert.ok(endless.destroyed);
  });

  test('exits with 3 and prints no explanation for an unknown text', async () => {
    const { code, stdout, stderr } = await explain('permission denied (publickey)');
    assert.equal([code, stdout], [3, '']);
    assert.match(stderr, /^error: no known kubelet error in this text/);
    assert.match(stderr, 'hint: check the cluster: kubectl kubeletaccess status');
  });

  test('rejects an empty text', async () => {
    for (const result of [await explain(''), await explain(' \n'), await explain('-')])
      assert.equal([result.code, result.stdout], [2, '']);
  });

  test('-o json and -o yaml print one explanation as an object, and several as a list', async () => {
    const one = JSON.parse((await explain(denial, '-o', 'json')).stdout);
    assert.equal(one, {
      apiVersion: 'kubeletaccess/v1alpha1',
      kind: 'KubeletErrorExplanation',
      component: 'kubelet',
      hop: 'apiserver-to-kubelet',
      cause: 'forbidden',
      identity: 'Kubernetes',
      severity: 'error',
      nodeNames: [],
      message: one.message,
      remedy: one.remedy,
      missingRule: { apiGroups: [''], resources: ['nodes/proxy'], verbs: ['get'] },
      evidence: ['Forbidden (user=Kubernetes, verb=get, resource=nodes, subresource(s)=[proxy])'],
      commands: one.commands,
    });
    assert.equal(load((await explain(denial, '-oyaml')).stdout), one);
    const several = JSON.parse(
      (await explain(`${denial}\nerror: unable to upgrade connection: Unauthorized`, '-ojson'))
        .stdout,
    );
    assert.equal(
      [several.kind, several.items.map(({ cause }: { cause: string }) => cause)],
      ['List', ['no-credential-accepted', 'forbidden']],
    );
  });

  test('escapes control characters in the text', async () => {
    const { stdout } = await explain(
      'Error from server: nodes "n" is forbidden: User "a\u009b31m\u0007" cannot get resource "nodes" in API group "" at the cluster scope',
    );
    assert.not.match(stdout, /[\u0007\u009b]/);
    assert.match(stdout, String.raw`a\x9b31m\x07`);
  });

  test('joins the arguments to one text', async () => {
    const words = 'error: unable to upgrade connection: Unauthorized'.split(' ');
    assert.match((await explain(...words)).stdout, 'cause:     no-credential-accepted');
  });

  test('rejects a command line without a text if standard input is a terminal', async () => {
    const stdin = Object.assign(Readable.from([]), { isTTY: true });
    const { code, stderr } = await runTool('explain', { ...offline, stdin });
    assert.is(code, 2);
    assert.match(stderr, /^error: no text to explain\nhint: kubectl logs POD/);
  });

  test('says that standard input is empty if the command before the pipe prints nothing', async () => {
    const { code, stderr } = await runTool('explain -', { ...offline, stdin: Readable.from([]) });
    assert.is(code, 2);
    assert.match(stderr, /^error: no text to explain: standard input is empty\nhint: .* 2>&1 /);
  });
});

suite('explain FILE', (test) => {
  const files = {
    'a.log': denial,
    'b.log': 'dial tcp 10.0.0.1:10250: i/o timeout\n',
    'good.log': 'all is well\n',
    'folder/c.log': '',
  };
  const explainIn = (...args: string[]) =>
    withFiles(files, (cwd) => runTool(['explain', ...args], { ...offline, cwd }));

  test('prints the name of each file above its explanations', async () => {
    const { code, stdout, stderr } = await explainIn('a.log', 'b.log');
    assert.equal([code, stderr], [0, '']);
    assert.match(
      stdout,
      /^a\.log:\n\n\* Forbidden [\s\S]*\n\nb\.log:\n\n\* dial tcp [\s\S]* cause: {5}connection-timed-out\n/,
    );
  });

  test('names the file in each object', async () => {
    const { items } = JSON.parse((await explainIn('a.log', 'b.log', '-ojson')).stdout);
    assert.equal(
      items.map(({ file, cause }: Record<string, string>) => [file, cause]),
      [
        ['a.log', 'forbidden'],
        ['b.log', 'connection-timed-out'],
      ],
    );
  });

  test('names the files without a known error, and exits with 3 if no file has a known error', async () => {
    const some = await explainIn('a.log', 'good.log');
    assert.equal([some.code, some.stdout === ''], [0, false]);
    assert.match(some.stderr, /^error: no known kubelet error in good\.log\n/);
    const none = await explainIn('good.log');
    assert.equal([none.code, none.stdout], [3, '']);
  });

  test('fails for a folder', async () => {
    const { code, stdout, stderr } = await explainIn('folder');
    assert.equal([code, stdout], [1, '']);
    assert.is(stderr, 'error: unable to read file folder: is a directory\n');
  });

  test('rejects arguments of which only some are files', async () => {
    const { code, stdout, stderr } = await explainIn('a.log', 'b.lgo');
    assert.equal([code, stdout], [2, '']);
    assert.match(stderr, /^error: explain accepts either files or one text/);
  });
});

/** Names of causes and audit rules, each with its description. */
const pages = `
no-route
  no-route
    layer:   network
    why:     the client (your machine or kube-apiserver) has no route to the kubelet: a firewall rejects the traffic, the address or a route is wrong, or the host is down; permissions were not checked
    remedy:  check that firewalls, security groups and routes let the client reach that port, and that the node is up
    run: kubectl get nodes -o wide
    run: kubectl kubeletaccess status
    seen in messages like:
      dial tcp 10.0.0.1:10250: connect: no route to host
KA004
  KA004: the read-only port is open
    severity: high
    why:      It serves pods, metrics and stats over plain HTTP to anyone who reaches it, without authentication or authorization.
    remedy:   readOnlyPort: 0 in the KubeletConfiguration (and no --read-only-port); what still uses it: kubectl kubeletaccess metrics --filter 'kubelet_http_requests_total{server_type="readonly"}' --by node,path
    CIS:      4.2.4 Verify that if defined, the --read-only-port argument is set to 0
    run: kubectl kubeletaccess audit
`;

suite('explain NAME', (test) => {
  for (const [name, page] of rowsOf(pages))
    test(`describes ${name}`, async () => {
      const { code, stdout } = await explain(name);
      assert.equal([code, stdout], [0, `${page}\n`]);
    });
});

suite('explain WORD', (test) => {
  for (const word of ['drifted', 'absent', 'exec', 'token', 'yes', '<unset>'])
    test(`says where to read about ${word}, and exits with 3`, async () => {
      const { code, stdout, stderr } = await explain(word);
      assert.equal([code, stdout], [3, '']);
      assert.is(
        stderr,
        `error: "${word}" is not a kubelet error, cause or audit rule
hint: what a command prints is in its help: kubectl kubeletaccess COMMAND --help
hint: how access works, and its words: docs/how-access-works.md
`,
      );
    });
});

suite('explain CAUSE', (test) => {
  for (const args of [['no-route'], ['no', 'route'], ['NO-ROUTE']])
    test(`accepts the name as ${args.join(' + ')}`, async () =>
      assert.is((await explain(...args)).stdout, (await explain('no-route')).stdout));

  test('knows each cause, and prints it as an object', async () => {
    for (const cause of causes) {
      const { code, stdout } = await explain(cause, '-ojson');
      const page = JSON.parse(stdout);
      assert.equal([code, page.kind, page.cause], [0, 'KubeletErrorCause', cause]);
      assert.ok(page.why !== '' && page.layer !== '' && Array.isArray(page.commands));
      assert.equal(load((await explain(cause, '-oyaml')).stdout), page);
    }
  });
});

suite('explain with the id of an audit rule', (test) => {
  test('prints the same description as help, for an id in upper or lower case', async () => {
    for (const { id, title } of auditRules) {
      const { stdout } = await explain(id);
      assert.match(stdout, `${id}: ${title}\n`);
      assert.is((await explain(id.toLowerCase())).stdout, stdout);
      assert.is((await runTool(['help', id], offline)).stdout, stdout);
    }
  });

  test('`help` describes causes, too, and rejects unknown names', async () => {
    const page = await explain('no-route');
    assert.is((await runTool(['help', 'no-route'], offline)).stdout, page.stdout);
    const other = await runTool(['help', 'KA999'], offline);
    assert.equal([other.code, other.stdout], [2, '']);
    assert.match(other.stderr, /^error: unknown command "KA999"\n/);
  });
});

async function resultOf(text: string) {
  const { code, stdout, stderr } = await explain(text);
  return { code, stderr, stdout };
}
