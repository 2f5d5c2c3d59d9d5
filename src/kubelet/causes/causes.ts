import type { Remedy } from '../../rbac/write-remedy.ts';
import { authorizationCauses, permissionForDenial } from './authorization-causes.ts';
import {
  type CauseEntry,
  type Clues,
  type Layer,
  type Pattern,
  type TimeLimits,
  type TransportFacts,
  usual,
  type Words,
  type WrittenCause,
} from './cause-entry.ts';
import {
  type Description,
  type Hop,
  type HopName,
  isRuntimeStream,
  isToKubelet,
  type SentenceContext,
  sentenceContext,
  type Who,
} from './hop.ts';
import { networkCauses } from './network-causes.ts';
import { responseCauses } from './response-causes.ts';
import type { startCauses } from './start-causes.ts';
import { streamCauses } from './stream-causes.ts';
import { tlsCauses } from './tls-causes.ts';

const table = {
  ...networkCauses,
  ...tlsCauses,
  ...responseCauses,
  ...authorizationCauses,
  ...streamCauses,
};

/** The name of a cause for which a request to a kubelet or the API server failed. The set of names is fixed. */
export type Cause = keyof typeof table | keyof typeof startCauses;

const entries = {} as Record<Cause, CauseEntry>;

const ranked: Cause[] = [];

/** Returns all causes by rank. */
export function addCauses(more: Readonly<Record<string, WrittenCause>>): readonly Cause[] {
  for (const [cause, entry] of Object.entries(more) as [Cause, WrittenCause][]) {
    entries[cause] = { ...usual, ...entry };
    ranked.push(cause);
  }
  return ranked.sort((a, b) => entries[a].rank - entries[b].rank);
}

/** The causes by rank; those of kubelets that do not start only if all-causes.ts is loaded. */
export const causes = addCauses(table);

export interface Occurrence {
  readonly cause: Cause;
  readonly pattern?: Pattern | undefined;
  /** The words that the pattern matched; undefined if no text was searched. */
  readonly evidence?: string;
}

export interface FoundCause extends Occurrence {
  readonly index: number;
  readonly evidence: string;
}

export function isCause(name: string): name is Cause {
  return Object.hasOwn(entries, name);
}

export function entryOf(cause: Cause): CauseEntry {
  return entries[cause];
}

/** Returns the hop of a message whose words alone say on which hop it failed. */
export function hopOfWords(words: string): HopName | undefined {
  return causes
    .flatMap((cause) => entries[cause].texts)
    .find(({ text, hop, when }) => hop !== undefined && !when && text?.test(words))?.hop;
}

export const certificateCauses: readonly Cause[] = [
  'different-certificate',
  'untrusted-ca',
  'self-signed-certificate',
  'name-mismatch',
  'certificate-expired',
  'certificate-not-yet-valid',
  'certificate-not-for-servers',
];

const direct: Hop = { hop: 'caller-to-kubelet' };

export function findTransportCause(facts: TransportFacts, where = direct): Occurrence {
  const general =
    causes.find((each) => {
      const { codes, transport } = entries[each];
      const byCode = facts.stage !== 'proxy' && codes.includes(facts.code);
      return byCode || transport?.(facts) === true;
    }) ?? 'unknown';
  const cause = causeAt(general, where);
  return {
    cause,
    pattern: entries[cause].texts.find((pattern) => pattern.transport?.(facts, where)),
  };
}

export function causeOfTransport(facts: TransportFacts, where = direct): Cause {
  return findTransportCause(facts, where).cause;
}

/** Returns why a request failed, as the end of a sentence that begins with `cannot reach X: `. */
export function describeTransport(
  facts: TransportFacts,
  limits: TimeLimits = { connectMs: 0, responseMs: 0 },
  where = direct,
): string {
  const { reason } = entries[causeOfTransport(facts, where)];
  return typeof reason === 'string' ? reason : reason(facts, limits);
}

export function findResponseCause(status: number, body: string): Occurrence | undefined {
  if (status < 400) return undefined;
  const cause = causes.find((each) => entries[each].response?.(status, body) === true);
  if (!cause) return undefined;
  return {
    cause,
    pattern: entries[cause].responses.find((pattern) => pattern.response?.(status, body)),
  };
}

/**
 * Finds the cause of a response that refuses exec, attach or port-forward. Puts `unable to upgrade connection` before the body as
 * kubectl does, so that the patterns of `explain` match.
 */
export function findStreamCause(
  status: number,
  body: string,
  hop: HopName,
): Occurrence | undefined {
  const text = `unable to upgrade connection: ${body.trim() || 'empty server response'}`;
  const isOfRuntime = isRuntimeStream(text);
  const clues = {
    hop: isOfRuntime ? 'kubelet-to-container-runtime' : hop,
    speaker: 'other',
    address: undefined,
  } as const;
  return (
    causesIn(text, clues)[0] ?? causeInResponse(text, clues) ?? findResponseCause(status, body)
  );
}

export function causeOfResponse(status: number, body: string): Cause | undefined {
  return findResponseCause(status, body)?.cause;
}

const nowhere: Clues = { hop: undefined, speaker: 'other', address: undefined };

/** Finds the causes below HTTP in a text about a failed connection: each cause once, sorted by rank. */
export function causesIn(text: string, clues = nowhere): readonly FoundCause[] {
  const found: FoundCause[] = [];
  let rest = text;
  const search = (priority: Pattern['priority']): readonly FoundCause[] => {
    const before = found.length;
    for (const cause of causes)
      for (const pattern of entries[cause].texts) {
        if (pattern.priority !== priority || !pattern.text || !isFitting(pattern, clues)) continue;
        if (found.some((other) => other.cause === cause)) continue;
        const match = inAnyCase(pattern.text).exec(rest);
        if (!match) continue;
        found.push({ cause, pattern, index: match.index, evidence: match[0] });
        if (priority === 'first') rest = blank(rest, inAnyCase(pattern.text));
      }
    return found.slice(before);
  };
  search('first');
  const alone = search('alone');
  if (alone.length === 0) search(undefined);
  if (found.length === 0) search('last');
  // Go wraps a connection timeout in a deadline error. The deadline error is dropped, because it adds no information.
  const isInner = found.some(({ cause }) => cause === 'connection-timed-out');
  const isOuter = ({ cause, evidence }: FoundCause) =>
    isInner && cause === 'no-answer' && /deadline|canceled/i.test(evidence);
  return (alone.length > 0 ? alone : found.filter((each) => !isOuter(each)))
    .map((each) => {
      const cause = causeAt(each.cause, clues);
      return cause === each.cause ? each : { ...each, cause, pattern: undefined };
    })
    .sort((a, b) => entries[a.cause].rank - entries[b.cause].rank);
}

/** Finds the cause with the smallest rank whose pattern matches the words of a response, a lesser one last; undefined if none matches. */
export function causeInResponse(
  text: string,
  clues: Clues,
  priority?: 'first',
): (FoundCause & { readonly pattern: Pattern }) | undefined {
  const isLesser = (cause: Cause) => entries[cause].isLesser === true;
  const byWeight = [...causes.filter((cause) => !isLesser(cause)), ...causes.filter(isLesser)];
  for (const cause of byWeight)
    for (const pattern of entries[cause].responses) {
      if (pattern.priority !== priority || !isFitting(pattern, clues)) continue;
      const match = pattern.text && inAnyCase(pattern.text).exec(text);
      if (match) return { cause, pattern, index: match.index, evidence: match[0] };
    }
  return undefined;
}

export function describeCause({ cause, pattern, evidence }: Occurrence, where: Hop): Description {
  const entry = entries[cause];
  const context = { ...sentenceContext(where), ...(evidence !== undefined && { evidence }) };
  const { hop, denial } = where;
  const hints = pattern?.hints ?? entry.hints;
  return {
    who:
      hop === 'apiserver-to-webhook'
        ? 'proxy-or-aggregated-api'
        : (pattern?.who ?? whoDenies(entry.layer, pattern?.hop) ?? whoFails[entry.layer]),
    sentence: write(pattern?.sentence ?? entry.sentence, context),
    remedy: write(pattern?.remedy ?? entry.remedy, context),
    hints: typeof hints === 'function' ? hints(context) : hints,
    ...(cause === 'forbidden' &&
      denial && { missingRule: permissionForDenial(where, denial).missingRule }),
  };
}

/** Returns the details and hints of a failure. The hints are commands. */
export function explanationLines({ sentence, remedy, hints }: Description, missing = ''): Remedy {
  return { details: { why: sentence, missing, remedy }, hints };
}

function isFitting({ when }: Pattern, clues: Clues): boolean {
  return when?.(clues) !== false;
}

/** Applies `becomes`, because at some ports and on some hops the same messages mean another cause. */
function causeAt(
  cause: Cause,
  { hop, address = '' }: Partial<Pick<Clues, 'hop' | 'address'>>,
): Cause {
  const toKubelet = hop === undefined || hop === 'unknown' || isToKubelet(hop);
  const port = /:(\d{1,5})$/.exec(address)?.[1];
  const other = entries[cause].becomes?.({
    toKubelet,
    port: port === undefined ? undefined : Number(port),
  });
  return other !== undefined && isCause(other) ? other : cause;
}

const insensitive = new WeakMap<RegExp, RegExp>();

/**
 * Returns a case-insensitive pattern, because people write capitals freely. A pattern that contains `A-Z` depends on capitals and
 * stays unchanged.
 */
function inAnyCase(pattern: RegExp): RegExp {
  const known = insensitive.get(pattern);
  if (known) return known;
  const isExact = pattern.ignoreCase || pattern.source.includes('A-Z');
  const made = isExact ? pattern : new RegExp(pattern, `${pattern.flags}i`);
  insensitive.set(pattern, made);
  return made;
}

function blank(text: string, pattern: RegExp): string {
  return text.replaceAll(new RegExp(pattern, `${pattern.flags}g`), (words) =>
    ' '.repeat(words.length),
  );
}

function write(words: Words, context: SentenceContext): string {
  return typeof words === 'string' ? words : words(context);
}

/** Returns which server denied a request on this hop; undefined if it was a kubelet, or if the request was not denied. */
function whoDenies(layer: Layer, hop: HopName | undefined): Who | undefined {
  if (layer !== 'authentication' && layer !== 'authorization') return undefined;
  if (hop === 'apiserver-to-aggregated-api') return 'proxy-or-aggregated-api';
  return hop === 'caller-to-apiserver' || hop === 'kubelet-to-apiserver' ? 'apiserver' : undefined;
}

const whoFails: Readonly<Record<Layer, Who>> = {
  address: 'client',
  proxy: 'proxy-or-aggregated-api',
  network: 'network',
  tls: 'tls',
  http: 'network',
  authentication: 'kubelet',
  authorization: 'kubelet',
  kubelet: 'kubelet',
  apiserver: 'apiserver',
};
