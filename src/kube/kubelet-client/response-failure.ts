import { formatSubresources, kubeletAttributes } from '../../kubelet/authorization.ts';
import {
  type Cause,
  describeCause,
  explanationLines,
  findResponseCause,
} from '../../kubelet/causes/causes.ts';
import { type Hop, optionOf } from '../../kubelet/causes/hop.ts';
import { parseKubeletDenial } from '../../kubelet/denial.ts';
import { findRelayedFailure } from '../../kubelet/explain/relayed-failure.ts';
import {
  missingForCaller,
  missingForKubeletClient,
  remedyForNodeProxy,
} from '../../kubelet/remedy.ts';
import { parseApiServerDenial } from '../../rbac/api-server-denial.ts';
import { remedyLines } from '../../rbac/remedy.ts';
import { apiServerFailure, parseStatus } from '../api-server/api-server-failure.ts';
import type { Request, TextResponse } from '../transport/transport.ts';
import type { Kubelet } from './client.ts';
import { KubeletFailure } from './kubelet-failure.ts';

/** A response of 400 or more, as a failure: who denied what in which words, why, what is missing, and what to run. */
export function responseFailure(
  kubelet: Kubelet,
  request: Request,
  response: TextResponse,
): KubeletFailure {
  const { status, text } = response;
  if (kubelet.via === 'apiserver' && parseStatus(text))
    return apiServerFailed(kubelet.where, response);
  if (request.method === 'HEAD' && status === 403) return headDenied(kubelet, request);
  const body = text.trim() || '(empty)';
  const message = `the ${kubelet.label} answered ${request.method} ${request.path} with ${status}: ${body}`;
  const why = findResponseCause(status, text)?.cause ?? 'unknown';
  return new KubeletFailure(message, { why, status }, explainResponse(kubelet, request, response));
}

/** A kubelet's words are in the body, which a response to HEAD does not have. */
function headDenied({ label, where }: Kubelet, { path }: Request): KubeletFailure {
  const { subresources } = kubeletAttributes('HEAD', path, Number.POSITIVE_INFINITY);
  const client = where.hop === 'caller -> kubelet' ? 'you' : 'kube-apiserver';
  return new KubeletFailure(
    `the ${label} answered HEAD ${path} with 403`,
    { why: 'forbidden', status: 403 },
    {
      details: [
        `why: it denied ${client} HEAD: kubelets have no verb for this method, and only a rule with all verbs (*) allows it`,
        `missing: every verb (*) on ${formatSubresources(subresources)}`,
      ],
      hints: ['get is enough for GET: re-run with -i in place of --head'],
    },
  );
}

function explainResponse({ where }: Kubelet, { path }: Request, { status, text }: TextResponse) {
  const found = findResponseCause(status, text);
  if (!found) return {};
  if (found.cause === 'not found' && !found.pattern) {
    const description = describeCause(found, where);
    const remedy = remedyForMissing(path, where) ?? description.remedy;
    return explanationLines({ ...description, remedy });
  }
  const denial = parseKubeletDenial(text);
  const missingFor = where.hop === 'caller -> kubelet' ? missingForCaller : missingForKubeletClient;
  return explanationLines(
    describeCause(found, { ...where, denial }),
    denial ? missingFor(denial) : '',
  );
}

/** Where what a path names can be listed; undefined where the path itself is wrong. */
function remedyForMissing(path: string, where: Hop): string | undefined {
  if (/^\/logs\/./.test(path))
    return `list the log files: kubectl kubeletaccess node-logs ${where.node ?? optionOf(where)}`;
  if (/^\/(?:containerLogs|exec|attach|portForward|run)\/./i.test(path))
    return `list pods and their containers: kubectl kubeletaccess get pods -A ${optionOf(where)}`;
  return undefined;
}

/** Of the API server itself, or of its connection to the kubelet. */
function apiServerFailed(where: Hop, response: TextResponse): KubeletFailure {
  const { message, prefix, words, reason } = apiServerFailure(response);
  const { status } = response;
  const failed = (why: Cause, more: { details: readonly string[]; hints: readonly string[] }) =>
    new KubeletFailure(message, { why, status }, { prefix, ...more });
  const denial = status === 403 ? parseApiServerDenial(words) : undefined;
  if (denial?.resource === 'nodes/proxy')
    return failed('forbidden', remedyLines(remedyForNodeProxy(denial.user, denial.verb)));
  const relayed = status >= 500 ? findRelayedFailure(words) : undefined;
  if (relayed)
    return failed(
      relayed.cause,
      explanationLines(describeCause(relayed, { ...where, address: relayed.address })),
    );
  return failed(causeOfStatus(status, reason), { details: [], hints: [] });
}

function causeOfStatus(status: number, reason: string): Cause {
  if (status === 401) return 'no credential accepted';
  if (status === 403) return 'forbidden';
  if (status === 404 && reason === 'NotFound') return 'node gone';
  return findResponseCause(status, '')?.cause ?? 'unknown';
}
