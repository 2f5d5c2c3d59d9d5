import { type Details, detailsOf, messageOf } from '../../errors.ts';
import { formatSubresources, kubeletAttributes } from '../../kubelet/authorization.ts';
import { isOfAnother } from '../../kubelet/causes/authorization-causes.ts';
import {
  type Cause,
  describeCause,
  explanationLines,
  findResponseCause,
} from '../../kubelet/causes/causes.ts';
import { type Hop, optionOf } from '../../kubelet/causes/hop.ts';
import { type KubeletDenial, parseKubeletDenial } from '../../kubelet/denial.ts';
import { findRelayedFailure } from '../../kubelet/explain/relayed-failure.ts';
import { describeMissing, remedyForNodeProxy } from '../../kubelet/missing-permission.ts';
import {
  authorizerBeside,
  isOfProvider,
  parseApiServerDenial,
} from '../../rbac/api-server-denial.ts';
import type { Remedy } from '../../rbac/write-remedy.ts';
import { command } from '../../text/command.ts';
import { apiServerFailure, statusOfApiServer } from '../api-server/api-server-failure.ts';
import type { Request, TextResponse } from '../transport/transport.ts';
import type { Kubelet } from './client.ts';
import { KubeletFailure } from './kubelet-failure.ts';

/**
 * Returns the failure for a response with a status of 400 or more. It says who denied the request and why, which permission is missing, and
 * which commands help.
 */
export function responseFailure(
  kubelet: Kubelet,
  request: Request,
  response: TextResponse,
): KubeletFailure {
  const { status, text } = response;
  const { left, shown } = kubelet;
  if (kubelet.via === 'apiserver' && statusOfApiServer(response)) {
    const failure = apiServerFailed(kubelet.where, response);
    return left && status !== 404 ? bothFailed(kubelet, failure, left, request) : failure;
  }
  if (request.method === 'HEAD' && status === 403) return headDenied(kubelet, request);
  const body = text.trim() || '(empty)';
  const message = `the ${kubelet.label} answered ${request.method} ${request.path} with ${status}: ${body}`;
  const why = findResponseCause(status, text)?.cause ?? 'unknown';
  const explained = explainResponse(kubelet, request, response);
  const failure = new KubeletFailure(message, { why, status, shown, ...explained });
  const isDenied = status === 401 || status === 403;
  return left && isDenied ? bothFailed(kubelet, failure, left, request) : failure;
}

/**
 * Returns the failure for a kubelet that can be called neither directly nor through the API server. It contains both errors, and the
 * permissions that each path needs.
 */
export function bothFailed(
  { where }: Pick<Kubelet, 'where'>,
  relayed: KubeletFailure,
  left: KubeletFailure,
  { method, path }: Request,
): KubeletFailure {
  const { verb, subresources } = kubeletAttributes(method, path, Number.POSITIVE_INFINITY);
  const isOfRbac = relayed.status === 403 && authorizerBeside(relayed.message) === undefined;
  const denial = isOfRbac ? parseApiServerDenial(relayed.message) : undefined;
  // `forbidden` means that the caller may not read the Node, which has the kubelet's address.
  const lookup = left.why === 'forbidden' ? 'nodes and ' : '';
  const needs = `${verb || 'every verb (*)'} on ${lookup}${formatSubresources(subresources)}`;
  // The CA of the context may not be the right one: OpenShift and Gardener have a separate CA for kubelets.
  const trusted =
    left.why === 'untrusted-ca' ? ' (trust it: --kubelet-certificate-authority FILE)' : '';
  const remedy: Remedy = denial
    ? {
        details: {
          missing: `user "${denial.user}" needs ${denial.verb} on ${denial.resource} (through the API server), or ${needs} and a direct path`,
        },
        hints: left.hints,
      }
    : { details: relayed.details, hints: relayed.hints.length > 0 ? relayed.hints : left.hints };
  // Without access to nodes/proxy, the caller can only call kubelets directly, so that the reason of the direct failure is reported.
  const { why, status, shown } = denial && left.why !== 'unknown' ? left : relayed;
  return new KubeletFailure(`cannot read ${path} of ${where.node}`, {
    ...{ why, status, shown, cause: relayed.cause },
    details: [
      { label: 'directly', text: `${messageOf(left)}${trusted}` },
      { label: 'through the API server', text: messageOf(relayed) },
      ...detailsOf(remedy.details),
    ],
    hints: remedy.hints,
  });
}

/** Returns the failure for a denied HEAD request. Its response has no body, so that the kubelet's message is missing. */
function headDenied({ label, where }: Kubelet, { path }: Request): KubeletFailure {
  const { subresources } = kubeletAttributes('HEAD', path, Number.POSITIVE_INFINITY);
  const client = where.hop === 'caller-to-kubelet' ? 'you' : 'kube-apiserver';
  return new KubeletFailure(`the ${label} answered HEAD ${path} with 403`, {
    ...{ why: 'forbidden', status: 403 },
    details: {
      why: `it denied ${client} HEAD: kubelets have no verb for this method, and only a rule with all verbs (*) allows it`,
      missing: `every verb (*) on ${formatSubresources(subresources)}`,
    },
    hints: ['get is enough for GET: re-run with -i in place of -X HEAD'],
  });
}

function explainResponse(
  { where }: Kubelet,
  { method, path }: Request,
  { status, text }: TextResponse,
) {
  const found = findResponseCause(status, text);
  if (!found) return {};
  if (found.cause === 'not-found' && !found.pattern) {
    const description = describeCause(found, where);
    const remedy = remedyForMissing(path, where) ?? description.remedy;
    return explanationLines({ ...description, remedy });
  }
  const denial = parseKubeletDenial(text);
  const isAsked = denial === undefined || deniesWhatWasAsked(denial, method, path);
  // If the denial does not match the request, the user name in it is not trusted either.
  const caller = isAsked || where.caller !== denial.user ? where.caller : null;
  const whole = { ...where, caller, denial };
  return explanationLines(
    describeCause(found, whole),
    denial && (whole.caller === null || !isOfAnother(whole))
      ? describeMissing(denial, where.hop !== 'caller-to-kubelet')
      : '',
  );
}

/** Whether some version of the kubelet checks the denied permissions for this request. */
function deniesWhatWasAsked(
  { verb, subresources }: KubeletDenial,
  method: string,
  path: string,
): boolean {
  const asked = [0, Number.POSITIVE_INFINITY].map((minor) =>
    kubeletAttributes(method, path, minor),
  );
  const known = new Set<string>(asked.flatMap((each) => each.subresources));
  return asked[0]?.verb === verb && subresources.every((each) => known.has(each));
}

/** Returns a command that lists logs or pods, if the path is for a log or a pod; undefined for any other path. */
function remedyForMissing(path: string, where: Hop): string | undefined {
  if (/^\/logs\/./.test(path))
    return command`list the log files: kubectl kubeletaccess node-logs ${where.node ?? optionOf(where)}`;
  if (/^\/(?:containerLogs|exec|attach|portForward|run)\/./i.test(path))
    return command`list pods and their containers: kubectl kubeletaccess get pods -A ${optionOf(where)}`;
  return undefined;
}

/** Returns the failure for an error that the API server sent, either its own or about its connection to the kubelet. */
function apiServerFailed(where: Hop, response: TextResponse): KubeletFailure {
  const { message, prefix, words, reason } = apiServerFailure(response);
  const { status } = response;
  const failed = (why: Cause, more: Remedy) =>
    new KubeletFailure(message, { why, status, prefix, ...more });
  const passedOn = findPassedOn(status, words);
  if (passedOn) {
    const denial = parseKubeletDenial(words);
    const missing = denial ? describeMissing(denial, true) : '';
    const description = describeCause(passedOn, { ...where, denial });
    return failed(passedOn.cause, explanationLines(description, missing));
  }
  const denial = status === 403 ? parseApiServerDenial(words) : undefined;
  const beside = denial && authorizerBeside(words);
  if (beside !== undefined)
    return failed('forbidden', { details: noGrantHelps(beside), hints: [] });
  if (denial?.resource === 'nodes/proxy')
    return failed('forbidden', remedyForNodeProxy(denial.user, denial.verb));
  const relayed = status >= 500 ? findRelayedFailure(words) : undefined;
  if (relayed)
    return failed(
      relayed.cause,
      explanationLines(describeCause(relayed, { ...where, address: relayed.address })),
    );
  return failed(causeOfStatus(status, reason), { details: [], hints: [] });
}

/** Finds the cause in a kubelet's error about a pod log. The API server sends this error as its own, and adds the pod's name. */
function findPassedOn(status: number, words: string) {
  const isPassedOn = status < 500 && / \( pods\/log [^\s()]{1,253}\)$/.test(words);
  return isPassedOn
    ? findResponseCause(status, status === 401 ? 'Unauthorized' : words)
    : undefined;
}

/** Returns the details of a denial that no role can change. */
export function noGrantHelps(beside: string): Details {
  const who = isOfProvider(beside) ? ', by the provider of this cluster' : '';
  return { why: `an authorizer beside RBAC denies it${who}: no grant changes that` };
}

function causeOfStatus(status: number, reason: string): Cause {
  if (status === 401) return 'no-credential-accepted';
  if (status === 403) return 'forbidden';
  if (status === 404 && reason === 'NotFound') return 'node-gone';
  return findResponseCause(status, '')?.cause ?? 'unknown';
}
