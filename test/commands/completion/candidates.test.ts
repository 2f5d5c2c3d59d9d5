import * as assert from 'uvu/assert';
import { binding, group, label, put, role, serviceAccount, user } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';
import { runTool } from '../../kit/tool.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

inVirtualTime();

/** Bits that tell the shell how to complete. Source: ShellCompDirective in cobra's completions.go. */
const directives = { files: 0, noFiles: 4, noSpace: 6, folders: 16 } as const;

type Row = readonly [words: string, candidates: string, directive: keyof typeof directives];

/** The command line up to the cursor, the expected candidates, and the expected directive. Words and candidates are separated by spaces. */
const rows: readonly Row[] = [
  ['cu', 'curl', 'noFiles'],
  ['nothing ', '', 'noFiles'],
  ['help rev', 'revoke', 'noFiles'],
  ['help KA40', 'KA401 KA402 KA403', 'noFiles'],
  ['help curl ', '', 'noFiles'],
  ['version ', '', 'noFiles'],
  ['completion ', 'bash zsh fish powershell install uninstall', 'noFiles'],
  ['completion install --shell ', 'bash zsh fish', 'noFiles'],
  ['completion install --dir ', '', 'folders'],
  // Flags
  ['curl --al', '--all --allow-unsafe --allow-unsafe=all-nodes', 'noFiles'],
  ['metrics --fi', '--filter', 'noFiles'],
  ['metrics --by s', 'series', 'noFiles'],
  ['metrics --rate=3', '30s', 'noFiles'],
  ['--kubec', '--kubeconfig', 'noFiles'],
  ['grant --fo', '--for --force', 'noFiles'],
  ['grant --force --fo', '--for', 'noFiles'],
  ['curl --node node-1 --nod', '--node', 'noFiles'],
  ['revoke --dry', '--dry-run --dry-run=none --dry-run=client --dry-run=server', 'noFiles'],
  ['audit -l', '-l', 'noFiles'],
  ['curl -- --no', '', 'noFiles'],
  ['version --he', '--help', 'noFiles'],
  // Declared values
  ['status -o ', 'table wide json yaml markdown prometheus jsonpath= custom-columns=', 'noFiles'],
  ['status -o jsonp', 'jsonpath=', 'noSpace'],
  ['status --output=y', 'yaml', 'noFiles'],
  ['status -oy', '-oyaml', 'noFiles'],
  ['audit -o m', 'markdown', 'noFiles'],
  ['grant -o ', 'name yaml json', 'noFiles'],
  ['grant --dry-run=', 'none client server', 'noFiles'],
  ['revoke --profile ch', 'checkpoint', 'noFiles'],
  ['audit --fail-on ', 'high medium low', 'noFiles'],
  ['curl --via a', 'apiserver auto', 'noFiles'],
  ['exec --via ', 'auto direct apiserver', 'noFiles'],
  ['exec w', 'web', 'noFiles'],
  ['attach --node ', 'node-1 node-2', 'noFiles'],
  ['exec -it monitoring/', 'monitoring/prometheus', 'noFiles'],
  ['exec --no-upgrade monitoring/prometheus -c ', 'server config-reloader', 'noFiles'],
  ['exec web -c w', 'web', 'noFiles'],
  ['exec web ', '', 'noFiles'],
  ['exec web -- ', '', 'noFiles'],
  ['port-forward web 80', '', 'noFiles'],
  ['port-forward --address l', 'localhost', 'noFiles'],
  ['port-forward monitoring/', 'monitoring/prometheus', 'noFiles'],
  ['curl --all=', 'true false', 'noFiles'],
  ['--color n', 'never', 'noFiles'],
  [
    '--kubelet-preferred-address-types InternalIP,Ex',
    'InternalIP,ExternalIP InternalIP,ExternalDNS',
    'noFiles',
  ],
  ['curl /stats', '/stats/summary', 'noFiles'],
  ['curl /lo', '/logs/', 'noSpace'],
  ['curl co', 'configz', 'noFiles'],
  ['curl s', 'slis summary statusz', 'noFiles'],
  ['curl /co', '/configz /containerLogs/', 'noFiles'],
  ['explain untrusted-', 'untrusted-ca', 'files'],
  ['explain KA40', 'KA401 KA402 KA403', 'files'],
  ['explain /var/lo', '', 'files'],
  ['--kubeconfig ', '', 'files'],
  ['curl --output-dir=', '', 'folders'],
  ['status --timeout ', '', 'noFiles'],
  ['curl -d b', '', 'noFiles'],
  ['curl -d @', '@body.json @bodies/', 'noFiles'],
  ['curl -d @.', '@.hidden', 'noFiles'],
  ['curl -d @bodi', '@bodies/', 'noSpace'],
  ['curl --data=@bodies/', '@bodies/a.json @bodies/b.json', 'noFiles'],
  ['curl -d@body', '-d@body.json', 'noFiles'],
  ['curl -d @nothing/', '', 'noFiles'],
  // Names from the kubeconfig
  ['--context ', 'admin dev token', 'noFiles'],
  ['curl --context t', 'token', 'noFiles'],
  ['--cluster s', 'sandbox', 'noFiles'],
  // Names from the cluster
  ['curl --node ', 'node-1 node-2', 'noFiles'],
  ['--node ', 'node-1 node-2', 'noFiles'],
  ['curl --node node-1,', 'node-1,node-2', 'noFiles'],
  ['curl --node node-1 --node ', 'node-2', 'noFiles'],
  ['grant --node node-2 --node n', 'node-1', 'noFiles'],
  ['status -l ', 'kubernetes.io/hostname= kubernetes.io/os= pool= ', 'noSpace'],
  ['status -l kubernetes.io/o', 'kubernetes.io/os=linux', 'noFiles'],
  ['status -l pool=', 'pool=a pool=b', 'noFiles'],
  ['status -l pool!=a', 'pool!=a', 'noFiles'],
  ['status -l pool=a,kubernetes.io/os', 'pool=a,kubernetes.io/os=linux', 'noFiles'],
  // Words that kubectl's zsh and fish scripts would misread have no candidates.
  ['status --selector=pool=', '', 'noFiles'],
  ['status -l a-b=', '', 'noFiles'],
  [
    'top pods -L ',
    'kubernetes.io/hostname kubernetes.io/os node-role.kubernetes.io/worker pool',
    'noFiles',
  ],
  ['top pods -L pool,kubernetes.io/o', 'pool,kubernetes.io/os', 'noFiles'],
  ['curl --role ', 'worker', 'noFiles'],
  ['logs ', 'web default/ kube-system/ monitoring/', 'noFiles'],
  ['logs d', 'default/', 'noSpace'],
  ['logs default/', 'default/web', 'noFiles'],
  ['logs pod/', 'pod/web', 'noFiles'],
  ['logs -n monitoring p', 'prometheus', 'noFiles'],
  ['logs -n monitoring po/', 'po/prometheus', 'noFiles'],
  ['logs monitoring/prometheus -c ', 'server config-reloader', 'noFiles'],
  ['logs pod/prometheus -n monitoring -c s', 'server', 'noFiles'],
  ['logs web ', 'default/ kube-system/ monitoring/ web', 'noFiles'],
  // Types of rows, and the objects of each type
  ['top ', 'nodes pods containers volumes images', 'noFiles'],
  ['get po', 'pods', 'noFiles'],
  ['diff ', 'configz flagz featuregates', 'noFiles'],
  ['check metrics-s', 'metrics-server', 'noFiles'],
  ['check metrics-server ', 'node-1 node-2', 'noFiles'],
  ['top nodes node-1 ', 'node-1 node-2', 'noFiles'],
  ['top pods d', 'default/', 'noSpace'],
  ['metrics p', 'probes', 'noFiles'],
  ['metrics cadvisor node-1,', 'node-1,node-2', 'noFiles'],
  ['node-logs node-1 -u kub', 'kubelet', 'noFiles'],
  ['endpoints ', 'node-1 node-2', 'noFiles'],
  ['-n mon', 'monitoring', 'noFiles'],
  ['curl --as-serviceaccount monitoring/', 'monitoring/agent', 'noFiles'],
  ['grant --subject ', 'user: group: serviceaccount:', 'noSpace'],
  ['grant --subject user:', 'user:jane', 'noFiles'],
  ['grant --subject group:', 'group:ops', 'noFiles'],
  ['revoke --subject serviceaccount:mon', 'serviceaccount:monitoring:', 'noSpace'],
  ['status --subject serviceaccount:monitoring:', 'serviceaccount:monitoring:agent', 'noFiles'],
  ['--as ', 'jane', 'noFiles'],
  ['--as-group o', 'ops', 'noFiles'],
];

function fill(sandbox: Sandbox): void {
  label(sandbox, 'nodes', 'node-1', { pool: 'a' });
  label(sandbox, 'nodes', 'node-2', { pool: 'b', 'node-role.kubernetes.io/worker': '' });
  const namespace = 'monitoring';
  put(sandbox, role('r', []), binding('b', 'r', [user('jane'), group('ops')]));
  put(sandbox, serviceAccount('agent', namespace));
  put(sandbox, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'prometheus', namespace },
    spec: {
      nodeName: 'node-1',
      containers: [{ name: 'server' }],
      initContainers: [{ name: 'config-reloader' }],
    },
  });
}

function withFolder(use: (sandbox: Sandbox, folder: string) => Promise<void>): Promise<void> {
  const files = ['body.json', '.hidden', 'bodies/a.json', 'bodies/b.json'];
  return withFiles(Object.fromEntries(files.map((name) => [name, ''])), (folder) =>
    withSandbox((sandbox) => use(sandbox, folder)),
  );
}

suite('candidates', (test) => {
  test('are commands, flags, declared values, and names from the cluster', () =>
    withFolder(async (sandbox, cwd) => {
      fill(sandbox);
      const env = { KUBECONFIG: sandbox.kubeconfigs.admin };
      for (const [words, candidates, directive] of rows) {
        const { code, stdout, stderr } = await runTool(['__complete', ...words.split(' ')], {
          env,
          cwd,
        });
        const lines = stdout.trimEnd().split('\n');
        const offered = lines.slice(0, -1).map((line) => line.split('\t')[0]);
        const expected = candidates.split(' ').filter((each) => each !== '');
        const known = expected.includes('pool=')
          ? [...expected, 'node-role.kubernetes.io/worker=']
          : expected;
        assert.equal([code, stderr, lines.at(-1)], [0, '', `:${directives[directive]}`], words);
        assert.equal([...offered].sort(), [...known].sort(), words);
      }
    }));

  test('omit names with a line break or control character', () =>
    withSandbox(async (sandbox) => {
      const node = sandbox.store.get('nodes', 'node-1');
      if (!node) throw new Error('no node-1');
      for (const name of ['a\nb', 'c\td', 'e\u001b[2Jf', 'node-3'])
        sandbox.store.put('nodes', { ...node, metadata: { ...node.metadata, name } });
      const { stdout } = await runTool(['__complete', 'curl', '--node', ''], {
        env: { KUBECONFIG: sandbox.kubeconfigs.admin },
      });
      assert.is(stdout, 'node-1\nnode-2\nnode-3\n:4\n');
    }));

  test('omit names that a shell might run, and names with invisible characters', () =>
    withSandbox(async (sandbox) => {
      const names = [
        'x$(touch a)',
        'x`id`',
        "x';id;'",
        'x y',
        'x\u009b2J',
        'x\u202e',
        'x"',
        'x-fine',
      ];
      put(sandbox, role('r', []), binding('b', 'r', names.map(user)));
      const env = { KUBECONFIG: sandbox.kubeconfigs.admin };
      const { stdout } = await runTool(['__complete', 'grant', '--subject', 'user:x'], { env });
      assert.is(stdout, 'user:x-fine\n:4\n');
    }));

  test('have the summaries of commands and options', async () => {
    const { stdout } = await runTool(['__complete', 'curl']);
    assert.is(stdout, 'curl\tSend an HTTP request to kubelets\n:4\n');
    const flag = await runTool(['__complete', 'curl', '--all']);
    assert.match(flag.stdout, '--all\tAll nodes.\n');
  });

  test('need a single request, which returns a limited number of objects without spec and status', () =>
    withSandbox(async ({ apiServer }, tool) => {
      await tool(['__complete', 'curl', '--node', '']);
      await tool(['__complete', 'curl', '-l', '']);
      const lines = apiServer.requests.map(({ line }) => line);
      assert.equal(lines, [
        'GET /api/v1/nodes?limit=2000&includeObject=None',
        'GET /api/v1/nodes?limit=500',
      ]);
      const [table, metadata] = apiServer.requests.map(({ headers }) => headers.accept);
      assert.match(table ?? '', 'as=Table');
      assert.match(metadata ?? '', 'as=PartialObjectMetadataList');
    }));

  test('come from the cluster and user that the command line selects', () =>
    withSandbox(async (sandbox) => {
      const env = { KUBECONFIG: sandbox.kubeconfigs.dev, HOME: sandbox.directory };
      const complete = (...words: string[]) => runTool(['__complete', ...words], { env });
      assert.is((await complete('curl', '--node', '')).stdout, ':4\n');
      const asAdmin = await complete('--context=admin', 'curl', '--node', '');
      assert.is(asAdmin.stdout, 'node-1\nnode-2\n:4\n');
      assert.is((await complete('curl', '--node', '')).stdout, ':4\n');
      const explicit = await complete(
        '--kubeconfig',
        sandbox.kubeconfigs.token,
        'curl',
        '--node',
        '',
      );
      assert.is(explicit.stdout, 'node-1\nnode-2\n:4\n');
    }));

  test('are cached for the next completion, except with --token', () =>
    withSandbox(async (sandbox) => {
      const env = { KUBECONFIG: sandbox.kubeconfigs.admin, HOME: sandbox.directory };
      const count = () => sandbox.apiServer.requests.length;
      for (const words of ['curl --node ', 'status --node n', 'curl --node node-1,n'])
        await runTool(['__complete', ...words.split(' ')], { env });
      assert.is(count(), 1);
      for (const word of ['', 'n'])
        await runTool(['__complete', '--token', 'secret', 'curl', '--node', word], { env });
      assert.is(count(), 3);
    }));
});
