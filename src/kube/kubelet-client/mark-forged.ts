import { Failure } from '../../errors.ts';
import { kubeletAttributes } from '../../kubelet/authorization.ts';
import { parseApiServerDenial } from '../../rbac/api-server-denial.ts';
import type { ApiServer } from '../api-server/api-server.ts';
import { parseStatus } from '../api-server/api-server-failure.ts';
import { type AskedRequest, reviewSelf } from '../api-server/reviews.ts';
import type { TextResponse } from '../transport/transport.ts';

interface SentRequest {
  readonly method: string;
  readonly object: Omit<AskedRequest, 'verb'>;
}

/**
 * Marks a 403 that reads as if the API server had denied the caller, although the API server allows the request. A kubelet can send such a
 * Status, and the API server passes it on. If the access review fails, the response counts as one of the API server.
 */
export async function markForged(
  response: TextResponse,
  { method, object }: SentRequest,
  apiServer: ApiServer,
): Promise<TextResponse> {
  const words = parseStatus(response.text)?.message ?? '';
  // Since 1.35, a WebSocket also needs the verb create. If create is denied, the denial gives no reason.
  const isBare = /is forbidden: ?$/.test(words);
  if (!isBare && !parseApiServerDenial(words)) return response;
  const { verb } = kubeletAttributes(isBare ? 'POST' : method, '/', Number.POSITIVE_INFINITY);
  try {
    const review = await reviewSelf(apiServer, { ...object, verb });
    return review?.allowed ? { ...response, isForged: true } : response;
  } catch (error) {
    if (error instanceof Failure) return response;
    throw error;
  }
}
