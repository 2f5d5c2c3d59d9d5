import * as assert from 'uvu/assert';
import type { PolicyRule } from '../../../src/objects.ts';
import { account, binding, role, rule, user } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';
import { runTool } from '../../kit/tool.ts';

const splunk = account('splunk-otel-collector', 'monitoring');

/** Returns a workload that runs an image as a service account; like in charts, without a namespace. */
const workload = (kind: string, name: string, image: string): object => {
  const template = { spec: { serviceAccountName: name, containers: [{ name: 'a', image }] } };
  const spec =
    kind === 'CronJob'
      ? { jobTemplate: { spec: { template } } }
      : kind === 'Pod'
        ? template.spec
        : { template };
  return { apiVersion: 'apps/v1', kind, metadata: { name }, spec };
};

const documents = (...objects: readonly object[]) =>
  objects.map((object) => JSON.stringify(object)).join('\n---\n');
const list = (...items: readonly object[]) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
const narrow = (stdin: string, ...args: readonly string[]) =>
  runTool(['narrow', '-f', '-', ...args], { stdin });

const reads: readonly PolicyRule[] = [rule('nodes,nodes/proxy,nodes/stats', 'get,list')];

suite('narrow -f', (test) => {
  for (const kind of 'Pod Deployment DaemonSet StatefulSet ReplicaSet Job CronJob'.split(' '))
    test(`recognizes the agent that a ${kind} runs`, async () => {
      const given = documents(
        role('a', reads),
        binding('a', 'a', [account('agent', 'monitoring')]),
        workload(kind, 'agent', 'quay.io/signalfx/splunk-otel-collector:1@sha256:abc'),
      );
      const { code, stdout, stderr } = await narrow(given);
      assert.equal([code, stderr], [0, '']);
      assert.match(
        stdout,
        'serviceaccount:monitoring:agent: Splunk OpenTelemetry Collector (image signalfx/splunk-otel-collector)\n',
      );
    });

  test('asks who gets the rules of a role by aggregation if the aggregated role is not in the files', async () => {
    const name = 'rbac.authorization.k8s.io/aggregate-to-view';
    const part = role('a', reads, { labels: { [name]: 'true' } });
    const view = {
      ...role('view', reads),
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [name]: 'true' } }] },
    };
    const bound = [binding('a', 'a', [splunk]), binding('view', 'view', [splunk])];
    const alone = await narrow(documents(part, ...bound));
    assert.equal([alone.code, alone.stdout], [3, '']);
    assert.match(
      alone.stderr,
      `  all who have a role that takes over its rules by label ${name}: no such role is in the files\n`,
    );
    assert.is((await narrow(documents(part), 'a', '--calls', '/pods')).code, 0);
    assert.is((await narrow(documents(part, view, ...bound))).code, 0);
    // narrow never changes an aggregated role itself, because a controller writes its rules.
    for (const args of [[], ['view'], ['-o', 'yaml'], ['view', '--calls', '/pods']]) {
      const filled = await narrow(documents(view, ...bound), ...args);
      assert.equal([filled.code, filled.stdout], [3, ''], args.join(' '));
      assert.is(
        filled.stderr,
        `note: ClusterRole view is aggregated, and its controller writes its rules: they come from roles with label ${name}=true, which are not in the files\n`,
      );
    }
  });

  test('names permissions that a role lacks, unless all its subjects have them by other roles', async () => {
    const lacks = 'note: ClusterRole a lacks nodes/metrics get, needed for /metrics: denied now';
    const roles = [role('a', [rule('nodes/stats')]), role('b', [rule('nodes/metrics')])];
    const [jane, bob] = [user('jane'), user('bob')];
    const shown = async (...bindings: readonly object[]) =>
      (await narrow(documents(...roles, ...bindings), 'a', '--calls', '/metrics')).stdout;
    const both = binding('a', 'a', [jane, bob]);
    assert.match(await shown(), lacks);
    assert.match(await shown(both, binding('b', 'b', [jane])), lacks);
    assert.not.match(await shown(both, binding('b', 'b', [jane, bob])), lacks);
  });

  test('recognizes an agent by its environment variables, and includes the calls that they enable', async () => {
    const runs = (...env: readonly object[]) => ({
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'own' } },
      spec: { serviceAccountName: 'own', containers: [{ image: 'mirror/own:1', env }] },
    });
    const host = { name: 'DD_KUBERNETES_KUBELET_HOST', value: '' };
    const logs = { name: 'DD_LOGS_CONFIG_K8S_CONTAINER_USE_KUBELET_API', value: 'true' };
    const rbac = [role('a', reads), binding('a', 'a', [account('own', 'monitoring')])];
    const plain = await narrow(documents(...rbac, runs(host)));
    assert.match(
      plain.stdout,
      'serviceaccount:monitoring:own: Datadog Agent (variable DD_KUBERNETES_KUBELET_HOST)\n',
    );
    const optional = '/containerLogs (if logs_config.k8s_container_use_kubelet_api)';
    assert.match(plain.stdout, optional);
    // Only one of the two workloads of the account has the variable.
    const { stdout } = await narrow(documents(...rbac, runs(host), runs(host, logs)));
    assert.not.match(stdout, optional);
    assert.match(stdout, /nodes\/proxy get +keep +- +\/containerLogs +1\.33 and later\n/);
    assert.is(stdout.split('source: Datadog Agent').length, 2);
    assert.not.match(stdout, 'nodes/proxy is needed only for');
  });

  test('reads documents and lists in the same way, and contacts no server', async () => {
    const objects = [role('a', reads), binding('a', 'a', [splunk])];
    const [first, second] = await Promise.all([
      narrow(documents(...objects), '-o', 'yaml'),
      narrow(list(...objects), '-o', 'yaml'),
    ]);
    assert.is(first?.code, 0);
    assert.is(first?.stdout, second?.stdout);
    assert.match(first?.stdout ?? '', /nodes\/pods\n/);
    assert.not.match(first?.stdout ?? '', 'nodes/proxy');
  });

  test('prints the roles of known agents, and asks about the other roles', async () => {
    const given = documents(
      role('a', reads),
      binding('a', 'a', [splunk]),
      role('b', [rule('nodes/proxy')]),
      binding('b', 'b', [user('jane')]),
      role('c', [rule('pods', '*')]),
    );
    const table = await narrow(given);
    assert.is(table.code, 3);
    assert.match(table.stdout, /^ClusterRole a\n/);
    assert.not.match(table.stdout, /ClusterRole [bc]/);
    assert.match(table.stderr, /^error: cannot narrow ClusterRole b: /);
    const printed = await narrow(given, '-o', 'json');
    assert.is(printed.code, 3);
    assert.is(JSON.parse(printed.stdout).metadata.name, 'a');
    const one = await narrow(given, 'a');
    assert.equal([one.code, one.stderr], [0, '']);
  });

  test('reports that there is no role, that no role can be narrowed, or that the named role is missing', async () => {
    for (const [given, args, code, words] of [
      [documents(binding('a', 'a', [splunk])), [], 1, 'no ClusterRole in standard input'],
      [documents(role('c', [rule('pods')])), [], 0, 'no role allows anything on kubelets\n'],
      [documents(role('c', [rule('pods')])), ['-o', 'yaml'], 0, 'nothing to narrow\n'],
      [
        documents(role('c', [rule('pods')])),
        ['d'],
        1,
        'ClusterRole d not found\nhint: did you mean: c?',
      ],
      ['{"kind":"ClusterRole"}', [], 1, 'no ClusterRole in standard input'],
      [
        documents({ ...role('a', []), rules: [{ verbs: 'get' }] }),
        [],
        1,
        'unreadable ClusterRole in standard input, line 1: rules[0].verbs: expected array, got string',
      ],
    ] as const) {
      const result = await narrow(given, ...args);
      assert.is(result.code, code, given);
      assert.match(result.stderr, words);
      assert.is(result.stdout, '');
    }
  });

  test('keeps unknown fields, and removes fields that a server added', async () => {
    const given = {
      ...role('a', reads),
      metadata: {
        name: 'a',
        uid: 'u',
        resourceVersion: '1',
        creationTimestamp: null,
        managedFields: [],
        labels: { a: 'b' },
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', x: 'y' },
      },
      later: [1],
    };
    const { stdout } = await narrow(documents(given, binding('a', 'a', [splunk])), '-o', 'json');
    const { rules, ...rest } = JSON.parse(stdout);
    assert.equal(rest, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'a', labels: { a: 'b' }, annotations: { x: 'y' } },
      later: [1],
    });
    assert.is(rules.length, 2);
  });

  test('prints that a chart writes the role, and the value to set', async () => {
    const labels = { 'app.kubernetes.io/managed-by': 'Helm' };
    const given = documents(role('a', reads, { labels }), binding('a', 'a', [splunk]));
    const { stdout } = await narrow(given);
    assert.match(
      stdout,
      'managed by Helm (app.kubernetes.io/managed-by): change the values or the chart',
    );
    assert.not.match(stdout, 'kubectl apply');
  });

  test('narrows the source roles of an aggregated role that the files contain', async () => {
    const label = { 'x/aggregate-to-a': 'true' };
    const all = {
      ...role('a', []),
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: label }] },
    };
    const given = documents(
      all,
      role('part', reads, { labels: label }),
      binding('a', 'a', [splunk]),
    );
    const named = await narrow(given, 'a');
    assert.match(named.stderr, 'its controller writes its rules: they come from part\n');
    assert.match(named.stdout, /^ClusterRole part\n/);
    const alone = await narrow(documents(all), 'a');
    assert.match(alone.stderr, 'they come from no role that allows anything on kubelets\n');
  });

  test('escapes control characters in names from a file', async () => {
    const given = documents(
      role('a\u001b[31m', reads),
      binding('b', 'a\u001b[31m', [user('jane\nerror: x'), splunk]),
    );
    const { stdout, stderr } = await narrow(given);
    for (const text of [stdout, stderr]) assert.not.match(text, /\u001b|^error: x/m);
  });

  test('reads folders', () =>
    withFiles(
      {
        'a/role.yaml': documents(role('a', reads)),
        'a/b/binding.json': JSON.stringify(binding('a', 'a', [splunk])),
      },
      async (cwd) => {
        const { code, stdout } = await runTool(['narrow', '-f', 'a'], { cwd });
        assert.is(code, 0);
        assert.match(stdout, 'Splunk OpenTelemetry Collector');
        assert.match(
          stdout,
          'run: kubectl kubeletaccess narrow a --filename a -o yaml | kubectl apply -f -',
        );
      },
    ));
});
