import * as assert from 'uvu/assert';
import type { Facts, NodeFacts } from '../../../src/commands/status/facts.ts';
import { diagnose, verdicts } from '../../../src/commands/status/report.ts';
import { knownNames } from '../../../src/rbac/names.ts';
import { profileOf } from '../../../src/rbac/profiles.ts';
import { user } from '../../../src/rbac/subject.ts';
import { suite } from '../../kit/suite.ts';

const ok = { result: 'ok', ms: 1 } as const;
const denied = {
  result: 'failed',
  component: 'kubelet',
  cause: 'forbidden',
  message: 'Forbidden',
  denial: { user: 'Kubernetes', verb: 'get', resource: 'nodes', subresources: ['proxy'] },
  ms: 1,
} as const;

function facts(viaApiServer: NodeFacts['viaApiServer'], more: Partial<Facts>): Facts {
  return {
    server: 'https://10.0.0.9:6443',
    path: 'apiserver',
    now: Date.parse('2026-11-25T00:00:00Z'),
    caller: { user: 'admin', groups: [] },
    client: { found: 'Kubernetes' },
    wanted: {
      profile: profileOf('apiserver'),
      names: knownNames,
      nodes: [],
      subject: user('Kubernetes'),
    },
    pair: undefined,
    clientPermissions: [],
    callerPermissions: [],
    nodes: [
      { node: { metadata: { name: 'node-1' } }, address: undefined, direct: ok, viaApiServer },
    ],
    selector: '',
    nearMisses: [],
    limits: [],
    absent: [],
    unchecked: [],
    groups: [],
    interrupted: false,
    warnDays: 30,
    ...more,
  };
}

suite('the verdict of status', (test) => {
  for (const [title, viaApiServer, more, verdict, code] of [
    ['a kubelet that answers', ok, {}, 'ok', 0],
    ['a kubelet that denies access', denied, {}, 'access-missing', 3],
    ['an interrupt after a kubelet allowed access', ok, { interrupted: true }, 'unknown', 1],
    ['an interrupt after a kubelet denied access', denied, { interrupted: true }, 'unknown', 1],
    ['an API server that is down', ok, { apiServerDown: 'no-route' }, 'unknown', 1],
  ] as const)
    test(`is ${verdict} for ${title}`, () => {
      const report = diagnose(facts(viaApiServer, more));
      assert.equal([report.verdict, verdicts[report.verdict]], [verdict, code]);
    });
});

suite('an expired client certificate of kube-apiserver', (test) => {
  const refused = {
    result: 'failed',
    component: 'kubelet',
    cause: 'no-credential-accepted',
    message: 'the kubelet of node-1 through the API server answered 401: Unauthorized',
    ms: 1,
  } as const;
  const findingOf = (more: Partial<Facts>) =>
    diagnose(facts(refused, more)).findings.find(({ cause }) => cause === refused.cause);

  for (const [flavour, words] of [
    ['kubeadm', /^on each control-plane node: kubeadm certs renew apiserver-kubelet-client, and /],
    ['kind', /^on each control-plane node: kubeadm certs renew apiserver-kubelet-client, and /],
    ['k3s', /^restart k3s on each server/],
    ['rke2', /^restart RKE2 on each server/],
    [undefined, /^renew the certificate of --kubelet-client-certificate, and restart /],
  ] as const)
    test(`has the remedy for ${flavour ?? 'other clusters'}`, () => {
      const { message, remedy = '' } = findingOf({ isClientExpired: true, flavour }) ?? {};
      assert.is(
        message,
        "node-1: kube-apiserver's client certificate for kubelets has expired: they refuse its login (401); your own login is not involved",
      );
      assert.match(remedy, words);
    });

  test('is reported as one of several possible reasons if the metrics of no kubelet count it', () => {
    const { message = '', remedy = '' } = findingOf({ isClientExpired: false }) ?? {};
    assert.match(message, 'is missing, has expired');
    assert.match(remedy, /^if the certificate has expired, renew it and restart kube-apiserver /);
  });

  for (const [title, accepting] of [
    ['answers', ok],
    ['knows the user, and denies the request', denied],
  ] as const)
    test(`is not suspected if another kubelet ${title}`, () => {
      const [node] = facts(refused, {}).nodes;
      assert.ok(node);
      const other = { ...node, node: { metadata: { name: 'node-2' } }, viaApiServer: accepting };
      const { message = '', remedy = '' } = findingOf({ nodes: [node, other] }) ?? {};
      assert.is(
        message,
        "node-1: the kubelet accepted no credential of kube-apiserver (401); your own login is not involved. node-2 accepted kube-apiserver's client certificate, so that it has not expired: the clientCAFile here is of another CA, or missing",
      );
      assert.match(remedy, /^set authentication\.x509\.clientCAFile /);
    });
});
