import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import type { AuditReport } from '../../../src/commands/audit/report.ts';
import { createAuthority } from '../../kit/certificates.ts';
import { schemaErrors } from '../../kit/json-schema.ts';
import { account, binding, group, put, role, rule } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';
import { type Result, startTool } from '../../kit/tool.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';
import type {
  ConfiguredKubelet,
  ConfiguredKubeletOptions,
} from '../../sandbox/configured-kubelet.ts';
import { usualConfiguration } from '../../sandbox/configz.ts';
import { startSilent, withKubelets } from './kubelets.ts';

inVirtualTime();

const day = 86_400_000;
const authentication = usualConfiguration(37)['authentication'] as object;
const anonymousOn = { authentication: { ...authentication, anonymous: { enabled: true } } };
const alwaysAllow = { authorization: { mode: 'AlwaysAllow' } };

function parse({ stdout, stderr }: Result): AuditReport {
  assert.is(stderr, '');
  return JSON.parse(stdout) as AuditReport;
}

/** Returns findings as `KA001 high node-1`. Leaves out findings about default settings of kubelets. */
function found(report: AuditReport): readonly string[] {
  const usual = 'KA101 KA102 KA103 KA104 KA109 KA110 KA111 KA206 KA207'.split(' ');
  return report.findings
    .filter(({ id }) => !usual.includes(id))
    .flatMap(({ id, severity, places }) => places.map(({ name }) => `${id} ${severity} ${name}`));
}

/** Some faults of a kubelet, and the findings about them. `report.test.ts` tests all faults. */
const faults: readonly [
  title: string,
  kubelet: Omit<ConfiguredKubeletOptions, 'name'>,
  expected: readonly string[],
  code: number,
][] = [
  ['no fault of a usual kubelet', {}, [], 0],
  [
    'anonymous access and AlwaysAllow',
    { configuration: { ...anonymousOn, ...alwaysAllow } },
    ['KA001 high node-1', 'KA003 high node-1'],
    3,
  ],
  ['a read-only port', { configuration: { readOnlyPort: 10_255 } }, ['KA004 high node-1'], 3],
  [
    'an expired certificate',
    {
      serving: { notBefore: new Date(Date.now() - 3 * day), notAfter: new Date(Date.now() - day) },
    },
    ['KA202 high node-1'],
    3,
  ],
  ['a name mismatch', { serving: { ips: ['10.0.0.1'] } }, ['KA204 medium node-1'], 0],
];

suite('audit', (test) => {
  test('names recommendations of the CIS benchmark in wide tables, JSON and Markdown', () =>
    withKubelets([{ configuration: { readOnlyPort: 10_255 } }], async (audit) => {
      const title = 'Verify that if defined, the --read-only-port argument is set to 0';
      const print = async (format: string) => (await audit(['-o', format])).stdout;
      assert.match(await print('wide'), `\n  CIS 4.2.4: ${title}\n`);
      assert.not.match(await print('table'), 'CIS');
      const report = JSON.parse(await print('json')) as AuditReport;
      const { cis } = report.findings.find(({ id }) => id === 'KA004') ?? {};
      assert.equal(cis, { benchmark: '1.12', number: '4.2.4', title });
      const markdown = await print('markdown');
      assert.match(markdown, `- **CIS 4.2.4**: ${title}\n`);
      assert.match(markdown, '| group:system:masters | exec | everything |');
    }));

  test('ignores findings that --ignore names by rule, by node or in a file, and fails for other findings', () =>
    withKubelets(
      [{ configuration: alwaysAllow }, { configuration: alwaysAllow }],
      async (audit) => {
        const usual = ['-o', 'json', '--fail-on', 'high'];
        assert.is((await audit(usual)).code, 3);
        const one = await audit([...usual, '--ignore', 'KA003=node-1']);
        assert.equal([one.code, found(parse(one))], [3, ['KA003 high node-2']]);
        assert.is((await audit([...usual, '--ignore', 'ka003'])).code, 0);
        const rules = '# a lab\n\nKA003=node-1\n  ka003=node-2 # too\r\n';
        await withFiles({ good: rules, bad: 'KA003\nKA999=node-1' }, async (folder) => {
          const both = await audit([...usual, '--ignore', `@${join(folder, 'good')}`]);
          const report = parse(both);
          assert.equal([both.code, found(report)], [0, []]);
          assert.equal(
            report.accepted,
            ['node-1', 'node-2'].map((scope) => ({ rule: 'KA003', scope, placeNames: [scope] })),
          );
          const bad = await audit(['--ignore', `@${join(folder, 'bad')}`]);
          assert.equal([bad.code, bad.stdout], [2, '']);
          assert.match(bad.stderr, 'invalid --ignore value "KA999=node-1"');
        });
      },
    ));

  for (const [title, kubelet, expected, code] of faults)
    test(`finds ${title}`, () =>
      withKubelets([kubelet], async (audit) => {
        const result = await audit(['-o', 'json', '--fail-on', 'high']);
        const report = parse(result);
        assert.equal(found(report), expected);
        // An unverified kubelet does not get the caller's certificate, so its configuration is unknown.
        const isTrusted = report.nodes[0]?.certificate?.verified === true;
        assert.is(report.notChecked.length, isTrusted ? 0 : 1, result.stdout);
        assert.is(result.code, isTrusted ? code : code || 4);
        assert.equal(schemaErrors('docs/schemas/KubeletAuditReport.schema.json', report), []);
      }));

  test('with --rule, sends kubelets only what the rules need', () =>
    withKubelets([{}], async (audit, [kubelet]) => {
      const cases: readonly (readonly [rule: string, requests: readonly string[]])[] = [
        ['KA402', []],
        ['KA202', ['GET /healthz']],
        ['KA101', ['GET /configz']],
        ['KA002', ['GET /configz', 'GET /healthz']],
      ];
      for (const [rule, expected] of cases) {
        const before = kubelet?.requests.length;
        const { code, stdout } = await audit(['--rule', rule]);
        const lines = kubelet?.requests.slice(before).map(({ line }) => line);
        assert.equal([code, lines?.sort()], [0, expected], rule);
        assert.not.match(stdout, /unreachable|not read/);
        assert.is(/^NODE /.test(stdout), rule !== 'KA402');
      }
    }));

  test('sends only GETs, and no credential in anonymous requests', () =>
    withKubelets(
      [{ configuration: { readOnlyPort: 1 } }, { serving: { ips: ['10.0.0.1'] } }],
      async (audit, [good, distrusted], sandbox) => {
        await audit();
        await audit(['--show-token'], 'token');
        // Without --show-token, no kubelet gets the token.
        await audit([], 'token');
        const lines = (kubelet: ConfiguredKubelet | undefined, credential: boolean) =>
          kubelet?.requests
            .filter((request) => request.credential === credential)
            .map(({ line }) => line)
            .sort();
        const twice = (line: string) => [line, line];
        const thrice = (line: string) => [line, ...twice(line)];
        // All three audits sent an anonymous request. Two of them read /configz directly and therefore also probed the read-only port,
        // which is 1.
        assert.equal(lines(good, false), [...thrice('GET /healthz'), ...twice('GET /healthz')]);
        // The third audit reads /configz through kube-apiserver.
        assert.equal(lines(good, true), thrice('GET /configz'));
        assert.equal(lines(distrusted, false), thrice('GET /healthz'));
        assert.equal(lines(distrusted, true), []);
        assert.ok(sandbox.apiServer.requests.length > 0);
        for (const { line } of sandbox.apiServer.requests) assert.match(line, /^GET /);
      },
    ));

  test('reports a certificate of an unknown CA, and verifies it with --kubelet-certificate-authority', () =>
    withKubelets([{}], async (audit, _, sandbox) => {
      const file = join(sandbox.directory, 'other.crt');
      writeFileSync(file, (await createAuthority('other')).cert);
      const other = parse(await audit(['-o', 'json', '--kubelet-certificate-authority', file]));
      assert.equal(found(other), ['KA203 medium node-1']);
      assert.match(
        other.findings.find(({ id }) => id === 'KA203')?.places[0]?.observation ?? '',
        /untrusted-ca: CN=system:node:node-1,O=system:nodes, issued by CN=sandbox-ca/,
      );
      const skipped = parse(await audit(['-o', 'json', '-k']));
      assert.equal(found(skipped), []);
      assert.equal(
        skipped.notChecked.map(({ check, message }) => `${check}: ${message}`),
        ['certificate-trust: certificates are not verified with -k'],
      );
    }));

  test('reports certificates that expire within --expires-within', () =>
    withKubelets([{ serving: { notAfter: new Date(Date.now() + 7 * day) } }], async (audit) => {
      assert.equal(found(parse(await audit(['-o', 'json', '--expires-within', '6d']))), []);
      assert.equal(found(parse(await audit(['-o', 'json', '--expires-within=8d']))), [
        'KA202 medium node-1',
      ]);
    }));

  test('lists subjects that can reach kubelets, the strongest first, and reports excessive access', () =>
    withKubelets([], async (audit, _, sandbox) => {
      allow(sandbox, 'jane', [rule('nodes/metrics')]);
      allow(sandbox, 'joe', [rule('*/proxy', 'get', { apiGroups: ['*'] })]);
      put(sandbox, binding('all', 'for-joe', [group('system:authenticated')]));
      const { stdout, code } = await audit(['--fail-on', 'high']);
      assert.is(code, 3);
      assert.match(
        stdout,
        new RegExp(
          [
            'WHO CAN REACH KUBELETS .*',
            'SUBJECT +STRENGTH +GIVES +BY BINDING -> CLUSTERROLE',
            'group:system:masters +exec +everything +always, whatever RBAC says',
            'group:system:authenticated +exec +nodes/proxy get +all -> for-joe',
            'user:joe +exec +nodes/proxy get +for-joe -> for-joe',
            'user:jane +metrics +nodes/metrics get +for-jane -> for-jane',
          ].join('\n'),
        ),
      );
      for (const words of [
        /\* KA401 high: .*\n {2}clusterrolebinding\/all: group:system:authenticated has nodes\/proxy get by ClusterRole for-joe; it is everyone with a credential\n/,
        /\* KA403 low: .*\n {2}clusterrolebinding\/for-joe: user:joe has nodes\/proxy get/,
      ])
        assert.match(stdout, words);
    }));

  test('checks the facts that a caller without permissions can read, and reports all other facts as not checked', () =>
    withKubelets([{}], async (audit, _, sandbox) => {
      const { code, stdout } = await audit(['-o', 'json'], 'dev');
      const report = JSON.parse(stdout) as AuditReport;
      assert.is(code, 1);
      assert.equal([report.nodes, report.reach, report.findings], [[], null, []]);
      assert.equal(
        report.notChecked.map(({ check, hint }) => [check, hint]),
        [
          ['nodes', 'needs: list nodes'],
          [
            'kubelet-access',
            'needs: list clusterroles and clusterrolebindings of rbac.authorization.k8s.io',
          ],
        ],
      );
      allow(sandbox, 'dev', [rule('nodes', 'list')]);
      const table = await audit([], 'dev');
      assert.is(table.code, 4);
      for (const words of [
        /node-1 .* not read +364d left, verified\n/,
        /\* configuration of node-1: the kubelet of node-1 at \S+ answered 403: Forbidden \(user=dev, .*; nodes "node-1" is forbidden: .*\n {2}needs: get nodes\/configz at the kubelet/,
        /findings: 0 high, 0 medium, 0 low, 0 info; 2 checks could not be completed\n/,
      ])
        assert.match(table.stdout, words);
    }));

  test('reports no finding if the program at the address is not a kubelet', () =>
    withSandbox({ minor: 37, nodes: ['portal'] }, async (_, tool) => {
      const { code, stdout } = await tool(['audit', '-o', 'json']);
      const report = JSON.parse(stdout) as AuditReport;
      assert.is(code, 4);
      assert.equal(report.findings, []);
      assert.match(
        report.notChecked.find(({ check }) => check === 'anonymous-access')?.message ?? '',
        /answered 200, not as a kubelet does: <html>/,
      );
    }));

  test('ends at an interrupt, and prints the facts that it had read', () =>
    withKubelets([{}], async (_, [good], sandbox) => {
      // node-2 never answers, and the interrupt comes before node-3 is asked.
      const silent = await startSilent(sandbox, ['node-2', 'node-3']);
      try {
        const args = ['audit', '-o', 'json', '--parallel', '1', '--timeout', '10m'];
        const audit = startTool(args, { env: { KUBECONFIG: sandbox.kubeconfigs.admin } });
        while (silent.connections() < 2) await sleep(10);
        audit.interrupt();
        const { code, stdout } = await audit.result;
        assert.is(code, 130);
        const report = JSON.parse(stdout) as AuditReport;
        assert.ok(good && good.requests.length > 0);
        assert.equal(
          report.nodes.map(({ name, configuration }) => [name, configuration]),
          [
            ['node-1', 'direct'],
            ['node-2', null],
            ['node-3', null],
          ],
        );
        assert.equal(
          report.notChecked.map(
            ({ check, nodeNames: nodes, message }) => `${check} of ${nodes}: ${message}`,
          ),
          ['configuration', 'anonymous-access', 'read-only-port', 'serving-certificate'].map(
            (check) => `${check} of node-2,node-3: interrupted`,
          ),
        );
        assert.equal(schemaErrors('docs/schemas/KubeletAuditReport.schema.json', report), []);
        // Two connections to node-2: for the anonymous request, and for the request with the credential of the caller.
        assert.is(silent.connections(), 2);
      } finally {
        await silent.stop();
      }
    }));

  test('--timeout limits the total time of all requests about one node', () =>
    withSandbox({ minor: 37, nodes: [] }, async (sandbox, tool) => {
      const silent = await startSilent(sandbox, ['node-1']);
      try {
        assert.is((await tool(['audit', '--timeout', '4s'])).code, 4);
        // Three requests: anonymous, with the credential of the caller, and through the API server. All end when the time for the node is
        // over.
        assert.is(silent.connections(), 3);
      } finally {
        await silent.stop();
      }
    }));

  test('recognizes agents by the pods of accounts that may run commands', () =>
    withSandbox({ minor: 37, nodes: [] }, async (sandbox, tool) => {
      const subjects = ['a', 'b'].map((name) => account(name, 'own'));
      put(sandbox, role('proxy', [rule('nodes/proxy')]), binding('proxy', 'proxy', subjects), {
        ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', namespace: 'own' } },
        spec: { serviceAccountName: 'a', containers: [{ image: 'grafana/promtail:3' }] },
      });
      const { findings } = parse(await tool(['audit', '-o', 'json']));
      const has = (name: string) =>
        `serviceaccount:own:${name} has nodes/proxy get by ClusterRole proxy`;
      assert.equal(
        findings.flatMap(({ places }) => places.map(({ observation: evidence }) => evidence)),
        [`${has('a')}; it is Promtail, which needs nothing`, `${has('b')}; no pod runs as it now`],
      );
    }));

  test('reads configurations through the API server if direct requests are impossible', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      await tool(['grant']);
      await new Promise((resolve) => setTimeout(resolve, 350));
      const args = ['audit', '-o', 'json', '--as', 'jane', '--as-group', 'system:masters'];
      const result = await tool(args);
      const { nodes, notChecked } = parse(result);
      assert.equal(
        nodes.map(({ configuration, certificate }) => [configuration, certificate?.verified]),
        [
          ['apiserver', true],
          ['apiserver', true],
        ],
      );
      assert.equal(notChecked, []);
      assert.is(result.code, 0);
      const configz = sandbox.kubelets.flatMap(({ requests }) =>
        requests.filter((line) => line === 'GET /configz'),
      );
      assert.is(configz.length, 2);
    }));

  test('prints the fields that a template of -o jsonpath or custom-columns selects', () =>
    withKubelets([{ configuration: alwaysAllow }], async (audit) => {
      const { stdout, code } = await audit([
        '-o',
        'jsonpath={range .findings[?(@.severity=="high")]}{.id} {.places[*].name}{"\\n"}{end}',
      ]);
      assert.equal([stdout, code], ['KA003 node-1\n', 0]);
      assert.match(
        (await audit(['-o', 'custom-columns=KIND:.kind,NODES:.nodes[*].name'])).stdout,
        /^KIND {17}NODES\nKubeletAuditReport {3}node-1\n$/,
      );
    }));
});
