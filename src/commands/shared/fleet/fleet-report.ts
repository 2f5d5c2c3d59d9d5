import type { CommandLine } from '../../../cli/argv.ts';
import type { Shard } from '../../../cli/node-options.ts';
import { pathHints } from '../../../cli/path-hints.ts';
import { groupFailures, renderTally, type Tally } from '../../../cli/tally.ts';
import { type Failure, formatError } from '../../../errors.ts';
import { escapeControl, escapeControlLine } from '../../../text/escape.ts';
import { summarize } from '../../../text/list.ts';
import type { Failed, PrintedHead } from './outcome.ts';

export interface FleetEnd extends Tally {
  readonly failed: readonly Failed[];
  /** Why some listed nodes could not be read; undefined if all were read. */
  readonly leftOut: string | undefined;
}

export function renderShard(shard: Shard | undefined, nodes: number, all: number): string {
  return shard ? `note: shard ${shard.number}/${shard.count}: ${nodes} of ${all} nodes\n` : '';
}

export type Sender = 'token' | 'certificate' | 'of kube-apiserver' | 'not yet known';

/**
 * Renders the number of requests that kubelets send to the API server: a SubjectAccessReview for each request, and a TokenReview for each
 * token.
 */
export function renderCost(nodes: number, credential: Sender | undefined): string {
  if (credential === undefined) return '';
  const { question, each } = {
    token: { question: 'who you are and what you may do', each: 2 },
    certificate: { question: 'what you may do', each: 1 },
    'of kube-apiserver': { question: 'what kube-apiserver may do', each: 1 },
    'not yet known': { question: 'what you, or kube-apiserver, may do', each: 1 },
  }[credential];
  return `note: each kubelet asks the API server ${question}: about ${each * nodes} requests\n`;
}

export function locationOf({
  status,
  headers,
}: {
  readonly status: number;
  readonly headers: { readonly location?: string | undefined };
}): string | undefined {
  return status < 300 || status >= 400 ? undefined : (headers.location ?? 'no location');
}

export function headerPairs({
  rawHeaders,
}: PrintedHead): readonly (readonly [name: string, value: string])[] {
  return Array.from(
    { length: rawHeaders.length / 2 },
    (_, index) => [rawHeaders[2 * index] ?? '', rawHeaders[2 * index + 1] ?? ''] as const,
  );
}

export function renderHead(head: PrintedHead, lineEnd: string): string {
  const headers = headerPairs(head).map(([name, value]) => `${name}: ${value}`);
  const lines = [`HTTP/1.1 ${head.status} ${head.statusText}`, ...headers].map(escapeControl);
  return [...lines, '', ''].join(lineEnd);
}

/** @param who name of the kubelet in the note if only one kubelet redirects */
export function renderRedirects(counts: ReadonlyMap<string, number>, who: string): string {
  const redirects = [...counts].map(
    ([to, count]) => `${count === 1 ? `${who} redirects` : `${count} kubelets redirect`} to ${to}`,
  );
  if (redirects.length === 0) return '';
  const note = `note: ${summarize(redirects, 5)}; redirects are not followed`;
  return `${escapeControlLine(note)}\n`;
}

export function renderFleetEnd(
  end: FleetEnd,
  causes: boolean,
  line: CommandLine,
  isBrief = false,
): string {
  const { failed, leftOut } = end;
  const interrupted = failed.filter(({ cause }) => cause === 'interrupted');
  const namesOf = (nodes: readonly Failed[]) => summarize(nodes, 5, ({ name }) => name);
  const notCalled = interrupted.filter((each) => each.notCalled);
  const unanswered = interrupted.filter((each) => !each.notCalled);
  const notes = [
    leftOut && `warning: ${leftOut}`,
    unanswered.length > 0 && `note: still waiting when interrupted: ${namesOf(unanswered)}`,
    notCalled.length > 0 && `note: not called: ${namesOf(notCalled)}`,
  ];
  const hintsFor = (failure: Failure) => pathHints(failure, line);
  return [
    ...groupFailures(end, { whole: causes, isBrief, hintsFor }).map(
      (failure) => formatError(failure, causes).text,
    ),
    ...notes.flatMap((note) => (note ? [`${escapeControlLine(note)}\n`] : [])),
    `${renderTally(end, isBrief && !causes)}\n`,
  ].join('');
}
