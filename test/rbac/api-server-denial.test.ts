import * as assert from 'uvu/assert';
import {
  authorizerBeside,
  isOfProvider,
  parseApiServerDenial,
} from '../../src/rbac/api-server-denial.ts';
import { suite } from '../kit/suite.ts';

const denial =
  'nodes "n1" is forbidden: User "jane" cannot get resource "nodes/proxy" in API group "" at the cluster scope';
const warden =
  'GKE Warden authz [denied by managed-namespaces-limitation]: cluster scoped resource "nodes/proxy" is managed and access is denied';

suite('the denial by another authorizer than RBAC', (test) => {
  for (const [words, isProvider] of [
    [warden, true],
    ['GKE Warden authz [denied by autogke-node-affinity]', true],
    ['policy "no-kubelets" denies it', false],
    ['access to nodes/proxy is not permitted', false],
  ] as const)
    test(`is recognized by its words: ${words}`, () => {
      const message = `${denial}: ${words}`;
      const beside = authorizerBeside(message) ?? '';
      assert.ok(words.startsWith(beside) && beside !== '', beside);
      assert.is(isOfProvider(beside), isProvider);
      assert.is(parseApiServerDenial(message)?.resource, 'nodes/proxy');
    });

  test('is not found if only RBAC denies, with or without a reason', () => {
    for (const words of ['', ': RBAC: clusterrole.rbac "x" not found', ': no RBAC policy matched'])
      assert.is(authorizerBeside(denial + words), undefined, words);
  });

  test('is recognized by the words of older versions of Autopilot', () =>
    assert.ok(
      authorizerBeside(
        'nodes "n1" is forbidden: User "jane" cannot get resource "nodes/proxy" in API group "" at the cluster scope: GKEAutopilot authz: cluster scoped resource "nodes/proxy" is managed and access is denied',
      ),
    ));
});
