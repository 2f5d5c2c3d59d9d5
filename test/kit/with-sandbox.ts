import type { PolicyRule } from '../../src/objects.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../sandbox/sandbox.ts';
import { binding, put, role, user } from './rbac.ts';
import { type CommandLine, type Result, runTool, type ToolOptions } from './tool.ts';

export type Caller = 'admin' | 'dev' | 'token';

export type Tool = (line: CommandLine, caller?: Caller, options?: ToolOptions) => Promise<Result>;

export type Use = (sandbox: Sandbox, tool: Tool) => Promise<void>;

export async function withSandbox(
  ...given: readonly [use: Use] | readonly [options: SandboxOptions, use: Use]
): Promise<void> {
  const [options, use] = given.length === 1 ? [{}, given[0]] : given;
  const sandbox = await startSandbox(options);
  try {
    await use(sandbox, (line, caller = 'admin', options = {}) =>
      runTool(line, {
        ...options,
        env: { KUBECONFIG: sandbox.kubeconfigs[caller], ...options.env },
      }),
    );
  } finally {
    await sandbox.stop();
  }
}

export function allow(sandbox: Sandbox, userName: string, rules: readonly PolicyRule[]): void {
  const name = `for-${userName}`;
  put(sandbox, role(name, rules), binding(name, name, [user(userName)]));
}
