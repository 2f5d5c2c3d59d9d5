import type { PolicyRule } from '../../src/objects.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../sandbox/sandbox.ts';
import { binding, put, role, user } from './rbac.ts';
import { type CommandLine, type Result, runTool } from './tool.ts';

export type Caller = 'admin' | 'dev' | 'token';

export type Tool = (line: CommandLine, caller?: Caller) => Promise<Result>;

type Use = (sandbox: Sandbox, tool: Tool) => Promise<void>;

export async function withSandbox(
  ...given: readonly [use: Use] | readonly [options: SandboxOptions, use: Use]
): Promise<void> {
  const [options, use] = given.length === 1 ? [{}, given[0]] : given;
  const sandbox = await startSandbox(options);
  try {
    await use(sandbox, (line, caller = 'admin') =>
      runTool(line, { env: { KUBECONFIG: sandbox.kubeconfigs[caller] } }),
    );
  } finally {
    await sandbox.stop();
  }
}

export function allow(sandbox: Sandbox, userName: string, rules: readonly PolicyRule[]): void {
  const name = `for-${userName}`;
  put(sandbox, role(name, rules), binding(name, name, [user(userName)]));
}
