import { escapeControlLine } from '../../text/escape.ts';
import { commandLine } from '../../text/shell.ts';

/** What is done to which container. */
export interface Audited {
  readonly verb: string;
  readonly container: string;
  readonly pod: string;
  /** `kubelet of node-1 at 10.0.0.1:10250` */
  readonly kubelet: string;
  /** Empty if none is run. */
  readonly command: readonly string[];
}

/** For who keeps what was done past the audit log of the API server. */
export function auditLine(at: Date, audited: Audited, ended?: string): string {
  const { verb, container, pod, kubelet, command } = audited;
  const ran = command.length === 0 ? '' : `: ${commandLine(command)}`;
  const how = ended === undefined ? '' : ` ended with ${ended}`;
  const place = container === '' ? `pod ${pod}` : `container ${container} of pod ${pod}`;
  const line = `audit: ${at.toISOString()} ${verb} in ${place} by the ${kubelet}${how}${ran}`;
  return `${escapeControlLine(line)}\n`;
}
