import type { PolicyRule } from '../../objects.ts';
import type { apiVersion } from '../../text/api-version.ts';
import { type Cause, describeCause, type Occurrence } from '../causes/causes.ts';
import type { Hop, HopName, Who } from '../causes/hop.ts';
import { type Finding, finding } from '../finding.ts';

/** A finding about one error in a pasted text. */
export interface FoundError extends Finding<Cause, PolicyRule> {
  readonly component: Who;
  readonly hop: HopName;
  /** The denied user or group, as the pasted text contains it. */
  readonly identity?: string | undefined;
  /** `HOST:PORT` or HOST. */
  readonly address?: string | undefined;
  /** The words in the pasted text by which the error was recognized. */
  readonly evidence: readonly [string];
}

/** An error as `explain` prints it: who denied the request or what failed, on which connection, why, and the remedy. */
export interface Explanation extends FoundError {
  readonly apiVersion: typeof apiVersion;
  readonly kind: 'KubeletErrorExplanation';
  /** The name of the file that contains the error; absent if the text was an argument or came from standard input. */
  readonly file?: string;
}

export type ErrorFacts = Pick<FoundError, 'component' | 'hop' | 'cause' | 'message'> &
  Partial<Pick<FoundError, 'identity' | 'address' | 'remedy' | 'commands'>> & {
    readonly evidence: string;
    readonly node?: string | undefined;
    readonly missingRule?: PolicyRule | undefined;
  };

export function foundError({ evidence, node, missingRule, ...facts }: ErrorFacts): FoundError {
  const {
    component: who,
    hop,
    cause,
    identity,
    address,
    message,
    remedy = '',
    commands = [],
  } = facts;
  const rest = {
    nodeNames: node === undefined ? [] : [node],
    remedy,
    commands,
    ...(missingRule && { missingRule }),
  };
  return {
    ...{ component: who, hop },
    ...(identity !== undefined && { identity }),
    ...(address !== undefined && { address }),
    ...finding(cause, 'error', message, rest),
    evidence: [evidence],
  };
}

export function describedError(
  found: Occurrence,
  where: Hop,
  evidence = found.evidence ?? '',
): FoundError {
  const { hop, node, address, denial } = where;
  const { who, sentence: message, remedy, hints, missingRule } = describeCause(found, where);
  return foundError({
    ...{
      component: who,
      hop,
      cause: found.cause,
      identity: denial?.user,
      message,
      remedy,
      missingRule,
    },
    ...{ node, address, evidence, commands: hints },
  });
}
