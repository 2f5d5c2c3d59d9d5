import { apiVersion } from '../../text/api-version.ts';
import { oneLine } from '../authorization-result.ts';
import { entryOf } from '../causes/causes.ts';
import { streamStatus } from '../causes/stream-causes.ts';
import { apiServerDenials } from './api-server-denials.ts';
import { explainDenial, explainNodeProxy } from './explain-denial.ts';
import { type Explanation, type FoundError, foundError } from './explanation.ts';
import {
  authenticationLogs,
  httpResponses,
  reviewFailures,
  tunnelFailures,
} from './http-responses.ts';
import { describeDenial, hopOfDenial, isKubeletClient, kubeletDenials } from './kubelet-denials.ts';
import { type Location, locate } from './locate.ts';
import { networkFailures } from './network-failures.ts';
import { normalizeText } from './normalize-text.ts';
import { pendingRequests } from './pending-requests.ts';
import { type Message, splitMessages } from './split-messages.ts';
import { splitRequests } from './split-requests.ts';
import { contextOf } from './text-context.ts';

const mostExplanations = 5;

// Lines in which `curl` of this program explains the error above them.
const explained = /^(?:why|remedy|hint): /;

/**
 * Explains the errors in a pasted text without contacting a cluster. Returns at most five distinct errors, sorted by how early they
 * occur between request and response. Empty if no error is recognized.
 */
export function explain(text: string): readonly Explanation[] {
  return errorsIn(normalizeText(text)).map(toExplanation);
}

function errorsIn(clean: string): readonly FoundError[] {
  const context = contextOf(clean);
  const each = [
    ...pendingRequests(clean),
    ...silentAgents(clean),
    ...splitMessages(clean).flatMap((message) => findErrors({ ...message, context })),
  ];
  const found = each.filter(
    (error) =>
      !lesser.some(
        ([isLess, isMore]) => isLess(error) && each.some((other) => isMore(other, error)),
      ),
  );
  const distinct = new Map(found.map((error) => [identityOf(error), error] as const).reverse());
  return [...distinct.values()]
    .reverse()
    .sort((a, b) => entryOf(a.cause).rank - entryOf(b.cause).rank)
    .slice(0, mostExplanations);
}

/**
 * Returns the hop for comparisons. Treats a failed handshake in a kubelet's log as caused by the caller, because the log names no
 * client.
 */
function partyAsked({ hop }: FoundError): string {
  return hop === 'caller-or-apiserver-to-kubelet' ? 'caller-to-kubelet' : hop;
}

const isHere = (one: FoundError, { hop, address }: FoundError) =>
  one.hop === hop && one.address === address;

/**
 * Rules that drop an error if another error in the text says more. `isLess` matches the error to drop, and `isMore` matches the
 * other error.
 */
const lesser: readonly (readonly [
  isLess: (error: FoundError) => boolean,
  isMore: (other: FoundError, error: FoundError) => boolean,
])[] = [
  // Drops an error that only says that a request failed, if another line says why.
  [
    ({ component: who, cause, remedy }) =>
      who === 'unknown' || (cause === 'unknown' && remedy === ''),
    (other, error) =>
      other.component !== 'unknown' &&
      ((other.cause === error.cause && error.component === 'unknown') ||
        (other.cause !== 'unknown' && partyAsked(other) === partyAsked(error))),
  ],
  // Drops that a kubelet does not start or register, if another line says why.
  [
    ({ cause }) => entryOf(cause).isLesser === true,
    (other, error) =>
      other.component !== 'unknown' &&
      (other.hop === 'none' || other.hop.startsWith('kubelet-to-')) &&
      (!entryOf(other.cause).isLesser || entryOf(other.cause).rank < entryOf(error.cause).rank),
  ],
  [
    ({ cause }) => entryOf(cause).yieldsTo !== undefined,
    (other, { cause, hop }) => entryOf(cause).yieldsTo?.(other, hop) === true,
  ],
  // Drops an error that is part of another error in the text.
  [
    ({ hop, address }) => hop === 'unknown' && address === undefined,
    (other, { evidence: [words] }) =>
      other.hop !== 'unknown' && other.evidence[0].toLowerCase().includes(words.toLowerCase()),
  ],
  // Drops a dial error without a client if another line shows that the client is a kubelet.
  [
    ({ hop, evidence: [words] }) => hop === 'caller-to-apiserver' && words.startsWith('dial tcp '),
    (other, { address, cause }) =>
      other.hop === 'kubelet-to-apiserver' && other.address === address && other.cause === cause,
  ],
  // Drops the status line of a response if another line contains the body.
  [
    ({ evidence: [words] }) => statusLine.test(words),
    (other, error) =>
      !statusLine.test(other.evidence[0]) && (error.hop === 'unknown' || isHere(other, error)),
  ],
  [
    ({ identity }) => identity === undefined,
    (other, error) =>
      other.identity !== undefined && other.cause === error.cause && isHere(other, error),
  ],
];

const statusLine = new RegExp(String.raw`^(?:HTTP/\S{1,5}|${streamStatus}) ?\d{3}\b`);

// Fluent Bit logs in one line that it calls the kubelet, and in a later line that the call failed.
const silentAgent =
  /testing connectivity with Kubelet[^\n]{0,200}\n(?:[^\n]{0,400}\n){0,3}?[^\n]{0,200}could not get meta for (?:local )?POD\b[^\n]{0,100}/i;

function silentAgents(text: string): readonly FoundError[] {
  const [evidence] = silentAgent.exec(text) ?? [];
  if (evidence === undefined || /upstream connection error/.test(text)) return [];
  const line = 'kubelet upstream connection error';
  return httpResponses(line, locate(line)).map((found) => ({ ...found, evidence: [evidence] }));
}

function findErrors(message: Message): readonly FoundError[] {
  const { plain, precedingRequest, context } = message;
  if (explained.test(plain)) return [];
  const location = locate(plain, { ...context, precedingRequest });
  for (const search of [reviewFailures, tunnelFailures, authenticationLogs]) {
    const found = search(plain, location);
    if (found.length > 0) return found;
  }
  const exact = exactErrors(message, location);
  return exact.length > 0 ? exact : httpResponses(plain, location);
}

function exactErrors(
  { raw, plain, precedingRequest }: Message,
  location: Location,
): readonly FoundError[] {
  const requests = splitRequests(plain);
  return [
    ...(requests.length === 1
      ? requestErrors(plain, location)
      : requests.flatMap(({ text, head }) => {
          const own = locate(text, { head, precedingRequest });
          const found = requestErrors(text, own);
          return found.length > 0 || own.hop !== 'caller-to-kubelet'
            ? found
            : httpResponses(text, own);
        })),
    ...rbacDenials(plain, location),
    ...apiServerDenials(raw, plain, location),
  ];
}

function requestErrors(text: string, location: Location): readonly FoundError[] {
  return [...networkFailures(text, location), ...kubeletDenials(text, location)];
}

function identityOf({ component: who, hop, cause, identity, missingRule }: FoundError): string {
  return JSON.stringify([who, hop, cause, identity, missingRule]);
}

function toExplanation(error: FoundError): Explanation {
  const [evidence] = error.evidence;
  return {
    apiVersion,
    kind: 'KubeletErrorExplanation',
    ...error,
    evidence: [oneLine(evidence)],
  };
}

const denialWords =
  /RBAC DENY: user "([^"]{0,300})" groups \[[^\]]{0,2000}\] cannot "([a-z*]{1,40})" resource "([a-z]{1,60})((?:\.[\w-]{1,60}){0,9})((?:\/[\w*]{1,60})?)"(?: named "[^"]{0,260}")?(?: cluster-wide| in namespace "([^"]{1,260})")?/g;

/**
 * Explains `RBAC DENY` lines in the log of kube-apiserver. If the subresource of nodes exists only in kubelets, a kubelet asked for
 * the decision.
 */
function rbacDenials(text: string, location: Location): readonly FoundError[] {
  return [...text.matchAll(denialWords)]
    .slice(0, 20)
    .map(([evidence, user = '', verb = '', parent = '', group = '', path = '', namespace]) => {
      const subresource = path.slice(1);
      const isOfNodes = parent === 'nodes' && group === '' && subresource !== '';
      if (
        isOfNodes &&
        subresource !== 'status' &&
        (subresource !== 'proxy' || isKubeletClient(user))
      ) {
        const denial = { user, verb, resource: 'nodes', subresources: [subresource] };
        const hop = hopOfDenial(user, '', location);
        return describeDenial('forbidden', denial, hop, location, evidence);
      }
      const { node } = location;
      if (isOfNodes && subresource === 'proxy')
        return foundError({ ...explainNodeProxy(user, verb), node, evidence });
      const denial = {
        ...{ user, verb, resource: parent + path, apiGroup: group.slice(1) },
        ...(namespace !== undefined && { namespace }),
      };
      return foundError({ ...explainDenial(denial, 'kube-apiserver'), node, evidence });
    });
}
