import { oneLine } from '../authorization-answer.ts';
import { entryOf } from '../causes/causes.ts';
import { apiServerRefusals } from './api-server-refusals.ts';
import type { Explanation, FoundError } from './explanation.ts';
import { authenticationLogs, httpAnswers } from './http-answers.ts';
import { kubeletRefusals } from './kubelet-refusals.ts';
import { locate } from './locate.ts';
import { networkFailures } from './network-failures.ts';
import { type Message, splitMessages } from './split-messages.ts';

const mostExplanations = 5;

// Lines in which curl explains the message before them.
const explained = /^(?:why|remedy|hint): /;

/**
 * Explains the errors of a pasted text without asking a cluster: each distinct one, at most five, the earliest on the way
 * to an answer first. Empty if none is recognized: it never guesses.
 */
export function explain(text: string): readonly Explanation[] {
  const all = splitMessages(text).flatMap(explainMessage);
  // A log has the status in one line, and in the next the words that say whose it was.
  const named = new Set(all.filter(({ who }) => who !== 'not told').map(({ cause }) => cause));
  const found = all.filter(({ who, cause }) => who !== 'not told' || !named.has(cause));
  const distinct = new Map(found.map((error) => [identityOf(error), error] as const).reverse());
  return [...distinct.values()]
    .reverse()
    .sort((a, b) => entryOf(a.cause).order - entryOf(b.cause).order)
    .slice(0, mostExplanations)
    .map(toExplanation);
}

function explainMessage(message: Message): readonly FoundError[] {
  const found = findErrors(message);
  if (found.length > 0 || message.tight === undefined) return found;
  return findErrors({ raw: message.tight, plain: message.tight, tight: undefined });
}

function findErrors(message: Message): readonly FoundError[] {
  const { plain } = message;
  if (explained.test(plain)) return [];
  const location = locate(plain);
  const logged = authenticationLogs(plain, location);
  if (logged.length > 0) return logged;
  const exact = [
    ...networkFailures(plain, location),
    ...kubeletRefusals(plain, location),
    ...apiServerRefusals(message, location),
  ];
  return exact.length > 0 ? exact : httpAnswers(plain, location);
}

function identityOf({ who, hop, cause, identity, missingRule }: FoundError): string {
  return JSON.stringify([who, hop, cause, identity, missingRule]);
}

/** Without what is unknown, so that it is the same as JSON and as YAML. */
function toExplanation(error: FoundError): Explanation {
  const { who, hop, cause, identity, why, remedy, missingRule, node, address, commands } = error;
  return {
    apiVersion: 'kubeletaccess/v1',
    kind: 'KubeletErrorExplanation',
    who,
    hop,
    cause,
    ...(identity !== undefined && { identity }),
    why,
    ...(remedy !== '' && { remedy }),
    ...(missingRule && { missingRule }),
    ...(node !== undefined && { node }),
    ...(address !== undefined && { address }),
    evidence: oneLine(error.evidence),
    commands,
  };
}
