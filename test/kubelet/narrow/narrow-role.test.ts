import * as assert from 'uvu/assert';
import type { AgentCall } from '../../../src/kubelet/agents/agent.ts';
import { narrowRole } from '../../../src/kubelet/narrow/narrow-role.ts';
import type { RuleVerdict } from '../../../src/kubelet/narrow/narrow-rules.ts';
import { formatCall, type Need } from '../../../src/kubelet/narrow/need.ts';
import type { PolicyRule } from '../../../src/objects.ts';
import { formatRule } from '../../../src/rbac/rules.ts';
import { rule } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';

const direct = (path: string, more: Partial<AgentCall> = {}): Need => ({
  ...{ method: 'GET', path, via: 'direct', agent: 'agent' },
  ...more,
});
const proxied = (path: string): Need => direct(path, { via: 'apiserver' });

const newer = { minors: [37], also: [] };
const older = { minors: [31], also: [] };
const mixed = { minors: [31, 37], also: [] };
const unknown = { minors: [33, 36], also: [32] };

const words = (rules: readonly PolicyRule[]) => rules.map(formatRule);
const row = ({ rule: part, verdict, replacedBy, needs, why, kubelets }: RuleVerdict) =>
  [part, verdict, replacedBy, needs.map(formatCall).join(', ') || why, kubelets].join(' | ');

suite('a narrowed role', (test) => {
  const cases: readonly (readonly [
    title: string,
    rules: readonly PolicyRule[],
    needs: readonly Need[],
    versions: Parameters<typeof narrowRole>[2],
    narrowed: readonly string[],
    ...verdicts: readonly string[],
  ])[] = [
    [
      'has the permission that newer kubelets check in place of nodes/proxy',
      [rule('nodes/proxy', 'get,list,watch')],
      [direct('/pods')],
      newer,
      ['nodes/pods get'],
      'nodes/proxy get | replace | nodes/pods get | /pods | newer',
      'nodes/proxy list,watch | unused |  | kubelets never ask for these verbs | all',
    ],
    [
      'keeps nodes/proxy for kubelets that check no finer permission',
      [rule('nodes/proxy', 'get,list')],
      [direct('/pods')],
      older,
      ['nodes/proxy get'],
      'nodes/proxy get | keep |  | /pods | older',
      'nodes/proxy list | unused |  | kubelets never ask for these verbs | all',
    ],
    [
      'has nodes/proxy and nodes/pods if only some kubelets check finer permissions',
      [rule('nodes/proxy')],
      [direct('/pods')],
      mixed,
      ['nodes/proxy,nodes/pods get'],
      'nodes/proxy get | replace | nodes/pods get | /pods | newer',
      'nodes/proxy get | keep |  | /pods | older',
    ],
    [
      'is for newer kubelets if versions are unknown, and lists what callers of older kubelets need',
      [rule('nodes/proxy,nodes/stats')],
      [direct('/pods'), direct('/stats/summary')],
      unknown,
      ['nodes/stats,nodes/pods get'],
      'nodes/proxy get | replace | nodes/pods get | /pods | newer',
      'nodes/proxy get | keep |  | /pods | older',
      'nodes/stats get | keep |  | /stats/summary | all',
    ],
    [
      'loses nodes/proxy if no call needs it, and keeps the rest of the rule',
      [rule('nodes,nodes/proxy,nodes/metrics,services,endpoints,pods', 'get,list,watch')],
      [direct('/metrics'), direct('/metrics/cadvisor')],
      newer,
      ['nodes,services,endpoints,pods get,list,watch', 'nodes/metrics get'],
      'nodes/proxy get | remove |  | no call needs it | all',
      'nodes/proxy list,watch | unused |  | kubelets never ask for these verbs | all',
      'nodes/metrics get | keep |  | /metrics, /metrics/cadvisor | newer',
      'nodes/metrics list,watch | unused |  | kubelets never ask for these verbs | all',
    ],
    [
      'keeps permissions for calls through the API server, and for the same calls sent directly',
      [rule('nodes/proxy,nodes/stats,nodes/metrics', 'get,list')],
      [proxied('/stats/summary')],
      mixed,
      ['nodes/proxy,nodes/stats get'],
      'nodes/proxy get | cannot narrow |  | /api/v1/nodes/NAME/proxy/stats/summary | all',
      'nodes/proxy list | unused |  | kubelets never ask for these verbs | all',
      'nodes/stats get | keep |  | /stats/summary | all',
      'nodes/stats list | unused |  | kubelets never ask for these verbs | all',
      'nodes/metrics get | remove |  | no call needs it | all',
      'nodes/metrics list | unused |  | kubelets never ask for these verbs | all',
    ],
    [
      'keeps nodes/proxy for paths without a finer permission, and adds the finer permission of other paths',
      [rule('nodes/proxy')],
      [direct('/pods'), direct('/containerLogs', { when: 'logs are read by the kubelet' })],
      newer,
      ['nodes/proxy,nodes/pods get'],
      'nodes/proxy get | replace | nodes/pods get | /pods | newer',
      'nodes/proxy get | keep |  | /containerLogs | newer',
    ],
    [
      'does not keep nodes/proxy for an optional call',
      [rule('nodes/proxy')],
      [direct('/configz'), { ...proxied('/configz'), optional: true }],
      newer,
      ['nodes/configz get'],
      'nodes/proxy get | replace | nodes/configz get | /configz | newer',
    ],
    [
      'has only the needed verbs if the old role had all verbs',
      [rule('nodes/proxy,nodes/stats', '*', { resourceNames: ['node-1'] })],
      [direct('/pods'), direct('/stats/summary', { method: 'POST' })],
      newer,
      ['nodes/pods get (only node-1)', 'nodes/stats create (only node-1)'],
      'nodes/proxy (all verbs) (only node-1) | replace | nodes/pods get (only node-1) | /pods | newer',
      'nodes/stats (all verbs) (only node-1) | replace | nodes/stats create (only node-1) | POST /stats/summary | newer',
    ],
    [
      'does not get a permission twice if another of its rules already has the permission',
      [rule('nodes/pods'), rule('nodes/proxy')],
      [direct('/pods')],
      newer,
      ['nodes/pods get'],
      'nodes/pods get | keep |  | /pods | newer',
      'nodes/proxy get | replace | nodes/pods get | /pods | newer',
    ],
    [
      'gets a permission twice if the other rule is for fewer nodes',
      [rule('nodes/pods', 'get', { resourceNames: ['node-1'] }), rule('nodes/proxy')],
      [direct('/pods')],
      newer,
      ['nodes/pods get (only node-1)', 'nodes/pods get'],
      'nodes/pods get (only node-1) | keep |  | /pods | newer',
      'nodes/proxy get | replace | nodes/pods get | /pods | newer',
    ],
    [
      'never gets a permission that the old nodes/proxy did not imply',
      [rule('nodes/proxy')],
      [direct('/stats/summary'), direct('/statusz')],
      { minors: [33, 37], also: [] },
      // At 1.37, nodes/proxy does not allow /statusz.
      ['nodes/proxy get'],
      'nodes/proxy get | keep |  | /statusz | newer',
    ],
    [
      'loses permissions that no kubelet uses, and keeps permissions that other servers may use',
      [
        rule('nodes/spec,nodes/logs,nodes/*,pods/logs,nodes/status', 'get'),
        { nonResourceURLs: ['/metrics', '/version'], verbs: ['get'] },
      ],
      [],
      newer,
      ['pods/logs,nodes/status get', 'URL /metrics,/version get'],
      'nodes/spec get | unused |  | kubelets no longer serve /spec | all',
      'nodes/logs get | unused |  | kubelets ask for nodes/log | all',
      'nodes/* get | unused |  | RBAC knows * and */proxy, but not nodes/*: it allows nothing | all',
      'pods/logs get | keep |  | no such resource: container logs are pods/log | all',
      "URL /metrics get | keep |  | kubelets never ask for URLs: it is for the API server's own | all",
    ],
    [
      'keeps wildcards, which cannot be split',
      [rule('*', 'get,list'), rule('*/proxy', 'create'), rule('*', 'list')],
      [direct('/pods')],
      newer,
      ['* get,list', '*/proxy create', '* list'],
      '* get,list | cannot narrow |  | a wildcard is for more than kubelets, and cannot be split | all',
      '*/proxy create | cannot narrow |  | a wildcard is for more than kubelets, and cannot be split | all',
    ],
    [
      'keeps rules for other API groups',
      [rule('nodes/proxy,nodes', '*', { apiGroups: ['metrics.k8s.io'] })],
      [],
      newer,
      ['nodes.metrics.k8s.io/proxy,nodes.metrics.k8s.io (all verbs)'],
    ],
  ];
  for (const [title, rules, needs, versions, narrowed, ...verdicts] of cases)
    test(title, () => {
      const found = narrowRole(rules, needs, versions);
      assert.equal(words(found.rules), narrowed);
      assert.equal(found.verdicts.map(row), verdicts);
    });

  test('lists the permissions that it adds and removes', () => {
    const rules = [rule('nodes,nodes/proxy,nodes/metrics', 'get,list')];
    const { added, removed } = narrowRole(rules, [direct('/pods')], newer);
    assert.equal(words(added), ['nodes/pods get']);
    assert.equal(words(removed), ['nodes/proxy,nodes/metrics get,list']);
  });

  test('lists calls that the old rules did not allow, and calls that the new rules no longer allow', () => {
    const needs = [
      direct('/pods'),
      direct('/stats/summary'),
      { ...proxied('/pods'), optional: true },
    ];
    const { lacking, lost } = narrowRole([rule('nodes/proxy')], needs, newer);
    assert.equal(lacking.map(formatCall), ['/stats/summary']);
    assert.equal(lost.map(formatCall), ['/api/v1/nodes/NAME/proxy/pods']);
  });

  test('lists the permissions that a separate role would need', () => {
    const needs = [direct('/pods'), direct('/metrics'), direct('/stats/summary')];
    const of = (rules: readonly PolicyRule[], versions = newer) =>
      words(narrowRole(rules, needs, versions).own);
    assert.equal(of([rule('*')]), ['nodes/pods,nodes/metrics,nodes/stats get']);
    assert.equal(of([rule('*')], mixed), ['nodes/proxy,nodes/metrics,nodes/stats,nodes/pods get']);
    assert.equal(of([rule('nodes/metrics')]), ['nodes/metrics get']);
    assert.equal(of([rule('*', 'get', { resourceNames: ['node-1'] })]), []);
    // The separate role does not get nodes/proxy for an optional call, because nodes/proxy also allows commands in containers.
    const without = [direct('/metrics'), { ...proxied('/pods'), optional: true }];
    assert.equal(words(narrowRole([rule('*')], without, newer).own), ['nodes/metrics get']);
  });
});
