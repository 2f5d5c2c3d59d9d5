import * as assert from 'uvu/assert';
import { kubeletAttributes, minorOf } from '../../src/kubelet/authorization.ts';
import { probesFor } from '../../src/kubelet/probes.ts';
import { apiserverRules } from '../../src/rbac/profiles.ts';
import { rule } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';

const pathsFor = (...args: Parameters<typeof probesFor>) =>
  probesFor(...args).map(({ path }) => path);

const naming = '/checkpoint/kubeletaccess/probe/probe';
const onlyProxy = '/containerLogs/kubeletaccess/probe/probe';
const fine = ['healthz', 'pods', 'configz', 'statusz', 'checkpoint'];
const allFine = [rule(fine.map((name) => `nodes/${name}`).join(), '*')];

const table: readonly (readonly [string, Parameters<typeof probesFor>[0], number, string[]])[] = [
  ['the pair', apiserverRules, 31, ['/healthz', '/stats/', '/metrics/probes', '/logs/']],
  ['the pair', apiserverRules, 37, [onlyProxy, '/stats/', '/metrics/probes', '/logs/']],
  ['fine-grained subresources', allFine, 31, [naming]],
  [
    'fine-grained subresources',
    allFine,
    34,
    ['/healthz', '/pods/kubeletaccess', '/configz', naming],
  ],
  [
    'fine-grained subresources',
    allFine,
    37,
    ['/healthz', '/pods/kubeletaccess', '/configz', '/statusz', naming],
  ],
  [
    'metrics for one node',
    [rule('nodes/metrics', 'get', { resourceNames: ['node-1'] })],
    37,
    ['/metrics/probes'],
  ],
  ['only create on checkpoints', [rule('nodes/checkpoint', 'create')], 37, []],
  ['nodes/spec, which kubelets no longer check', [rule('nodes/spec', '*')], 37, []],
  ['nodes/*, which matches nothing', [rule('nodes/*', '*')], 37, []],
  ['*/metrics', [rule('*/metrics', '*')], 37, ['/metrics/probes']],
  ['nodes themselves', [rule('nodes', 'get,list')], 37, []],
];

suite('probes', (test) => {
  for (const [title, rules, minor, expected] of table)
    test(`${title} on 1.${minor}: ${expected.join(', ') || 'no GET tests it'}`, () =>
      assert.equal(pathsFor(rules, minor), expected));

  test('are GET requests that the kubelet authorizes by the probed subresource', () => {
    for (const minor of [31, 34, 37])
      for (const name of ['proxy', 'stats', 'metrics', 'log', ...fine])
        for (const { method, path } of probesFor([rule(`nodes/${name}`)], minor)) {
          assert.is(method, 'GET');
          assert.is(kubeletAttributes(method, path, minor).subresources[0], name);
        }
  });

  test('depend on the minor version in the Node object', () => {
    assert.is(minorOf('v1.37.2'), 37);
    assert.is(minorOf('v1.31.14-eks-1a2b'), 31);
    assert.is(minorOf('1.33.0'), 33);
    assert.is(minorOf(undefined), Number.POSITIVE_INFINITY);
    assert.is(minorOf('devel'), Number.POSITIVE_INFINITY);
  });
});
