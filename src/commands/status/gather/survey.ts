import { Failure, Interrupted } from '../../../errors.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { ApiServerFailure } from '../../../kube/api-server/api-server.ts';
import type { NodeChoice } from '../../../kube/api-server/choose-nodes.ts';
import type { KubeletAccess } from '../../../kube/kubelet/credentials.ts';
import type { Limits } from '../../../kube/transport/limits.ts';
import type { Unseen } from '../facts.ts';
import type { ProbeSettings } from './probe-node.ts';

/** What every look at a cluster needs. */
export interface Survey {
  readonly apiServer: ApiServer;
  readonly access: KubeletAccess | Failure;
  readonly probing: ProbeSettings;
  readonly choice: NodeChoice;
  readonly signal: AbortSignal;
  /** What could not be looked at, as it is found. */
  readonly unseen: Unseen[];
}

/** How long may be asked of kubelets after every one has been probed, in ms: those that answered did so within that. */
const longestAfterwards = 5_000;

/** For all that is asked of one kubelet more. */
export function limitsAfterwards({ timeoutMs }: ProbeSettings): Limits {
  const ms = Math.min(timeoutMs, longestAfterwards);
  return { connectMs: ms, answerMs: ms, deadline: performance.now() + ms };
}

/**
 * What was found, or undefined: then it is noted what could not be looked at, and the right that it takes, or why else not.
 * One look that fails leaves the others.
 */
export async function look<T>(
  { unseen, signal }: Pick<Survey, 'unseen' | 'signal'>,
  what: string,
  right: string,
  made: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await made();
  } catch (error) {
    const note = noteOf(error, what, right, signal);
    if (!note) throw error;
    addUnseen(unseen, note);
    return undefined;
  }
}

/** Told once, however often it was tried. */
export function addUnseen(unseen: Unseen[], note: Unseen): void {
  if (!unseen.some(({ what }) => what === note.what)) unseen.push(note);
}

function noteOf(
  error: unknown,
  what: string,
  right: string,
  signal: AbortSignal,
): Unseen | undefined {
  if (error instanceof Interrupted && signal.aborted) return { what, words: 'interrupted' };
  if (error instanceof ApiServerFailure && error.status === 403) return { what, right };
  return error instanceof Failure ? { what, words: error.message } : undefined;
}
