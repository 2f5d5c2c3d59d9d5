import * as assert from 'uvu/assert';
import type { ProbeReport } from '../../../src/commands/status/probe.ts';
import type { NodeReport } from '../../../src/commands/status/report/nodes.ts';
import type { Report } from '../../../src/commands/status/report.ts';
import { shownStatus } from '../../../src/commands/status/shown.ts';
import type { Cause } from '../../../src/kubelet/causes/causes.ts';
import { paintAnsi } from '../../../src/text/color.ts';
import { printed, rowsUnder } from '../../kit/shown.ts';
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

suite('the table of nodes of status', (test) => {
  const rows = (nodes: readonly NodeReport[], showAll = false) =>
    rowsUnder('NODE', printed(report(nodes), shownStatus, { showAll }));

  test('has a row for each failing node, then one row for more than 20 nodes with the same good result', () => {
    const fleet = [
      ...nodes(4997, 'good'),
      ...nodes(2, 'bad', { viaApiServer: forbidden }),
      ...nodes(1, 'old', { direct: expired }),
    ];
    assert.equal(rows(fleet), [
      'bad-1         v1.37.2   10.0.0.1:10250   ok                    forbidden',
      'bad-2         v1.37.2   10.0.0.2:10250   ok                    forbidden',
      'old-1         v1.37.2   10.0.0.1:10250   certificate-expired   ok',
      '4,997 nodes   v1.37.2   port 10250       ok                    ok',
    ]);
    assert.is(rows(nodes(21, 'n'), true).length, 21);
  });

  test('has one row for many nodes that kube-apiserver reaches and the caller does not reach', () => {
    const fleet = [...nodes(21, 'far', { direct: timedOut }), ...nodes(21, 'near')];
    assert.equal(rows(fleet), [
      '21 nodes   v1.37.2   port 10250   connection-timed-out   ok',
      '21 nodes   v1.37.2   port 10250   ok                     ok',
    ]);
  });
});

suite('the colors of status', (test) => {
  test('distinguish results and states', () => {
    const two = [...nodes(1, 'a'), ...nodes(1, 'b', { viaApiServer: forbidden })];
    const painted = printed(report(two), shownStatus, { paint: paintAnsi });
    for (const words of [
      'verdict: \x1b[32mok\x1b[0m',
      '\x1b[31mforbidden\x1b[0m',
      '\x1b[2mnot-asked\x1b[0m',
      '\x1b[31mdenied\x1b[0m',
      '\x1b[2munknown\x1b[0m',
      '\x1b[32mpresent\x1b[0m',
      '\x1b[33mdrifted: lacks a subject\x1b[0m',
    ])
      assert.ok(painted.includes(words), `no ${JSON.stringify(words)} in\n${painted}`);
  });
});
