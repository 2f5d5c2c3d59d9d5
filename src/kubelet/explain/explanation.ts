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
  /** The remedy in words; empty where the commands say it all. */
  readonly remedy: string;
  /** The rule that is missing, if a rule helps at all. */
  readonly missingRule?: PolicyRule | undefined;
  readonly node?: string | undefined;
  /** `HOST:PORT` or HOST. */
  readonly address?: string | undefined;
  /** The words by which it was recognized. */
  readonly evidence: string;
  /** Commands to paste as they are, unless they hold a word in capitals. */
  readonly commands: readonly string[];
  /** Only that it is of this kind was recognized: a word more may say which. */
  readonly isGeneral?: boolean;
}

/** An error as `explain` prints it: who denied a request or what failed, on which hop, why, and what fixes it. */
export interface Explanation extends Omit<FoundError, 'remedy' | 'isGeneral'> {
  readonly apiVersion: 'kubeletaccess/v1';
  readonly kind: 'KubeletErrorExplanation';
  /** The remedy in words; absent where the commands say it all. */
  readonly remedy?: string;
  /** The file that holds it; absent for a text or standard input alone. */
  readonly file?: string;
}

/** The error that a cause is, where it was met. */
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
