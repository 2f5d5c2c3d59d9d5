import { type Sandbox, type SandboxOptions, startSandbox } from '../sandbox/sandbox.ts';
import { type Result, runTool } from './tool.ts';

/** Runs a test against a sandbox of its own. `tool` is the program, as one of the sandbox's callers. */
export async function withSandbox(
  options: SandboxOptions,
  use: (
    sandbox: Sandbox,
    tool: (args: readonly string[], who?: 'admin' | 'dev' | 'token') => Promise<Result>,
  ) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox(options);
  try {
    await use(sandbox, (args, who = 'admin') =>
      runTool(args, { env: { KUBECONFIG: sandbox.kubeconfigs[who] } }),
    );
  } finally {
    await sandbox.stop();
  }
}

/** Gives a user rights, by a role and a binding of their own. */
export function allow(sandbox: Sandbox, user: string, rules: readonly object[]): void {
  const name = `for-${user}`;
  const common = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name } };
  sandbox.store.put('clusterroles', { ...common, kind: 'ClusterRole', rules });
  sandbox.store.put('clusterrolebindings', {
    ...common,
    kind: 'ClusterRoleBinding',
    roleRef: { kind: 'ClusterRole', name },
    subjects: [{ kind: 'User', name: user }],
  });
}
