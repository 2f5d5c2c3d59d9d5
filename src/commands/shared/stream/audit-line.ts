import type { KubeletInvocation } from '../../../cli/kubelets.ts';
import { Interrupted } from '../../../errors.ts';
import { commandLine } from '../../../text/command.ts';
import { escapeControlLine } from '../../../text/escape.ts';

export interface Audited {
  readonly verb: string;
  readonly container: string;
  readonly pod: string;
  /** Label of the kubelet, such as `kubelet of node-1 at 10.0.0.1:10250`. */
  readonly kubelet: string;
  /** Command, or forwarded ports; empty for attach. */
  readonly command: readonly string[];
}

/** With -v, writes a line for the records of the user: the audit log of the API server has none for a direct request. */
export function audit(
  { globals, context }: KubeletInvocation,
  { verb, container, pod, kubelet, command }: Audited,
  ended?: string,
): void {
  if (Number(globals.verbosity) === 0) return;
  const ran = command.length === 0 ? '' : `: ${commandLine(command)}`;
  const how = ended === undefined ? '' : ` ended with ${ended}`;
  const place = container === '' ? `pod ${pod}` : `container ${container} of pod ${pod}`;
  const line = `audit: ${new Date().toISOString()} ${verb} in ${place} by the ${kubelet}${how}${ran}`;
  context.stderr.write(`${escapeControlLine(line)}\n`);
}

export function endBy(error: unknown): string {
  return error instanceof Interrupted ? 'an interrupt' : 'an error';
}

/** Writes a line before `run`, and another when it ends or fails. */
export async function withAudit(
  audited: Audited,
  invocation: KubeletInvocation,
  run: () => Promise<number>,
): Promise<number> {
  audit(invocation, audited);
  try {
    const code = await run();
    audit(invocation, audited, `exit code ${code}`);
    return code;
  } catch (error) {
    audit(invocation, audited, endBy(error));
    throw error;
  }
}
