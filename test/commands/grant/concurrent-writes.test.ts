import * as assert from 'uvu/assert';
import {
  binding,
  knownBinding,
  knownRole,
  onRequest,
  put,
  rbacRule,
  role,
  rule,
  user,
} from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { runTool } from '../../kit/tool.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { mayDo, meanwhile, play, ran } from '../shared/pair/scenario.ts';

const isReal = '(?!.*dryRun)';

suite('grant, interrupted by Ctrl-C', (test) => {
  test('lists the object that was written before the interrupt', () =>
    withSandbox(async (sandbox) => {
      const interruption = new AbortController();
      onRequest(sandbox, new RegExp(`^POST ${isReal}.*clusterrolebindings`), () =>
        interruption.abort(),
      );
      const env = { KUBECONFIG: sandbox.kubeconfigs.admin };
      const { code, stderr } = await runTool(['grant'], { env, signal: interruption.signal });
      assert.is(code, 130);
      assert.match(
        stderr,
        /\ninterrupted\nalready applied: clusterrole\.\S+ created\nresult unknown: clusterrolebinding\.\S+ created\nhint: re-run the same command to continue\n$/,
      );
    }));

  test('prints no list of written objects if the interrupt comes before the first write', () =>
    withSandbox(async (sandbox) => {
      const interruption = new AbortController();
      onRequest(sandbox, /^POST .*dryRun/, () => interruption.abort());
      const env = { KUBECONFIG: sandbox.kubeconfigs.admin };
      const { code, stderr } = await runTool(['grant'], { env, signal: interruption.signal });
      assert.is(code, 130);
      assert.not.match(stderr, 'interrupted');
    }));
});

suite('grant, concurrent writes', (test) => {
  const stats = 'grant --profile stats --subject';
  const removeJanes = (line: RegExp) =>
    meanwhile(line, ({ store }) => {
      store.delete('clusterrolebindings', 'kubeletaccess:stats:user:jane');
      store.delete('clusterroles', 'kubeletaccess:stats');
    });
  play(test, [
    {
      title: 'adds rules again if a revoke removes them while grant writes the binding',
      given: [
        ran('grant --profile metrics --subject user:bob --role-name R --binding-name B'),
        ran('grant --profile stats --subject user:bob --role-name R --binding-name B'),
        meanwhile(new RegExp(`^POST ${isReal}.*clusterrolebindings`), (sandbox) =>
          put(sandbox, role('R', [rule('nodes/metrics'), rule('nodes', 'get,list')])),
        ),
      ],
      args: 'grant --profile stats --subject user:jane --role-name R --binding-name C --accept-wider',
      expected: { stdout: /\/C created\n\S+\/R configured\n$/ },
    },
    {
      title: 'creates the role again if a revoke deletes it while grant writes the binding',
      given: [
        ran(`${stats} user:jane`),
        removeJanes(new RegExp(`^POST ${isReal}.*clusterrolebindings`)),
      ],
      args: `${stats} user:bob`,
      expected: {
        stdout: /stats unchanged\n.*bob created\n.*stats created\n$/,
        stderr:
          /\nnote: another client changed these objects; the changes are now:\nfor user:bob:\n/,
        roles: ['kubeletaccess:stats'],
      },
    },
    {
      title: 'creates a deleted role again before it writes the binding, if the caller lacks bind',
      given: [
        mayDo(
          'dev',
          rbacRule(
            'clusterroles,clusterrolebindings,rolebindings',
            'get,list,create,update,delete',
          ),
          rule('nodes/stats'),
          rule('nodes', 'get,list'),
        ),
        ran(`${stats} user:jane`),
        removeJanes(/^POST .*clusterrolebindings.*dryRun/),
      ],
      args: `${stats} user:bob`,
      as: 'dev',
      expected: { stdout: /stats created\n.*bob created\n$/ },
    },
    {
      title: 'prints that a subject that another client adds meanwhile also gets the rules',
      given: [
        (sandbox) =>
          put(
            sandbox,
            role(knownRole, [rule('nodes/stats', '*')]),
            binding(knownBinding, knownRole, [user('Kubernetes')]),
          ),
        meanwhile(/^PUT .*clusterroles/, (sandbox) =>
          put(
            sandbox,
            role(knownRole, [rule('nodes/stats', '*')]),
            binding(knownBinding, knownRole, [user('Kubernetes'), user('mallory')]),
          ),
        ),
      ],
      args: 'grant',
      expected: {
        stderr:
          /\nnote: another client changed these objects; the changes are now:\nfor user:Kubernetes \(kubelet client\):\n( {2}\+ .*\n){4} {4}also for user:mallory, already in the binding\n/,
      },
    },
  ]);
});
