import type { Cause } from '../causes/causes.ts';
import type { HopName } from '../causes/hop.ts';
import { type KubeletDenial, parseKubeletDenial } from '../denial.ts';
import { kubeletClientNames } from '../flavours.ts';
import { describedError, type FoundError } from './explanation.ts';
import { type Location, whereOf } from './locate.ts';

const denialStart = /forbidden[ :]{0,2}\(? ?user ?[=:]/gi;
const errorStart = /Authorization error[ :]{0,2}\(? ?user ?[=:]/gi;
const longestDenial = 600;

// Only the fields of a denial, as people write them in a list or on separate lines.
const fields =
  /\buser ?[=:] ?"?(?<user>[^"\n,;]{1,300}?)"?[,;]?\s{1,20}verb ?[=:] ?"?(?<verb>[a-z]{1,20})"?[,;]?\s{1,20}resource ?[=:] ?"?nodes"?[,;]?\s{1,20}subresource ?(?:\( ?s ?\))? ?[=:] ?"?\[?(?<names>[a-z ]{1,80}?)\]?"?(?=[\s,;)]|$)/gi;
const openShift =
  /forbidden ?\((?:reason=User "[^"\n]{0,300}" cannot (?<verb>[a-z]{1,20}) nodes\/(?<names>[a-z]{1,40})[^\n]{0,100}?, )?user=(?<user>[^,()]{1,300}), verb=(?:proxy|get|create|post), namespace=[^,()]{0,260}, resource=nodes\)/gi;
const structured =
  /"Authorization error" err="(?:[^"\\]|\\.){0,2000}" user="([^"]{0,300})" verb="([a-z]{0,20})" resource="nodes" subresource(?:\(s\))?="?\[?"?([a-z", ]{1,80}?)"?\]?(?="|\s|$)/g;

// A denial as people retype it: with spaces around `=`, without commas, or with each field on its own line.
const loosely =
  /^[a-z ]{1,30}?[ :]{0,2}\(? ?user ?[=:] ?"?(.{0,300}?)"? ?[,;]? ?\bverb ?[=:] ?"?([a-z]{0,20})"? ?[,;]? ?\bresource ?[=:] ?"?([a-z]{1,40})"? ?[,;]? ?\bsubresource ?(?:\( ?s ?\))? ?[=:] ?"?\[? ?([a-z ]{1,80}?)"? ?(?:[\]);]|$|(?= [A-Z(]))/i;

/** Returns the texts from each match of `start` to the next match: at most 20 texts, of at most `longest` characters each. */
export function startsOf(text: string, start: RegExp, longest = longestDenial): readonly string[] {
  const starts = [...text.matchAll(start)].slice(0, 20).map(({ index }) => index);
  return starts.map((index, place) =>
    text.slice(index, Math.min(starts[place + 1] ?? text.length, index + longest)),
  );
}

export function kubeletDenials(text: string, location: Location): readonly FoundError[] {
  return [...denials(text, location), ...unanswered(text, location)];
}

interface FoundDenial {
  readonly denial: KubeletDenial;
  readonly evidence: string;
  readonly hop?: HopName;
}

function readNames(
  evidence: string,
  user: string,
  verb: string,
  resource: string,
  names: string,
): FoundDenial {
  const subresources = names.replaceAll(/[",]/g, '').split(' ').filter(Boolean);
  return { denial: { user, verb, resource, subresources }, evidence };
}

function denials(text: string, location: Location): readonly FoundError[] {
  const written = startsOf(text, denialStart).flatMap((words) => readDenial(words) ?? []);
  const logged = [
    ...text.matchAll(
      /"Forbidden" user="([^"]{0,300})" verb="([a-z]*)" resource="([a-z]*)" subresource(?:\(s\))?=(?:\[([a-z", ]{0,200})\]|"([a-z]*)")/g,
    ),
  ].map(([evidence, user = '', verb = '', resource = '', several, one = '']) =>
    readNames(evidence, user, verb, resource, several ?? one),
  );
  const plain =
    written.length > 0 || logged.length > 0
      ? []
      : [
          ...(/forbidden|denied|403/i.test(text) ? text.matchAll(fields) : []),
          ...text.matchAll(openShift),
        ];
  const listed = plain.map(({ 0: evidence, groups = {} }) => {
    const { user = '', verb = 'get', names = 'proxy' } = groups;
    return readNames(evidence, user.trim(), verb, 'nodes', names);
  });
  const reported = [...text.matchAll(/kubelets deny kube-apiserver \(user "([^"]{1,300})"\)/g)].map(
    ([evidence, user = '']): FoundDenial => ({
      ...readNames(evidence, user, 'get', 'nodes', 'proxy'),
      hop: 'apiserver-to-kubelet',
    }),
  );
  // Logs repeat a denial, but it is described only once.
  const distinct = new Map<string, FoundDenial>(
    [...written, ...logged, ...listed, ...reported].map((found) => [JSON.stringify(found), found]),
  );
  return [...distinct.values()]
    .filter(({ denial }) => denial.resource === 'nodes' && denial.subresources.length > 0)
    .map(({ denial, evidence, hop = hopOfDenial(denial.user, text, location) }) =>
      describeDenial('forbidden', denial, hop, location, evidence),
    );
}

function readDenial(words: string): FoundDenial | undefined {
  const denial = parseKubeletDenial(words);
  if (!denial) return readLoosely(words);
  return { denial, evidence: /^.*?subresource[^=]*=[^)]*\)?/.exec(words)?.[0] ?? words };
}

function readLoosely(words: string): FoundDenial | undefined {
  const [evidence, user = '', verb = '', resource = '', names = ''] = loosely.exec(words) ?? [];
  return evidence === undefined ? undefined : readNames(evidence, user, verb, resource, names);
}

/** Finds the hop of a denial by the words around the denial, or else by the user name. */
export function hopOfDenial(
  user: string,
  text: string,
  { hop, speaker, target }: Location,
): HopName {
  if (text.includes('Error from server') || /\/nodes\/[^\s/]+\/proxy\//.test(text))
    return 'apiserver-to-kubelet';
  if (hop === 'apiserver-to-kubelet' || hop === 'caller-to-kubelet') return hop;
  if (user.startsWith('system:serviceaccount:')) return 'caller-to-kubelet';
  // The kubelet answered curl itself, whatever user its credential belongs to.
  if (speaker === 'curl' && target.is !== 'API server') return 'caller-to-kubelet';
  return isKubeletClient(user) ? 'apiserver-to-kubelet' : 'caller-or-apiserver-to-kubelet';
}

export function isKubeletClient(user: string): boolean {
  return kubeletClientNames.includes(user);
}

function unanswered(text: string, location: Location): readonly FoundError[] {
  const logged = [...text.matchAll(structured)].map(
    ([evidence, user = '', verb = '', names = '']) =>
      readNames(evidence, user, verb, 'nodes', names),
  );
  const found = logged.length > 0 ? logged : startsOf(text, errorStart).flatMap(readUnanswered);
  const cause = 'kubelet-cannot-reach-apiserver';
  return found.map(({ denial, evidence }) =>
    describeDenial(cause, denial, 'kubelet-to-apiserver', location, evidence),
  );
}

function readUnanswered(words: string): readonly FoundDenial[] {
  const denial =
    parseKubeletDenial(words.replace('Authorization error', 'Forbidden')) ??
    readLoosely(words)?.denial;
  if (denial?.resource !== 'nodes') return [];
  return [{ denial, evidence: words.slice(0, words.indexOf(')') + 1 || words.length) }];
}

export function describeDenial(
  cause: Cause,
  denial: KubeletDenial,
  hop: HopName,
  location: Location,
  evidence: string,
): FoundError {
  return describedError({ cause }, { ...whereOf(location, hop), denial }, evidence);
}
