import { causeInResponse, causesIn, type Occurrence } from '../causes/causes.ts';
import { destinationOf } from './destination.ts';

export interface RelayedFailure extends Occurrence {
  /** Address at which kube-apiserver called the kubelet. */
  readonly address: string | undefined;
}

/** Finds the failure in the message of the API server's response; undefined if the message shows no known cause. */
export function findRelayedFailure(message: string): RelayedFailure | undefined {
  const { address } = destinationOf(message);
  const clues = { hop: 'apiserver-to-kubelet', speaker: 'other', address } as const;
  const found = causesIn(message, clues)[0] ?? causeInResponse(message, clues);
  return found && { cause: found.cause, pattern: found.pattern, evidence: found.evidence, address };
}
