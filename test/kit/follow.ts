import type { Sandbox } from '../sandbox/sandbox.ts';
import { type Running, startTool } from './tool.ts';

export interface Follow extends Running {
  until(check: () => boolean): Promise<void>;
}

/** Runs the program as admin while `use` changes the followed log. Interrupts it afterwards. */
export async function follow(
  sandbox: Sandbox,
  args: readonly string[],
  use: (follow: Follow) => Promise<void>,
): Promise<void> {
  const running = startTool(args, { env: { KUBECONFIG: sandbox.kubeconfigs.admin } });
  const until = async (check: () => boolean) => {
    for (let turn = 0; !check(); turn += 1) {
      if (turn > 1500) throw new Error(`stdout: ${running.stdout()}\nstderr: ${running.stderr()}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  try {
    await use({ ...running, until });
  } finally {
    running.interrupt();
    await running.result;
  }
}
