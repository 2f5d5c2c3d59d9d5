import type { PolicyRule } from '../../objects.ts';
import { type Cause, describeCause, type Occurrence } from '../causes/causes.ts';
import type { Hop, HopName, Who } from '../causes/hop.ts';

/** One error found in a pasted text. */
export interface FoundError {
  readonly who: Who;
  readonly hop: HopName;
  readonly cause: Cause;
  /** The denied user or group, as the pasted text contains it. */
  readonly identity?: string | undefined;
  /** One or two sentences without a full stop at the end. */
  readonly why: string;
  /** The remedy as a sentence; empty if the commands in `commands` are enough. */
  readonly remedy: string;
  /** The RBAC rule that the user lacks; undefined if no rule would help. */
  readonly missingRule?: PolicyRule | undefined;
  readonly node?: string | undefined;
  /** `HOST:PORT` or HOST. */
  readonly address?: string | undefined;
  /** The words in the pasted text by which the error was recognized. */
  readonly evidence: string;
  /** Commands to copy and paste; words in capitals are placeholders. */
  readonly commands: readonly string[];
}

/** An error as `explain` prints it: who denied the request or what failed, on which connection, why, and the remedy. */
export interface Explanation extends Omit<FoundError, 'remedy'> {
  readonly apiVersion: 'kubeletaccess/v1';
  readonly kind: 'KubeletErrorExplanation';
  /** The remedy as a sentence; absent if the commands in `commands` are enough. */
  readonly remedy?: string;
  /** The name of the file that contains the error; absent if the text was an argument or came from standard input. */
  readonly file?: string;
}

export function foundError(
  found: Occurrence,
  where: Hop,
  evidence = found.evidence ?? '',
): FoundError {
  const { hop, node, address, denial } = where;
  const { who, sentence, remedy, hints, missingRule } = describeCause(found, where);
  return {
    ...{ who, hop, cause: found.cause, identity: denial?.user, why: sentence, remedy, missingRule },
    ...{ node, address, evidence, commands: hints },
  };
}
