import type { PolicyRule } from '../../objects.ts';
import { type Cause, describeCause, type Occurrence } from '../causes/causes.ts';
import type { Hop, HopName, Who } from '../causes/hop.ts';

/** One error found in a pasted text. */
export interface FoundError {
  readonly who: Who;
  readonly hop: HopName;
  readonly cause: Cause;
  /** The denied user or group, as the text names it. */
  readonly identity?: string | undefined;
  /** One or two sentences without a full stop at the end. */
  readonly why: string;
  /** The remedy in words; empty if `commands` suffice. */
  readonly remedy: string;
  /** The missing rule; undefined if no rule helps. */
  readonly missingRule?: PolicyRule | undefined;
  readonly node?: string | undefined;
  /** `HOST:PORT` or HOST. */
  readonly address?: string | undefined;
  /** The words of the text by which the error was recognized. */
  readonly evidence: string;
  /** Commands to paste unchanged; a word in capitals is a placeholder to fill in. */
  readonly commands: readonly string[];
}

/** An error as `explain` prints it: who denied a request or what failed, on which hop, why, and the remedy. */
export interface Explanation extends Omit<FoundError, 'remedy'> {
  readonly apiVersion: 'kubeletaccess/v1';
  readonly kind: 'KubeletErrorExplanation';
  /** The remedy in words; absent if `commands` suffice. */
  readonly remedy?: string;
  /** The name of the file with the error; absent for an argument and for standard input. */
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
