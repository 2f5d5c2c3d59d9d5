import * as assert from 'uvu/assert';
import { readYamlDocuments } from '../../../src/kube/yaml/read-yaml.ts';
import type { ClusterRole, PolicyRule } from '../../../src/objects.ts';
import { formatRule, missingRules } from '../../../src/rbac/rules.ts';
import { suite } from '../../kit/suite.ts';
import { runTool } from '../../kit/tool.ts';
import { agentRoles, narrowObjects, yamlOf } from './roles.ts';

function rolesIn(yaml: string): readonly ClusterRole[] {
  return readYamlDocuments(Buffer.from(yaml), () => true).flatMap(({ value }) =>
    (value as ClusterRole | null)?.kind === 'ClusterRole' ? [value as ClusterRole] : [],
  );
}

/** Formats each permission, such as `nodes/proxy get`. */
const permissions = (rules: readonly PolicyRule[]) =>
  missingRules([], rules).flatMap((rule) =>
    (rule.resources ?? rule.nonResourceURLs ?? []).flatMap((resource) =>
      rule.verbs.map((verb) =>
        formatRule({ ...rule, ...(rule.resources && { resources: [resource] }), verbs: [verb] }),
      ),
    ),
  );

/** Returns each permission that a table adds (`+`) or removes (`-`). */
function changesIn(table: string, sign: '+' | '-'): readonly string[] {
  const lines = table.split('\n').filter((line) => line.startsWith(`  ${sign} `));
  return lines.flatMap((line) => {
    const [, resources = '', verbs = ''] = /^ {2}. (\S+) (\S+)$/.exec(line) ?? [];
    return resources
      .split(',')
      .flatMap((each) => verbs.split(',').map((verb) => `${each} ${verb}`));
  });
}

/** Returns the rows of a table and the lines below it, except the `source:` line. */
const linesOf = (table: string) =>
  table
    .split('\n')
    .slice(3)
    .filter((line) => line !== '' && !line.startsWith('source: '))
    .map((line) => line.trim().replaceAll(/ {2,}/g, ' | '));

const deadVerbs = '- | kubelets never ask for these verbs | all';
const apply = (role: string) =>
  `run: kubectl kubeletaccess narrow ${role} --filename=- -o yaml | kubectl apply -f -`;
const olderProxy =
  'note: kubelets before 1.33 need nodes/proxy get as well: --kubelet-version 1.32 keeps it';
const becomesPods = [
  'nodes/proxy get | replace | nodes/pods get | /pods | 1.33 and later',
  'nodes/proxy get | keep | - | /pods | 1.32 and earlier',
];

const narrowings: readonly (readonly [title: string, agent: string, lines: readonly string[]])[] = [
  [
    'replaces nodes/proxy by a finer permission',
    'SPIRE agent',
    [
      ...becomesPods,
      'changes:',
      '+ nodes/pods get',
      '- nodes/proxy get',
      olderProxy,
      'setting: no value: patch the role after rendering',
      apply('spire-agent'),
    ],
  ],
  [
    'removes verbs and resources unknown to kubelets',
    'opentelemetry-kube-stack chart',
    [
      'nodes/metrics get | keep | - | /metrics, /metrics/cadvisor, /metrics/probes (if kubelet.enabled) | all',
      `nodes/metrics list,watch | unused | ${deadVerbs}`,
      'nodes/stats get | keep | - | /stats/summary | all',
      `nodes/stats list,watch | unused | ${deadVerbs}`,
      ...becomesPods,
      `nodes/proxy list,watch | unused | ${deadVerbs}`,
      'nodes/spec get,list,watch | unused | - | kubelets no longer serve /spec | all',
      'changes:',
      '+ nodes/pods get',
      '- nodes/metrics,nodes/stats list,watch',
      '- nodes/proxy,nodes/spec get,list,watch',
      olderProxy,
      'setting: chart 0.14.7 or later; it chooses by the version of the API server: --kube-version 1.32 for node pools up to 1.32',
      apply('opentelemetry-kube-stack-collector'),
    ],
  ],
  [
    'removes all permissions of an agent without calls to kubelets',
    'prometheus-adapter',
    [
      'nodes/stats get | remove | - | no call needs it | all',
      `nodes/stats list,watch | unused | ${deadVerbs}`,
      'changes:',
      '- nodes/stats get,list,watch',
      'setting: rbac.create=false and a role without nodes/stats',
      apply('prometheus-adapter'),
    ],
  ],
  [
    'removes a permission for an optional call',
    'OpenCost',
    [
      'nodes/proxy get | remove | - | no call needs it | all',
      'nodes/stats get | keep | - | /stats/summary (if collectorDataSource.enabled) | all',
      'changes:',
      '- nodes/proxy get',
      'note: OpenCost does without /api/v1/nodes/NAME/proxy/stats/summary (if collectorDataSource.enabled): denied without nodes/proxy',
      'setting: opencost.exporter.collectorDataSource.enabled=false, the default; with it, get on nodes/stats: its first try fails, the second is direct',
      apply('opencost'),
    ],
  ],
  [
    'adds finer permissions where an option still needs nodes/proxy',
    'Datadog Agent',
    [
      "URL /metrics,/metrics/slis get | keep | - | kubelets never ask for URLs: it is for the API server's own | all",
      'nodes/metrics get | keep | - | /metrics, /metrics/cadvisor, /metrics/probes, /metrics/slis | all',
      'nodes/spec get | unused | - | kubelets no longer serve /spec | all',
      'nodes/proxy get | replace | nodes/pods,nodes/healthz,nodes/configz get | /pods, /healthz, /configz | 1.33 and later',
      'nodes/proxy get | keep | - | /containerLogs (if logs_config.k8s_container_use_kubelet_api) | 1.33 and later',
      'nodes/proxy get | cannot narrow | - | /api/v1/nodes/NAME/proxy/pods, /api/v1/nodes/NAME/proxy/stats/summary, /api/v1/nodes/NAME/proxy/metrics, /api/v1/nodes/NAME/proxy/metrics/cadvisor (if eks_fargate) | all',
      'nodes/proxy get | keep | - | /pods, /healthz, /configz, /containerLogs (if logs_config.k8s_container_use_kubelet_api) | 1.32 and earlier',
      'nodes/stats get | keep | - | /stats/summary | all',
      'changes:',
      '+ nodes/pods,nodes/healthz,nodes/configz get',
      '- nodes/spec get',
      'hint: nodes/proxy is needed only for: logs_config.k8s_container_use_kubelet_api; eks_fargate; if you have none of these: kubectl kubeletaccess narrow datadog --filename=- --calls /pods,/stats/summary,/metrics,/metrics/cadvisor,/metrics/probes,/metrics/slis,/healthz,/configz',
      'setting: datadog.kubelet.fineGrainedAuthorization=true; logs from files, the default',
      apply('datadog'),
    ],
  ],
  [
    'keeps nodes/proxy where an option calls through the API server',
    'prometheus chart',
    [
      'nodes/proxy get | cannot narrow | - | /api/v1/nodes/NAME/proxy/metrics, /api/v1/nodes/NAME/proxy/metrics/cadvisor (if jobs that relabel __address__ to the API server, as of charts before 2026) | all',
      `nodes/proxy list,watch | unused | ${deadVerbs}`,
      'nodes/metrics get | keep | - | /metrics, /metrics/cadvisor | all',
      `nodes/metrics list,watch | unused | ${deadVerbs}`,
      "URL /metrics get | keep | - | kubelets never ask for URLs: it is for the API server's own | all",
      'changes:',
      '- nodes/proxy,nodes/metrics list,watch',
      'hint: nodes/proxy is needed only for: jobs that relabel __address__ to the API server, as of charts before 2026; if you have none of these: kubectl kubeletaccess narrow prometheus-chart --filename=- --calls /metrics,/metrics/cadvisor',
      'setting: chart 29.27.0 or later; jobs from values of older charts go through the API server',
      apply('prometheus-chart'),
    ],
  ],
  [
    'adds a finer permission where only older versions call through the API server',
    'Inspektor Gadget',
    [
      'nodes/proxy get | replace | nodes/configz get | /configz | 1.33 and later',
      'nodes/proxy get | cannot narrow | - | /api/v1/nodes/NAME/proxy/configz (if versions before 0.56.0) | all',
      'nodes/proxy get | keep | - | /configz | 1.32 and earlier',
      'changes:',
      '+ nodes/configz get',
      'hint: nodes/proxy is needed only for: versions before 0.56.0; if you have none of these: kubectl kubeletaccess narrow gadget-cluster-role --filename=- --calls /configz',
      'setting: a release with 391cabba; the add-on of minikube still has nodes/proxy',
      apply('gadget-cluster-role'),
    ],
  ],
  [
    'keeps nodes/proxy of an agent that only calls through the API server',
    'crane-agent',
    [
      'nodes/proxy get | cannot narrow | - | /api/v1/nodes/NAME/proxy/configz | all',
      'changes: none',
      'to call kubelets directly: only a change of its code can do that',
    ],
  ],
  [
    'keeps the permissions granted by an operator',
    'OpenTelemetry Operator',
    [
      ...['nodes/stats', 'nodes/proxy'].map(
        (resource) =>
          `${resource} get | cannot narrow | - | OpenTelemetry Operator grants it to others, and may not grant what it does not have | all`,
      ),
      'changes: none',
      "setting: its own role and its collectors' roles together",
    ],
  ],
];

suite('narrow on the roles of agents', (test) => {
  for (const [title, agent, lines] of narrowings)
    test(`${title}: ${agent}`, async () => {
      const role = agentRoles.find((each) => each.agent === agent);
      assert.ok(role);
      const { code, stdout } = await narrowObjects(role);
      assert.equal([code, linesOf(stdout)], [0, lines]);
    });

  test('changes no role of an agent whose calls are unknown: AppDynamics', async () => {
    const role = agentRoles.find(({ agent }) => agent === 'AppDynamics');
    assert.ok(role);
    const { code, stdout, stderr } = await narrowObjects(role);
    assert.equal([code, stdout], [3, '']);
    const name = 'appdynamics-inframon-clusterrole';
    const again = `kubectl kubeletaccess narrow ${name} --filename=-`;
    assert.equal(stderr.trimEnd().split('\n'), [
      `error: cannot narrow ClusterRole ${name}: it is unknown which paths of kubelets it is for`,
      '  serviceaccount:agents:appdynamics-inframon: it is AppDynamics, and nobody knows what that calls',
      '  it allows nodes/proxy get',
      `hint: which agent is it? ${again} --agent NAME`,
      `hint: or which paths does it call? such as: ${again} --calls /pods,/stats/summary`,
      'hint: a call through the API server is written as /api/v1/nodes/NAME/proxy/PATH',
      'hint: an audit log tells what was needed: kubectl kubeletaccess who-used --audit-log FILE',
    ]);
  });

  test('removes and adds the permissions that its table lists, and changes nothing in a second run', async () => {
    for (const each of agentRoles) {
      const table = await narrowObjects(each);
      if (table.code !== 0) continue;
      const printed = await narrowObjects(each, '-o', 'yaml');
      const [role] = rolesIn(printed.stdout);
      const [before, after] = [each.rules, role ? (role.rules ?? []) : each.rules];
      const lost = permissions(missingRules(after, before));
      const got = permissions(missingRules(before, after));
      assert.equal([...changesIn(table.stdout, '-')].sort(), [...lost].sort(), each.agent);
      assert.equal([...changesIn(table.stdout, '+')].sort(), [...got].sort(), each.agent);
      for (const one of lost) assert.match(one, /^nodes(?:\.\w+)?\//, each.agent);
      for (const one of got) assert.match(one, /^nodes\/(?:pods|healthz|configz) \w+$/, each.agent);
      if (!role) continue;
      const again = await runTool(['narrow', '-f', '-', ...each.answer, '--agent', each.agent], {
        stdin: printed.stdout,
      });
      assert.match(again.stdout + again.stderr, /changes: none|no role allows/, each.agent);
    }
  });

  test('keeps nodes/proxy for kubelets before 1.33 in place of a finer permission', async () => {
    for (const each of agentRoles) {
      const [newer, older] = await Promise.all(
        ['1.37', '1.31'].map((version) => narrowObjects(each, '--kubelet-version', version)),
      );
      const fine = changesIn(newer?.stdout ?? '', '+');
      assert.equal(changesIn(older?.stdout ?? '', '+'), [], each.agent);
      if (fine.length > 0)
        assert.not.ok(changesIn(older?.stdout ?? '', '-').includes('nodes/proxy get'), each.agent);
    }
  });

  test('removes nodes/proxy by the commands in its hints', async () => {
    let count = 0;
    for (const each of agentRoles) {
      const { stdout } = await narrowObjects(each);
      for (const [, command = ''] of stdout.matchAll(/^hint: .*?: kubectl kubeletaccess (.*)$/gm)) {
        count += 1;
        const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, a, b = '']) => a ?? b);
        const { code, stdout: narrowed } = await runTool(words, { stdin: yamlOf(each) });
        assert.is(code, 0, command);
        assert.match(changesIn(narrowed, '-').join(), 'nodes/proxy get', command);
      }
    }
    assert.is(count, 3);
  });
});
