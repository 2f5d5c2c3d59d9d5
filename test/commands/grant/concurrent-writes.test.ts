import * as assert from 'uvu/assert';
import {
  bindingIn,
  knownBinding,
  knownRole,
  onRequest,
  pairRule,
  putBinding,
  putRole,
  rbacRule,
  rule,
  userOf,
} from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { runTool } from '../../kit/tool.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';

const settings = { minor: 37 };
const isReal = '(?!.*dryRun)';

suite('grant, Ctrl-C', (test) => {
  test('a binding that is being made anew is made to the end', () =>
    withSandbox(settings, async (sandbox) => {
      putRole(sandbox, knownRole, [pairRule]);
      const env = { KUBECONFIG: sandbox.kubeconfigs.admin };
      for (const method of ['DELETE', 'POST']) {
        putBinding(sandbox, knownBinding, 'view', [userOf('Kubernetes')]);
        const interruption = new AbortController();
        // The deletion in dry run is the first of two, and tells no difference in its line.
        const abort = () => interruption.abort();
        if (method === 'POST')
          onRequest(sandbox, new RegExp(`^POST ${isReal}.*clusterrolebindings`), abort);
        else onRequest(sandbox, /^DELETE /, () => onRequest(sandbox, /^DELETE /, abort));
        const args = ['grant', '--recreate'];
        const { stderr } = await runTool(args, { env, signal: interruption.signal });
        assert.is(bindingIn(sandbox, knownBinding)?.roleRef.name, knownRole, method);
        assert.match(
          stderr,
          /\ninterrupted\nalready applied: clusterrolebinding\.\S+ recreated\nhint: re-run the same command to continue\n/,
        );
      }
    }));

  test('between two writes says what was written', () =>
    withSandbox(settings, async (sandbox) => {
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

  test('before the first write says nothing', () =>
    withSandbox(settings, async (sandbox) => {
      const interruption = new AbortController();
      onRequest(sandbox, /^POST .*dryRun/, () => interruption.abort());
      const env = { KUBECONFIG: sandbox.kubeconfigs.admin };
      const { code, stderr } = await runTool(['grant'], { env, signal: interruption.signal });
      assert.is(code, 130);
      assert.not.match(stderr, 'interrupted');
    }));
});

suite('grant while somebody else writes', (test) => {
  const bob = ['grant', '--profile', 'stats', '--subject', 'bob'];

  test('a role that goes while the binding is written is made again', () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool(['grant', '--profile', 'stats', '--subject', 'jane']);
      onRequest(sandbox, new RegExp(`^POST ${isReal}.*clusterrolebindings`), () => {
        sandbox.store.delete('clusterrolebindings', 'kubeletaccess:stats:user:jane');
        sandbox.store.delete('clusterroles', 'kubeletaccess:stats');
      });
      const { code, stdout, stderr } = await tool(bob);
      assert.is(code, 0, stderr);
      assert.match(stdout, /stats unchanged\n.*bob created\n.*stats created\n$/);
      assert.match(
        stderr,
        /\nnote: another client changed these objects; the changes are now:\nfor user:bob:\n/,
      );
      assert.ok(sandbox.store.get('clusterroles', 'kubeletaccess:stats'));
    }));

  test('nor does a role that goes before that end in an error, for who may not bind', () =>
    withSandbox(settings, async (sandbox, tool) => {
      const writes = ['get', 'list', 'create', 'update', 'delete'];
      allow(sandbox, 'dev', [
        rbacRule(writes, 'clusterroles', 'clusterrolebindings', 'rolebindings'),
        rule(['nodes/stats'], ['get']),
        rule(['nodes'], ['get', 'list']),
      ]);
      await tool(['grant', '--profile', 'stats', '--subject', 'jane']);
      onRequest(sandbox, /^POST .*clusterrolebindings.*dryRun/, () => {
        sandbox.store.delete('clusterrolebindings', 'kubeletaccess:stats:user:jane');
        sandbox.store.delete('clusterroles', 'kubeletaccess:stats');
      });
      const { code, stdout, stderr } = await tool(bob, 'dev');
      assert.is(code, 0, stderr);
      assert.match(stdout, /stats created\n.*bob created\n$/);
    }));

  test('many grants of one profile at once all end well, though each finds no role', () =>
    withSandbox(settings, async (sandbox, tool) => {
      const results = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          tool(['grant', '--profile', 'stats', '--subject', `user-${index}`]),
        ),
      );
      assert.equal(
        results.map(({ code }) => code),
        results.map(() => 0),
        results.map(({ stderr }) => stderr).join(''),
      );
      assert.is(sandbox.store.list('clusterrolebindings').length, 12);
    }));

  test('what others made of it in between is told before it is widened for them', () =>
    withSandbox(settings, async (sandbox, tool) => {
      putRole(sandbox, knownRole, [rule(['nodes/stats'])]);
      putBinding(sandbox, knownBinding, knownRole, [userOf('Kubernetes')]);
      onRequest(sandbox, /^PUT .*clusterroles/, () => {
        const role = sandbox.store.get('clusterroles', knownRole);
        if (role) sandbox.store.put('clusterroles', { ...role });
        putBinding(sandbox, knownBinding, knownRole, [userOf('Kubernetes'), userOf('mallory')]);
      });
      const { code, stderr } = await tool(['grant']);
      assert.is(code, 0, stderr);
      assert.match(
        stderr,
        /\nnote: another client changed these objects; the changes are now:\nfor user:Kubernetes \(kubelet client\):\n( {2}\+ .*\n){4} {4}also for user:mallory, already in the binding\n/,
      );
    }));
});
