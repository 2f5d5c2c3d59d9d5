import { oneLine } from '../authorization-answer.ts';
import { type Cause, certificateCauses } from '../cause.ts';
import { apiServerRefusals } from './api-server-refusals.ts';
import type { Explanation, Finding } from './explanation.ts';
import { answers, authenticationLogs } from './http-answers.ts';
import { kubeletRefusals } from './kubelet-refusals.ts';
import { sceneOf } from './locate.ts';
import { failures } from './network-failures.ts';
import { type Statement, statements } from './split-messages.ts';

const mostExplanations = 5;

// What fails earlier on the way to an answer comes first: as long as a name does not resolve, rights do not matter.
const order: readonly Cause[] = [
  'no address',
  'proxy failed',
  'name does not resolve',
  'no route',
  'connection timed out',
  'connection refused',
  'API server cannot reach node',
  'not TLS',
  'not HTTP',
  'handshake failed',
  'no serving certificate yet',
  ...certificateCauses,
  'no answer',
  'connection cut',
  'no credential accepted',
  'kubelet cannot reach API server',
  'forbidden',
];

/**
 * Explains the errors of a pasted text without asking anybody: each distinct one, at most five, the earliest on the way
 * first. Empty if none is recognised: nothing is guessed.
 */
export function explain(text: string): readonly Explanation[] {
  const all = statements(text).flatMap(explainStatement);
  // A log has the status, and the next line the words that tell whose it was.
  const told = new Set(all.filter(({ who }) => who !== 'not told').map(({ cause }) => cause));
  const found = all.filter(({ who, cause }) => who !== 'not told' || !told.has(cause));
  const distinct = new Map(
    found.map((finding) => [identityOf(finding), finding] as const).reverse(),
  );
  const rank = ({ cause }: Finding) =>
    order.includes(cause) ? order.indexOf(cause) : order.length;
  return [...distinct.values()]
    .reverse()
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, mostExplanations)
    .map(written);
}

function explainStatement(statement: Statement): readonly Finding[] {
  const found = read(statement);
  if (found.length > 0 || statement.tight === undefined) return found;
  return read({ raw: statement.tight, plain: statement.tight, tight: undefined });
}

function read(statement: Statement): readonly Finding[] {
  const { plain } = statement;
  const scene = sceneOf(plain);
  const logged = authenticationLogs(plain, scene);
  if (logged.length > 0) return logged;
  const exact = [
    ...failures(plain, scene),
    ...kubeletRefusals(plain, scene),
    ...apiServerRefusals(statement, scene),
  ];
  return exact.length > 0 ? exact : answers(plain, scene);
}

function identityOf({ who, hop, cause, identity, missingRule }: Finding): string {
  return JSON.stringify([who, hop, cause, identity, missingRule]);
}

/** Without what is not known, so that it is the same as JSON and as YAML. */
function written(finding: Finding): Explanation {
  const { who, hop, cause, identity, why, missingRule, node, address, commands } = finding;
  return {
    apiVersion: 'kubeletaccess/v1',
    kind: 'KubeletErrorExplanation',
    who,
    hop,
    cause,
    ...(identity !== undefined && { identity }),
    why,
    ...(missingRule && { missingRule }),
    ...(node !== undefined && { node }),
    ...(address !== undefined && { address }),
    evidence: oneLine(finding.evidence),
    commands,
  };
}
