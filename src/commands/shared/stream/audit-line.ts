import type { KubeletInvocation } from '../../../cli/kubelets.ts';
import { Interrupted } from '../../../errors.ts';
import { commandLine } from '../../../text/command.ts';
import { escapeControlLine } from '../../../text/escape.ts';

export interface Audited {
  readonly verb: string;
  readonly namespace: string;
  readonly pod: string;
  /** Empty for port-forward, which concerns all containers of the pod. */
  readonly container: string;
  readonly kubelet: { readonly label: string };
  /** Command, or forwarded ports; empty for attach. */
  readonly command: readonly string[];
}

/** With -v, writes a line about the session to stderr, because the audit log of the API server does not show direct requests. */
export function audit(
  { globals, context }: KubeletInvocation,
  { verb, namespace, pod, container, kubelet, command }: Audited,
  ended?: string,
): void {
  if (Number(globals.verbosity) === 0) return;
  const ran = command.length === 0 ? '' : `: ${commandLine(command)}`;
  const how = ended === undefined ? '' : ` ended with ${ended}`;
  const place = `${container === '' ? '' : `container ${container} of `}pod ${namespace}/${pod}`;
  const line = `audit: ${new Date().toISOString()} ${verb} in ${place} by the ${kubelet.label}${how}${ran}`;
  context.stderr.write(`${escapeControlLine(line)}\n`);
}

export function describeEnd(error: unknown): string {
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
    audit(invocation, audited, describeEnd(error));
    throw error;
  }
}
