import * as assert from 'uvu/assert';
import type { ProbeReport } from '../../../src/commands/status/probe.ts';
import { renderReport, type StatusRendering } from '../../../src/commands/status/render.ts';
import type { NodeReport } from '../../../src/commands/status/report/nodes.ts';
import type { Report } from '../../../src/commands/status/report.ts';
import type { Cause } from '../../../src/kubelet/causes/causes.ts';
import { paintAnsi, paintNothing } from '../../../src/text/color.ts';
import { suite } from '../../kit/suite.ts';

const ok: ProbeReport = { result: 'ok', ms: 1 };
const failed = (cause: Cause): ProbeReport => ({
  ...{ result: 'failed', cause, component: 'network', ms: 9, message: '' },
});
const timedOut = failed('connection-timed-out');
const expired = failed('certificate-expired');
const forbidden = failed('forbidden');

function nodes(
  count: number,
  prefix: string,
  paths: Partial<Pick<NodeReport, 'direct' | 'viaApiServer' | 'version'>> = {},
): readonly NodeReport[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `${prefix}-${index + 1}`,
    version: 'v1.37.2',
    os: 'linux',
    readyCondition: 'True',
    address: `10.0.0.${index + 1}:10250`,
    addressType: 'InternalIP',
    direct: ok,
    viaApiServer: ok,
    ...paths,
  }));
}

function report(nodes: readonly NodeReport[], findings: Report['findings'] = []): Report {
  const state = { state: 'present', missing: [] } as const;
  return {
    apiVersion: 'kubeletaccess/v1alpha1',
    kind: 'KubeletAccessReport',
    server: 'https://10.0.0.9:6443',
    time: '2026-11-24T12:00:00.000Z',
    verdict: 'ok',
    grant: {
      profile: 'apiserver',
      subject: 'user:Kubernetes',
      roleStatus: { name: 'role', ...state },
      bindingStatus: { name: 'binding', ...state, state: 'drifted', missing: ['a subject'] },
      otherBindings: [],
    },
    hops: [
      {
        ...{ from: 'apiserver', to: 'kubelets', identity: 'Kubernetes' },
        ...{ result: 'failed', message: 'forbidden' },
      },
      {
        ...{ from: 'caller', to: 'kubelets', identity: 'admin' },
        ...{ result: 'unknown', message: 'not-asked' },
      },
    ],
    access: [
      {
        permission: 'get nodes/proxy',
        identity: 'user:Kubernetes',
        holder: 'apiserver',
        review: 'denied',
        answer: 'not-asked',
        result: 'denied',
        reason: '',
      },
      {
        permission: 'get nodes/proxy',
        identity: 'user:admin',
        holder: 'caller',
        review: 'unknown',
        answer: 'not-asked',
        result: 'unknown',
        reason: '',
      },
    ],
    nodes,
    findings,
  };
}

const plain: StatusRendering = { format: 'table', showAll: false, paint: paintNothing };

function nodeRows(text: string): readonly string[] {
  const [, rows = ''] = /^NODE .*\n((?:.+\n)*)/m.exec(text) ?? [];
  return rows.trimEnd().split('\n');
}

suite('the table of nodes of status', (test) => {
  test('has a row for each failing node, then one row for more than 20 nodes with the same good result', () => {
    const fleet = [
      ...nodes(4997, 'good'),
      ...nodes(2, 'bad', { viaApiServer: forbidden }),
      ...nodes(1, 'old', { direct: expired }),
    ];
    assert.equal(nodeRows(renderReport(report(fleet), plain)), [
      'bad-1         v1.37.2   10.0.0.1:10250   ok                    forbidden',
      'bad-2         v1.37.2   10.0.0.2:10250   ok                    forbidden',
      'old-1         v1.37.2   10.0.0.1:10250   certificate-expired   ok',
      '4,997 nodes   v1.37.2   port 10250       ok                    ok',
    ]);
  });

  test('has one row for many nodes that kube-apiserver reaches and the caller does not reach', () => {
    const fleet = [...nodes(21, 'far', { direct: timedOut }), ...nodes(21, 'near')];
    assert.equal(nodeRows(renderReport(report(fleet), plain)), [
      '21 nodes   v1.37.2   port 10250   connection-timed-out   ok',
      '21 nodes   v1.37.2   port 10250   ok                     ok',
    ]);
  });

  test('has a row for each node if there are at most 20, or with --show-all or -o wide', () => {
    const rows = (count: number, rendering: Partial<StatusRendering>) =>
      nodeRows(renderReport(report(nodes(count, 'n')), { ...plain, ...rendering })).length;
    assert.is(rows(20, {}), 20);
    assert.is(rows(21, {}), 1);
    assert.is(rows(21, { showAll: true }), 21);
    assert.is(rows(21, { format: 'wide' }), 21);
  });

  test('joins no nodes in -o json and -o yaml', () => {
    const whole = report(nodes(30, 'n'));
    const json = renderReport(whole, { ...plain, format: 'json', paint: paintAnsi });
    assert.equal(JSON.parse(json), whole);
    const yaml = renderReport(whole, { ...plain, format: 'yaml', paint: paintAnsi });
    assert.is(yaml.match(/^ {2}- name: n-/gm)?.length, 30);
  });
});

suite('the colors of status', (test) => {
  const findings = (['error', 'warning', 'note'] as const).map((severity) => ({
    ...{ cause: 'unknown', severity, nodeNames: [], evidence: [], remedy: '', commands: [] },
    message: `${severity} \x1b[2J`,
  })) as Report['findings'];
  const whole = report([...nodes(1, 'a'), ...nodes(1, 'b', { viaApiServer: forbidden })], findings);
  const painted = renderReport(whole, { ...plain, paint: paintAnsi });

  test('distinguish verdicts and severities', () => {
    for (const words of [
      '\x1b[32mok\x1b[0m',
      '\x1b[31mforbidden\x1b[0m',
      '\x1b[2mnot-asked\x1b[0m',
      '\x1b[31mdenied\x1b[0m',
      '\x1b[2munknown\x1b[0m',
      '\x1b[32mpresent\x1b[0m',
      '\x1b[33mdrifted: lacks a subject\x1b[0m',
      '\x1b[31m*\x1b[0m error',
      '\x1b[33m* warning:\x1b[0m warning',
      '\x1b[2m* note:\x1b[0m note',
    ])
      assert.ok(painted.includes(words), `no ${JSON.stringify(words)} in\n${painted}`);
  });

  test('are the only difference from plain text; control characters from a server are escaped', () => {
    const bare = renderReport(whole, plain);
    assert.is(painted.replaceAll(/\x1b\[\d+m/g, ''), bare);
    assert.not.match(bare, /\x1b/);
    assert.match(bare, '* warning: warning \\x1b[2J\n');
  });
});
