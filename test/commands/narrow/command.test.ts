import * as assert from 'uvu/assert';
import { planUndo } from '../../../src/commands/narrow/plan-write.ts';
import type { Failure } from '../../../src/errors.ts';
import type { ClusterRole, PolicyRule } from '../../../src/objects.ts';
import { formatRule } from '../../../src/rbac/rules.ts';
import {
  account,
  binding,
  everything,
  group,
  label,
  onRequest,
  put,
  rbacRule,
  role,
  rule,
  user,
} from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { thrownBy } from '../../kit/thrown-by.ts';
import { type CommandLine, startTool } from '../../kit/tool.ts';
import { allow, type Tool, withSandbox } from '../../kit/with-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

// The service account of Prometheus in the kube-prometheus manifests. Users of this Prometheus did not change its scrape configuration.
const prometheus = account('prometheus-k8s', 'monitoring');
const wide = [
  rule('nodes,nodes/proxy,nodes/metrics,services,endpoints,pods', 'get,list,watch'),
  { nonResourceURLs: ['/metrics'], verbs: ['get'] },
];
/** Labels of the pods that Prometheus Operator runs. */
const byOperator = { labels: { 'app.kubernetes.io/managed-by': 'prometheus-operator' } };
const exporter = account('exporter', 'monitoring');

function run(sandbox: Sandbox, name: string, image: string, more: object = {}): void {
  put(sandbox, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${name}-0`, namespace: 'monitoring', ...more },
    spec: { serviceAccountName: name, nodeName: 'node-1', containers: [{ name, image }] },
  });
}

/** Adds the role that old charts give Prometheus, and a Prometheus pod. */
function fill(sandbox: Sandbox, rules: readonly PolicyRule[] = wide, metadata: object = {}): void {
  put(sandbox, role('scraper', rules, metadata), binding('scraper', 'scraper', [prometheus]));
  run(sandbox, 'prometheus-k8s', 'quay.io/prometheus/prometheus:v3', byOperator);
}

/** Adds a pod of an unknown exporter, and its role with nodes/proxy, which kubelets may replace by finer permissions. */
function fillPods(sandbox: Sandbox): void {
  put(sandbox, role('reader', [rule('nodes,nodes/proxy', 'get,list')]));
  put(sandbox, binding('reader', 'reader', [exporter]));
  run(sandbox, 'exporter', 'example/exporter:1');
}

const roleIn = ({ store }: Sandbox, name: string) =>
  store.get('clusterroles', name) as ClusterRole | undefined;
const rulesIn = (sandbox: Sandbox, name: string) =>
  (roleIn(sandbox, name)?.rules ?? []).map(formatRule);
/** Makes the annotation of narrow on a role older, by default by an hour. */
function age(sandbox: Sandbox, name: string, byMs = 3_600_000): void {
  const found = roleIn(sandbox, name) as ClusterRole;
  const { annotations = {} } = found.metadata;
  const at = new Date(Date.now() - byMs).toISOString();
  const record = { ...JSON.parse(annotations['kubeletaccess/narrowed'] ?? '{}'), at };
  const aged = { ...annotations, 'kubeletaccess/narrowed': JSON.stringify(record) };
  put(sandbox, { ...found, metadata: { ...found.metadata, annotations: aged } } as never);
}
async function ends(code: number, tool: Tool, line: CommandLine, caller?: 'admin' | 'dev') {
  const result = await tool(line, caller);
  assert.is(result.code, code, result.stdout + result.stderr);
  return result;
}

async function refusedUndo(reader: ClusterRole): Promise<string> {
  const { message, details } = (await thrownBy(() => planUndo(reader))) as Failure;
  return [message, ...details.map(({ text }) => text)].join('\n');
}

const byPods = 'reader --calls /pods';

suite('narrow on a cluster', (test) => {
  test('prints the verdict for each part of a role, and the reason', () =>
    withSandbox(async (sandbox, tool) => {
      fill(sandbox);
      const { code, stdout, stderr } = await tool('narrow scraper');
      assert.equal([code, stderr], [0, '']);
      const lines = stdout.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | ').trim());
      const shown = lines.filter((line) => line !== '' && !/^(?:setting|source): /.test(line));
      assert.equal(shown, [
        'ClusterRole scraper',
        '| serviceaccount:monitoring:prometheus-k8s: kube-prometheus (service account monitoring/prometheus-k8s)',
        'RULE | VERDICT | REPLACED BY | NEEDED FOR | KUBELETS',
        'nodes/proxy get | remove | - | no call needs it | all',
        'nodes/proxy list,watch | unused | - | kubelets never ask for these verbs | all',
        'nodes/metrics get | keep | - | /metrics, /metrics/cadvisor, /metrics/probes, /metrics/slis | 1.33 and later',
        'nodes/metrics list,watch | unused | - | kubelets never ask for these verbs | all',
        "URL /metrics get | keep | - | kubelets never ask for URLs: it is for the API server's own | all",
        'changes:',
        '| - nodes/proxy get,list,watch',
        '| - nodes/metrics list,watch',
        'run: kubectl kubeletaccess narrow scraper --apply',
      ]);
    }));

  for (const [title, image, expected] of [
    ['an older image', 'metrics-server/metrics-server:v0.5.2', 'nodes/stats get keep'],
    ['a newer image', 'metrics-server/metrics-server:v0.8.1', 'nodes/stats get remove'],
    ['a newer copy', 'bitnami/metrics-server:0.8.0-debian-12', 'nodes/stats get remove'],
    [
      'no version',
      'metrics-server/metrics-server@sha256:00',
      'nodes/stats get (?:keep|cannot narrow)',
    ],
  ] as const)
    test(`decides by the version of the image what the agent calls: ${title}`, () =>
      withSandbox(async (sandbox, tool) => {
        const subject = account('metrics-server', 'monitoring');
        put(sandbox, role('old', [rule('nodes/stats,nodes/metrics', 'get')]));
        put(sandbox, binding('old', 'old', [subject]));
        run(sandbox, 'metrics-server', `registry.k8s.io/${image}`);
        const { stdout } = await tool('narrow old');
        assert.match(stdout.replaceAll(/ +/g, ' '), new RegExp(`\n${expected} `));
      }));

  test('ignores the name of a service account if the image shows another program', () =>
    withSandbox(async (sandbox, tool) => {
      fill(sandbox);
      const narrowed = async () => (await tool('narrow scraper')).stdout.replaceAll(/ +/g, ' ');
      assert.match(await narrowed(), '\nnodes/proxy get remove ');
      // The setting `additionalScrapeConfigs` adds scrape jobs from a Secret, which narrow does not read.
      sandbox.store.put('prometheuses', {
        ...{ apiVersion: 'monitoring.coreos.com/v1', kind: 'Prometheus' },
        metadata: { name: 'k8s', namespace: 'monitoring' },
        spec: { additionalScrapeConfigs: { name: 'more', key: 'jobs' } },
      });
      assert.match(
        await narrowed(),
        /\nnodes\/proxy get cannot narrow .* \(if jobs of additionalScrapeConfigs, /,
      );
      // This Prometheus has the same name, but does not belong to the operator.
      run(sandbox, 'prometheus-k8s', 'prom/prometheus:v1.7.0');
      const condition = /\nnodes\/proxy get cannot narrow .* \(if jobs that relabel/;
      assert.match(await narrowed(), condition);
      const job = 'replacement: /api/v1/nodes/$1/proxy/metrics';
      put(sandbox, {
        ...{ apiVersion: 'v1', kind: 'ConfigMap' },
        metadata: { name: 'jobs', namespace: 'monitoring' },
        data: { 'prometheus.yml': job },
      });
      assert.match(await narrowed(), '\nnodes/proxy get cannot narrow ');
      assert.not.match(await narrowed(), condition);
      run(sandbox, 'prometheus-k8s', 'example/shell:1');
      const { stderr } = await tool('narrow scraper');
      assert.match(
        stderr,
        'serviceaccount:monitoring:prometheus-k8s: its pods run example/shell:1',
      );
    }));

  for (const [title, subject, image] of [
    [
      'the last part of the name of an image, if another owner publishes it',
      'datadog',
      'acme/agent:1',
    ],
    ['a date in the tag of an image', 'metrics-server', 'harbor.acme/metrics-server:2024.05.01'],
    [
      'the name of the account, if the image has another program',
      'a-sumologic-metrics',
      'acme/other:1',
    ],
  ] as const)
    test(`does not recognize an agent or its version by ${title}`, () =>
      withSandbox(async (sandbox, tool) => {
        put(sandbox, role('old', [rule('nodes/proxy,nodes/stats,nodes/metrics', 'get')]));
        put(sandbox, binding('old', 'old', [account(subject, 'monitoring')]));
        run(sandbox, subject, image);
        const { stdout, stderr } = await tool('narrow old');
        const text = (stdout + stderr).replaceAll(/ +/g, ' ');
        assert.match(text, /its pods run \S+\n|\nnodes\/stats get keep .*versions before 0\.6\.0/);
      }));

  test('names unknown images of other containers in the pod of an agent', () =>
    withSandbox(async (sandbox, tool) => {
      put(sandbox, role('old', [rule('nodes/proxy', 'get')]));
      put(sandbox, binding('old', 'old', [account('metrics-server', 'monitoring')]));
      const containers = [
        'metrics-server/metrics-server:v0.8.1',
        'example/beside:1',
        'a/kube-rbac-proxy',
      ];
      put(sandbox, {
        ...{ apiVersion: 'v1', kind: 'Pod' },
        metadata: { name: 'metrics-server-0', namespace: 'monitoring' },
        spec: {
          serviceAccountName: 'metrics-server',
          containers: containers.map((image, index) => ({ name: `${index}`, image })),
        },
      });
      const { stdout, stderr } = await tool('narrow old');
      assert.match(
        stdout + stderr,
        'its pods also run example/beside:1: if one of these calls kubelets, name its calls with --calls',
      );
    }));

  test('asks a kubelet for the feature gate of finer permissions if its version does not decide the gate', () =>
    withSandbox(
      { minor: 34, nodes: ['none', 'no-finer-permissions', 'stopped'] },
      async (sandbox, tool) => {
        fillPods(sandbox);
        const unknown = await tool(`narrow ${byPods}`);
        const off =
          'note: KubeletFineGrainedAuthz is off: nodes/proxy is all that kubelets check for /pods there: node-2\n';
        assert.match(unknown.stderr, off);
        assert.match(
          unknown.stderr,
          /note: whether KubeletFineGrainedAuthz is on is unknown, and assumed as by default: node-3 \(\/configz: .*\)\n/,
        );
        assert.match(unknown.stdout, /nodes\/proxy get +keep +- +\/pods +1\.32 and earlier\n/);
        assert.match(
          unknown.stdout,
          'note: nodes/proxy get stays for kubelets that check nothing finer: node-2\n',
        );
        await ends(0, tool, `narrow ${byPods} --apply`);
        await ends(1, tool, `narrow ${byPods} --apply`);
        assert.equal(rulesIn(sandbox, 'reader'), ['nodes,nodes/proxy get,list', 'nodes/pods get']);
        // With --kubelet-version, no kubelet is asked.
        const asked = () => sandbox.kubelets.flatMap(({ requests }) => requests).length;
        const before = asked();
        const told = await tool(`narrow ${byPods} --kubelet-version 1.34`);
        assert.equal([told.stderr, asked()], ['', before]);
      },
    ));

  test('asks no kubelet for the gate if its version decides the gate, or if the API server denies the request', async () => {
    await withSandbox({ minor: 37 }, async (sandbox, tool) => {
      fillPods(sandbox);
      assert.is((await tool(`narrow ${byPods}`)).stderr, '');
      assert.equal(
        sandbox.kubelets.flatMap(({ requests }) => requests),
        [],
      );
    });
    await withSandbox({ minor: 35 }, async (sandbox, tool) => {
      fillPods(sandbox);
      const lists = rbacRule('clusterroles,clusterrolebindings', 'list');
      allow(sandbox, 'dev', [lists, rule('nodes', 'list')]);
      const { stderr } = await ends(0, tool, `narrow ${byPods}`, 'dev');
      assert.match(
        stderr,
        /^note: whether KubeletFineGrainedAuthz is on is unknown, and assumed as by default: node-1, node-2 \(\/configz: nodes "node-1" is forbidden: .*\n$/,
      );
    });
  });

  test('finds the roles of a subject, and names the other subjects that have these roles', () =>
    withSandbox(async (sandbox, tool) => {
      fill(sandbox);
      const args = ['narrow', '--subject', 'serviceaccount:monitoring:prometheus-k8s'];
      assert.match((await tool(args)).stdout, /^ClusterRole scraper\n/);
      put(sandbox, binding('also', 'scraper', [user('jane'), group('ops')]));
      const { code, stdout, stderr } = await tool(args);
      assert.equal([code, stdout], [3, '']);
      assert.equal(stderr.split('\n').slice(0, 6), [
        'error: cannot narrow ClusterRole scraper: it is unknown which paths of kubelets it is for',
        '  user:jane: a user may be anyone',
        '  group:ops: a group may be anyone',
        '  serviceaccount:monitoring:prometheus-k8s: it is kube-prometheus, and needs nodes/metrics get: give it a role of its own',
        '  it allows nodes/proxy,nodes/metrics get,list,watch',
        'hint: which agent is it? kubectl kubeletaccess narrow scraper --agent NAME',
      ]);
      const none = await ends(1, tool, 'narrow --subject user:bob');
      assert.match(none.stderr, 'no ClusterRoleBinding gives user:bob a role');
    }));

  test('asks the user for the calls of an unknown agent, and accepts them as --calls', () =>
    withSandbox(async (sandbox, tool) => {
      fillPods(sandbox);
      const { code, stdout, stderr } = await tool('narrow reader -o yaml');
      assert.equal([code, stdout], [3, '']);
      assert.match(stderr, 'serviceaccount:monitoring:exporter: its pods run example/exporter:1\n');
      const answered = await ends(0, tool, `narrow ${byPods}`);
      assert.match(answered.stdout, /nodes\/proxy get +replace +nodes\/pods get +\/pods/);
      assert.match(
        answered.stdout,
        'run: kubectl kubeletaccess narrow reader --calls /pods --apply',
      );
      const named = await tool('narrow reader --agent prometheus');
      assert.match(named.stdout, /what uses it: Prometheus\n/);
      const closed = await ends(3, tool, 'narrow reader --agent appdyn');
      assert.match(closed.stderr, 'it is AppDynamics, and nobody knows what that calls');
    }));

  test('prints a command with NAME/ in place of a role name that looks like an option', () =>
    withSandbox(async (sandbox, tool) => {
      fillPods(sandbox);
      const name = '--subject=user:x';
      put(sandbox, role(name, [rule('nodes/proxy')]), binding('odd', name, [exporter]));
      const { stdout, stderr } = await tool(
        'narrow --subject serviceaccount:monitoring:exporter --calls /pods',
      );
      assert.not.match(stdout + stderr, /narrow --subject=user:x/);
      assert.match(stdout, 'run: kubectl kubeletaccess narrow NAME/ --calls /pods --apply');
    }));

  test('keeps nodes/proxy for old kubelets, and names them', () =>
    withSandbox({ minor: 31 }, async (sandbox, tool) => {
      fillPods(sandbox);
      put(sandbox, {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'new' },
        status: { nodeInfo: { kubeletVersion: 'v1.37.2' } },
      });
      // The permissions that a kubelet without a version checks are unknown.
      put(sandbox, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'untold' }, status: {} });
      const { stdout } = await tool(`narrow ${byPods}`);
      assert.match(stdout, /nodes\/proxy get +replace +nodes\/pods get +\/pods +1\.33 and later\n/);
      assert.match(stdout, /nodes\/proxy get +keep +- +\/pods +1\.32 and earlier\n/);
      assert.match(
        stdout,
        'note: nodes/proxy get stays for kubelets that check nothing finer: node-1, node-2, untold\n',
      );
      assert.match(stdout, /changes:\n {2}\+ nodes\/pods get\n {2}- nodes\/proxy list\n/);
      const told = await tool(`narrow ${byPods} --kubelet-version 1.37 -o yaml`);
      assert.not.match(told.stdout, 'nodes/proxy');
    }));

  test('keeps permissions for all kubelet versions if the caller may not read the versions', () =>
    withSandbox(async (sandbox, tool) => {
      fillPods(sandbox);
      allow(sandbox, 'dev', [rbacRule('clusterroles,clusterrolebindings', 'list')]);
      const { stdout, stderr } = await ends(0, tool, `narrow ${byPods} -o yaml`, 'dev');
      assert.match(stderr, /^note: the versions of kubelets are unknown, and may be of any kind: /);
      assert.match(stdout, /- nodes\/proxy\n +- nodes\/pods\n/);
      const open = await ends(3, tool, 'narrow reader', 'dev');
      assert.match(open.stderr, 'serviceaccount:monitoring:exporter: its pods cannot be read: ');
    }));

  test('keeps wildcards, and prints the role that the agent would need', () =>
    withSandbox(async (sandbox, tool) => {
      put(sandbox, role('wide', [rule('*', 'get,list'), rule('nodes/proxy', 'get')]));
      put(sandbox, binding('wide', 'wide', [prometheus]));
      run(sandbox, 'prometheus-k8s', 'prometheus/prometheus', byOperator);
      const wildcard = await tool('narrow wide');
      assert.match(wildcard.stdout, /\* get,list +cannot narrow +- +a wildcard is for more/);
      assert.match(wildcard.stdout, 'changes: none\n');
      assert.match(
        wildcard.stdout,
        /own would need:\n- apiGroups:\n {4}- ''\n {2}resources:\n {4}- nodes\/metrics\n/,
      );
    }));

  test('writes the source roles of an aggregated role according to all subjects of the aggregated role', () =>
    withSandbox(async (sandbox, tool) => {
      const part = { labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } };
      const filled = {
        ...role('view', [rule('nodes/proxy,nodes/metrics,pods')]),
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: part.labels }] },
      };
      put(sandbox, role('proxies', [rule('nodes/proxy,pods')], part), filled);
      put(sandbox, role('scrapes', [rule('nodes/metrics')], part));
      put(sandbox, binding('view', 'view', [prometheus]));
      run(sandbox, 'prometheus-k8s', 'prometheus/prometheus', byOperator);
      const shown = await tool('narrow view');
      assert.is(
        shown.stderr,
        'note: ClusterRole view is aggregated, and its controller writes its rules: they come from proxies, scrapes\n',
      );
      // No lack is reported, because the agent has the permission by its other role.
      assert.not.match(shown.stdout, 'lacks');
      put(sandbox, binding('ops', 'view', [group('ops')]));
      const asked = await ends(3, tool, 'narrow proxies --apply');
      assert.match(asked.stderr, '  group:ops, through ClusterRole view: a group may be anyone\n');
      sandbox.store.delete('clusterrolebindings', 'ops');
      await ends(0, tool, 'narrow view --apply');
      assert.equal(rulesIn(sandbox, 'proxies'), ['pods get']);
      assert.equal(rulesIn(sandbox, 'scrapes'), ['nodes/metrics get']);
      assert.equal(roleIn(sandbox, 'view')?.rules, filled.rules);
      assert.is(roleIn(sandbox, 'view')?.metadata.annotations, undefined);
      const undone = await tool('narrow view --undo');
      assert.match(undone.stderr, 'narrow did not change ClusterRole view');
      await ends(0, tool, 'narrow proxies --undo');
      assert.equal(rulesIn(sandbox, 'proxies'), ['nodes/proxy,pods get']);
    }));

  test('does not write an aggregated role whose source roles are missing', () =>
    withSandbox(async (sandbox, tool) => {
      const left = {
        ...role('left', [rule('nodes/proxy')]),
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { x: 'y' } }] },
      };
      put(sandbox, left, binding('left', 'left', [prometheus]));
      const { code, stdout, stderr } = await tool('narrow left --apply');
      assert.equal([code, stdout], [1, '']);
      assert.is(
        stderr,
        'error: ClusterRole left is aggregated, and its controller writes its rules: they come from roles with label x=y, and there is none\n',
      );
      assert.equal(rulesIn(sandbox, 'left'), ['nodes/proxy get']);
    }));

  test('does not narrow the role of kube-apiserver', () =>
    withSandbox(async (_, tool) => {
      await tool('grant');
      const args = ['narrow', 'system:kube-apiserver-to-kubelet', '--calls', '/pods'];
      const { stderr } = await ends(3, tool, args);
      assert.match(stderr, 'kube-apiserver: it needs nodes/proxy for kubectl logs and exec');
    }));

  test('takes a service account in place of a role', () =>
    withSandbox(async (sandbox, tool) => {
      fill(sandbox);
      const bySubject = await ends(0, tool, 'narrow --subject monitoring/prometheus-k8s');
      const byRole = await ends(0, tool, 'narrow monitoring/prometheus-k8s');
      assert.is(byRole.stdout, bySubject.stdout);
      const { stderr } = await ends(
        1,
        tool,
        'narrow system:serviceaccount:monitoring:prometheus-k8s',
      );
      assert.match(
        stderr,
        '\nhint: roles of a service account: --subject serviceaccount:monitoring:prometheus-k8s\n',
      );
      await ends(2, tool, 'narrow monitoring/prometheus-k8s --undo');
      await ends(2, tool, 'narrow monitoring/prometheus-k8s --subject user:jane');
    }));

  test('does not say that a role allows nodes/*, which matches nothing', () =>
    withSandbox(async (sandbox, tool) => {
      put(sandbox, role('odd', [rule('nodes/*', '*')]), binding('odd', 'odd', [user('dana')]));
      const { stderr } = await ends(3, tool, 'narrow odd');
      assert.match(
        stderr,
        '\n  nodes/*: RBAC knows * and */proxy, but not nodes/*: it allows nothing\n',
      );
      assert.not.match(stderr, 'it allows nodes');
    }));

  test('suggests roles with a similar name', () =>
    withSandbox(async (sandbox, tool) => {
      fill(sandbox);
      const { stderr } = await ends(1, tool, 'narrow scrapr');
      assert.is(
        stderr,
        'error: ClusterRole scrapr not found\nhint: did you mean: scraper?\nhint: roles that give nodes/proxy: kubectl kubeletaccess who-can exec\nhint: of a chart: helm template CHART | kubectl kubeletaccess narrow scrapr -f -\n',
      );
    }));
});

suite('narrow --apply', (test) => {
  const old = ['nodes,nodes/proxy get,list'];

  test('adds rules first, and removes rules in the second run', () =>
    withSandbox(async (sandbox, tool) => {
      fillPods(sandbox);
      const first = await tool(`narrow ${byPods} --apply`);
      assert.equal(
        [first.code, first.stdout],
        [0, 'clusterrole.rbac.authorization.k8s.io/reader configured\n'],
      );
      assert.is(
        first.stderr,
        [
          'would change:',
          '  ClusterRole reader: + nodes/pods get',
          'note: nothing is removed yet: first see the agent work for a while',
          'hint: the same command removes what it does not need: kubectl kubeletaccess narrow --calls /pods --apply reader',
          '',
        ].join('\n'),
      );
      assert.equal(rulesIn(sandbox, 'reader'), [...old, 'nodes/pods get']);

      const early = await ends(1, tool, `narrow ${byPods} --apply`);
      assert.match(
        early.stderr,
        /got its new rules less than 30s ago: kubelets may still deny them\nhint: re-run in \d+s/,
      );
      assert.equal(rulesIn(sandbox, 'reader'), [...old, 'nodes/pods get']);

      age(sandbox, 'reader');
      const second = await ends(0, tool, `narrow ${byPods} --apply`);
      assert.match(second.stderr, '  ClusterRole reader: - nodes/proxy get,list\n');
      assert.match(second.stderr, 'note: kubelets cache permissions for up to 5m');
      assert.equal(rulesIn(sandbox, 'reader'), ['nodes get,list', 'nodes/pods get']);

      const third = await tool(`narrow ${byPods} --apply`);
      assert.equal(
        [third.code, third.stdout],
        [0, 'clusterrole.rbac.authorization.k8s.io/reader unchanged\n'],
      );
    }));

  test('--undo restores exactly the earlier rules', () =>
    withSandbox(async (sandbox, tool) => {
      fillPods(sandbox);
      const { rules, metadata } = roleIn(sandbox, 'reader') as ClusterRole;
      for (const phases of [1, 2]) {
        for (let phase = 1; phase <= phases; phase += 1) {
          await ends(0, tool, `narrow ${byPods} --apply`);
          age(sandbox, 'reader');
        }
        const { stderr } = await ends(0, tool, 'narrow reader --undo');
        assert.match(stderr, '  ClusterRole reader: - nodes/pods get\n');
        assert.equal(roleIn(sandbox, 'reader')?.rules, rules);
        assert.equal(roleIn(sandbox, 'reader')?.metadata.annotations, metadata.annotations);
      }
      const none = await ends(1, tool, 'narrow reader --undo');
      assert.match(
        none.stderr,
        'narrow did not change ClusterRole reader: there is nothing to undo',
      );
    }));

  test('--undo restores the rules that another user wrote between the two phases', () =>
    withSandbox(async (sandbox, tool) => {
      fillPods(sandbox);
      const apply = async () => await ends(0, tool, `narrow ${byPods} --apply`);
      await apply();
      const { metadata, rules = [] } = roleIn(sandbox, 'reader') as ClusterRole;
      const changed = [...rules, rule('secrets')];
      put(sandbox, { ...role('reader', changed), metadata } as never);
      age(sandbox, 'reader');
      await apply();
      await ends(0, tool, 'narrow reader --undo');
      assert.equal(roleIn(sandbox, 'reader')?.rules, changed);
    }));

  test('removes more rules without a pause after an earlier removal', () =>
    withSandbox(async (sandbox, tool) => {
      fillPods(sandbox);
      await tool(`narrow ${byPods} --apply`);
      age(sandbox, 'reader');
      await tool(`narrow ${byPods} --apply`);
      await ends(0, tool, 'narrow reader --calls /metrics --apply');
      assert.equal(rulesIn(sandbox, 'reader'), ['nodes get,list']);
    }));

  test('--undo restores nothing if another user changed the rules after narrow', () =>
    withSandbox(async (sandbox, tool) => {
      fillPods(sandbox);
      await tool(`narrow ${byPods} --apply`);
      const changed = roleIn(sandbox, 'reader') as ClusterRole;
      put(sandbox, { ...role('reader', [rule('nodes')]), metadata: changed.metadata } as never);
      const { stderr } = await ends(1, tool, 'narrow reader --undo');
      assert.match(stderr, 'error: ClusterRole reader was changed since narrow wrote it\n');
      assert.match(stderr, '\n+ nodes get\n- nodes,nodes/proxy get,list\n- nodes/pods get\n');
      assert.equal(rulesIn(sandbox, 'reader'), ['nodes get']);
    }));

  test('waits between the phases, and can be interrupted during the wait', () =>
    withSandbox(async (sandbox) => {
      fillPods(sandbox);
      const args = `narrow ${byPods} --apply --wait=10m`.split(' ');
      const env = { KUBECONFIG: sandbox.kubeconfigs.admin };
      const { result, stderr, interrupt } = startTool(args, { env });
      let isOver = false;
      void result.then(() => {
        isOver = true;
      });
      while (!isOver && !stderr().includes('waiting for 10m0s before anything is removed\n'))
        await new Promise((resolve) => setTimeout(resolve, 5));
      interrupt();
      assert.is((await result).code, 130, stderr());
      assert.match(
        stderr(),
        'interrupted: nothing was removed\nhint: kubectl kubeletaccess narrow ',
      );
      assert.equal(rulesIn(sandbox, 'reader'), [...old, 'nodes/pods get']);
    }));

  test('keeps nodes/proxy for an optional setting of the agent, and prints the command for agents without this setting', () =>
    withSandbox(async (sandbox, tool) => {
      put(sandbox, role('dd', [rule('nodes/proxy')]), binding('dd', 'dd', [exporter]));
      run(sandbox, 'exporter', 'gcr.io/datadoghq/agent:7');
      const { stderr } = await ends(0, tool, 'narrow dd --apply');
      const [, command = ''] =
        /^hint: nodes\/proxy is needed only for: .*; if you have none of these: (kubectl .*)$/m.exec(
          stderr,
        ) ?? [];
      assert.match(command, /^kubectl kubeletaccess narrow dd --apply --calls \/pods,/);
      assert.match(rulesIn(sandbox, 'dd').join(), /^nodes\/proxy get,nodes\/pods,/);
      age(sandbox, 'dd');
      await ends(0, tool, command.split(' ').slice(2));
      assert.not.match(rulesIn(sandbox, 'dd').join(), 'nodes/proxy');
    }));

  test('writes nothing in a dry run', () =>
    withSandbox(async (sandbox, tool) => {
      fillPods(sandbox);
      for (const [kind, words] of [
        ['client', '(dry run)'],
        ['server', '(server dry run)'],
      ]) {
        const args = `narrow ${byPods} --apply --dry-run=${kind}`;
        const { code, stdout, stderr } = await tool(args);
        assert.equal(
          [code, stdout],
          [0, `clusterrole.rbac.authorization.k8s.io/reader configured ${words}\n`],
        );
        assert.not.match(stderr, 'nothing is removed yet');
        const printed = await tool(`${args} -o yaml`);
        assert.match(printed.stdout, / {6}- nodes\/pods\n/);
      }
      assert.equal(rulesIn(sandbox, 'reader'), old);
      const writes = sandbox.apiServer.requests.filter(({ line }) => !/^GET|dryRun=All/.test(line));
      assert.equal(writes, []);
    }));

  test('narrows a role even if it has a copy of the label of built-in roles', () =>
    withSandbox(async (sandbox, tool) => {
      fill(sandbox, wide, { labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } });
      assert.match((await tool('narrow scraper')).stdout, ' --apply');
    }));

  for (const [manager, metadata, where] of [
    [
      'Helm release prom',
      {
        annotations: {
          'meta.helm.sh/release-name': 'prom',
          'meta.helm.sh/release-namespace': 'monitoring',
        },
      },
      'change its values or chart: helm upgrade prom CHART -n monitoring',
    ],
    ['Argo CD', { labels: { 'argocd.argoproj.io/instance': 'x' } }, 'change it at its source'],
    [
      'Helm release x; id #',
      { annotations: { 'meta.helm.sh/release-name': 'x; id #' } },
      "change its values or chart: helm upgrade 'x; id #' CHART -n NAMESPACE",
    ],
    [
      'Agent main (owner reference)',
      { ownerReferences: [{ kind: 'Agent', name: 'main' }] },
      'change Agent main, which writes the role',
    ],
  ] as const)
    test(`does not change a role that ${manager} manages, and prints where to change the role`, () =>
      withSandbox(async (sandbox, tool) => {
        fill(sandbox, wide, metadata);
        const printed = await tool('narrow scraper');
        assert.match(printed.stdout, `managed by ${manager}: ${where}`);
        assert.not.match(printed.stdout, '--apply');
        const { stderr } = await ends(1, tool, 'narrow scraper --apply');
        assert.match(
          stderr,
          `ClusterRole scraper is managed by ${manager}, which would undo the change\n`,
        );
        assert.match(stderr, `hint: ${where}`);
        const undone = await ends(1, tool, 'narrow scraper --undo');
        assert.match(
          undone.stderr,
          `error: ClusterRole scraper is managed by ${manager}\nhint: ${where}`,
        );
        assert.equal(rulesIn(sandbox, 'scraper'), wide.map(formatRule));
      }));

  test('succeeds for a managed role that needs no change', () =>
    withSandbox(async (sandbox, tool) => {
      const apply = () => tool('narrow scraper --apply');
      fill(sandbox, wide);
      for (const _ of ['adds', 'removes']) assert.is((await apply()).code, 0);
      const rules = rulesIn(sandbox, 'scraper');
      assert.is.not(rules?.length, wide.length);
      label(sandbox, 'clusterroles', 'scraper', { 'argocd.argoproj.io/instance': 'x' });
      const { code, stderr } = await apply();
      assert.equal([code, stderr, rulesIn(sandbox, 'scraper')], [0, '', rules]);
    }));

  test('does not write a role if the annotation with its earlier rules cannot be parsed', () =>
    withSandbox(async (sandbox, tool) => {
      fill(sandbox, wide, {
        annotations: { 'kubeletaccess/narrowed': '{"version":1,"before":1}' },
      });
      for (const write of ['--apply', '--undo']) {
        const { code, stdout, stderr } = await tool(`narrow scraper ${write}`);
        assert.equal([code, stdout], [1, ''], write);
        assert.match(
          stderr,
          'error: cannot parse annotation kubeletaccess/narrowed of ClusterRole scraper, and the rules from before narrow are unknown\nhint: remove it: kubectl annotate clusterrole scraper kubeletaccess/narrowed-\n',
        );
      }
      assert.equal(rulesIn(sandbox, 'scraper'), wide.map(formatRule));
    }));

  const planted = (before: readonly PolicyRule[]) => ({
    annotations: {
      'kubeletaccess/narrowed': JSON.stringify({ version: 1, before, wrote: planting, at: '2026' }),
    },
  });
  const planting = [rule('nodes,nodes/proxy', 'get,list')];

  test('writes nothing if somebody else wrote the annotation with the earlier rules', () =>
    withSandbox(async (sandbox, tool) => {
      fillPods(sandbox);
      put(sandbox, role('reader', planting, planted([...planting, everything])));
      for (const line of [`narrow ${byPods} --apply`, 'narrow reader --undo']) {
        const { code, stdout, stderr } = await tool(line);
        assert.equal([code, stdout], [1, ''], line);
        assert.is(
          stderr,
          [
            'error: annotation kubeletaccess/narrowed of ClusterRole reader contains changes that narrow never makes',
            '+ *.* (all verbs)',
            'hint: narrow changes only permissions on subresources of nodes: find out who wrote the annotation',
            'hint: remove it: kubectl annotate clusterrole reader kubeletaccess/narrowed-',
            '',
          ].join('\n'),
        );
      }
      assert.equal(rulesIn(sandbox, 'reader'), old);
    }));

  const nodes = rule('nodes', 'get,list');
  const many = Array.from({ length: 20_000 }, (_, index) => `verb${index}`);
  for (const [title, before, named] of [
    ['all resources', [...planting, everything], '+ *.* (all verbs)'],
    ['a wildcard subresource', [nodes, rule('*/proxy', '*')], '+ */proxy (all verbs)'],
    ['nodes themselves', [rule('nodes,nodes/proxy', '*')], '+ nodes,nodes/proxy (all verbs)'],
    ['another subresource', [nodes, rule('nodes/status', 'patch')], '+ nodes/status patch'],
    ['a name in other case', [nodes, rule('Nodes/proxy')], '+ Nodes/proxy get'],
    [
      'another API group',
      [nodes, rule('nodes/proxy', 'get', { apiGroups: ['Apps'] })],
      '+ nodes.Apps/proxy get',
    ],
    ['a role of RBAC', [nodes, rbacRule('clusterroles', 'escalate')], '+ clusterroles.rbac'],
    ['URLs', [nodes, { nonResourceURLs: ['*'], verbs: ['*'] }], '+ URL * (all verbs)'],
    ['URLs in the same rule', [{ ...nodes, nonResourceURLs: ['*'] }], '+ nodes get,list, URL *'],
    ['fewer names', [rule('nodes,nodes/proxy', 'get,list', { resourceNames: ['a'] })], '(only a)'],
    ['the same rule twice', [nodes, nodes], 'changes that narrow never makes'],
    ['less than the role', [rule('nodes/proxy', 'get,list')], '- nodes,nodes/proxy get,list'],
    ['nothing', [], '- nodes,nodes/proxy get,list'],
    ['many permissions', [nodes, rule('nodes/proxy', many.join())], '+ 20000 permissions'],
    [
      'many permissions on other resources',
      [rule(many.join(), '*', { apiGroups: many })],
      '+ 400000000 permissions',
    ],
  ] satisfies (readonly [string, readonly PolicyRule[], string])[])
    test(`--undo rejects an annotation that adds or removes something else: ${title}`, async () => {
      assert.match(await refusedUndo(role('reader', planting, planted(before))), named);
    });

  test('--undo restores each part of a rule that narrow may change', async () => {
    const lists = { apiGroups: ['', 'apps'], resourceNames: ['a'] };
    const resources = 'pods,pods,nodes/proxy,nodes/*,nodes/spec,nodes/proxy';
    const before = [rule(resources, 'get,*', lists), rule('nodes/stats')];
    const wrote = [rule('pods', 'get,*', lists), rule('nodes/pods')];
    const record = JSON.stringify({ version: 1, before, wrote, at: '' });
    const reader = role('reader', wrote, { annotations: { 'kubeletaccess/narrowed': record } });
    assert.equal((planUndo(reader).object as ClusterRole).rules, before);
    const aggregationRule = { clusterRoleSelectors: [] };
    assert.match(
      await refusedUndo({ ...reader, aggregationRule }),
      'narrow did not change ClusterRole reader',
    );
  });

  test('--apply does not wait for a time in the annotation that is far in the future', () =>
    withSandbox(async (sandbox, tool) => {
      fillPods(sandbox);
      await ends(0, tool, `narrow ${byPods} --apply`);
      age(sandbox, 'reader', -3_600_000);
      await ends(0, tool, `narrow ${byPods} --apply`);
      assert.equal(rulesIn(sandbox, 'reader'), ['nodes get,list', 'nodes/pods get']);
    }));

  test('does not change a role that the grant command created', () =>
    withSandbox(async (sandbox, tool) => {
      await tool(
        'grant --profile readonly --subject serviceaccount:monitoring:prometheus-k8s --ignore-not-found',
      );
      run(sandbox, 'prometheus-k8s', 'prometheus/prometheus', byOperator);
      const { stderr } = await ends(1, tool, 'narrow kubeletaccess:readonly --apply');
      assert.match(stderr, 'is managed by kubectl kubeletaccess grant');
    }));

  test('notes that a file of kubectl apply still has the old rules', () =>
    withSandbox(async (sandbox, tool) => {
      fill(sandbox, wide, {
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
      });
      const { stderr } = await tool('narrow scraper --apply');
      assert.match(
        stderr,
        'note: ClusterRole scraper was made by kubectl apply: change its file as well\n',
      );
    }));

  test('makes a new plan if another client writes the role in the meantime', () =>
    withSandbox(async (sandbox, tool) => {
      fillPods(sandbox);
      onRequest(sandbox, /^PUT .*reader\?/, () => {
        put(sandbox, role('reader', [rule('nodes,nodes/proxy', 'get,list'), rule('pods')]));
      });
      await ends(0, tool, `narrow ${byPods} --apply`);
      assert.equal(rulesIn(sandbox, 'reader'), [...old, 'pods get', 'nodes/pods get']);
    }));

  test('writes no role if the users of one of several roles are unknown', () =>
    withSandbox(async (sandbox, tool) => {
      fill(sandbox);
      put(sandbox, role('other', [rule('nodes/proxy')]));
      put(sandbox, binding('other', 'other', [prometheus, user('jane')]));
      const args = ['narrow', '--subject', 'serviceaccount:monitoring:prometheus-k8s', '--apply'];
      const { stderr } = await ends(3, tool, args);
      assert.match(stderr, 'cannot narrow ClusterRole other');
      assert.equal(rulesIn(sandbox, 'scraper'), wide.map(formatRule));
    }));

  test('names the permissions that the caller may not grant', () =>
    withSandbox(async (sandbox, tool) => {
      fillPods(sandbox);
      allow(sandbox, 'dev', [
        rbacRule('clusterroles,clusterrolebindings', 'list,get,update'),
        rule('nodes,pods', 'list'),
      ]);
      const { stderr } = await ends(1, tool, `narrow ${byPods} --apply`, 'dev');
      assert.match(stderr, 'missing: nodes/pods get\n');
      assert.equal(rulesIn(sandbox, 'reader'), old);
    }));
});
