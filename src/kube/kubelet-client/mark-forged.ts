import { Failure } from '../../errors.ts';
import { kubeletAttributes } from '../../kubelet/authorization.ts';
import { parseApiServerDenial } from '../../rbac/api-server-denial.ts';
import type { ApiServer } from '../api-server/api-server.ts';
import { parseStatus } from '../api-server/api-server-failure.ts';
import { kinds } from '../api-server/kinds.ts';
import { type AskedRequest, reviewSelf } from '../api-server/reviews.ts';
import type { TextResponse } from '../transport/transport.ts';

interface SentRequest {
  /** Methods whose verbs the API server checks. */
  readonly methods: readonly string[];
  readonly object: Omit<AskedRequest, 'verb'>;
}

/**
 * Marks an error that reads as if the API server had sent it, although the API server says otherwise: it allows the request (403), accepts
 * the credential (401), or has the object (404). A kubelet can send such a Status, and the API server passes it on. If the API server
 * cannot be asked, the response counts as its own.
 */
export async function markForged(
  response: TextResponse,
  sent: SentRequest,
  apiServer: ApiServer,
): Promise<TextResponse> {
  const words = parseStatus(response.text)?.message;
  // The API server reports errors of kubelets about logs as its own.
  if (words === undefined || / \( pods\/log /.test(words)) return response;
  try {
    return (await isForged(response.status, words, sent, apiServer))
      ? { ...response, isForged: true }
      : response;
  } catch (error) {
    if (error instanceof Failure) return response;
    throw error;
  }
}

async function isForged(
  status: number,
  words: string,
  { methods, object }: SentRequest,
  apiServer: ApiServer,
): Promise<boolean> {
  const { resource, namespace, name = '' } = object;
  const review = (method: string) => {
    const { verb } = kubeletAttributes(method, '/', Number.POSITIVE_INFINITY);
    return reviewSelf(apiServer, { ...object, verb });
  };
  if (status === 401) {
    // Even a denied review shows that the API server accepts the credential.
    await review('GET');
    return true;
  }
  if (status === 404) {
    const named = encodeURIComponent(name);
    await (resource === 'pods'
      ? apiServer.get(
          `/api/v1/namespaces/${encodeURIComponent(namespace ?? '')}/pods/${named}`,
          kinds.Pod,
        )
      : apiServer.get(`/api/v1/nodes/${named}`, kinds.Node));
    return true;
  }
  // Since 1.35, a WebSocket also needs the verb create. If create is denied, the denial gives no reason.
  const isBare = /is forbidden: ?$/.test(words);
  if (!isBare && !parseApiServerDenial(words)) return false;
  const reviews = await Promise.all((isBare ? ['POST'] : methods).map(review));
  return reviews.every((each) => each?.allowed);
}
