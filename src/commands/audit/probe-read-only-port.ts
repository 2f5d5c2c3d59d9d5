import { Interrupted } from '../../errors.ts';
import { longestRefusal } from '../../kube/kubelet/kubelet.ts';
import { TransportError } from '../../kube/transport/error.ts';
import type { Limits } from '../../kube/transport/limits.ts';
import { openTransport, readText } from '../../kube/transport/transport.ts';
import { formatHostPort } from '../../kubelet/address.ts';
import { oneLine } from '../../kubelet/authorization-answer.ts';
import { causeOfTransport, describeTransport } from '../../kubelet/cause.ts';
import { anonymousPath, isHealth } from './anonymous-answer.ts';
import type { NodeAuditFacts } from './facts.ts';
import type { AnonymousAccess } from './probe-anonymous.ts';

/** Whether a kubelet serves on a port that takes plain HTTP, of anybody. */
export async function lookAtReadOnlyPort(
  host: string,
  port: number,
  { trusting }: AnonymousAccess,
  limits: Limits,
  signal: AbortSignal,
): Promise<NodeAuditFacts['readOnly']> {
  const authority = formatHostPort({ host, port });
  const address = { secure: false, host, port, authority, prefix: '' };
  const tls = { ...trusting.trust, clientCertificate: undefined };
  const route = trusting.routeTo(address);
  const transport = openTransport({ address, tls, route, log: trusting.log });
  try {
    const answer = await transport.send({ method: 'GET', path: anonymousPath }, signal, limits);
    const { status, text } = await readText(answer, signal, limits, longestRefusal);
    if (isHealth(status, text)) return { found: { port, said: 'served' } };
    return { unseen: `${oneLine(authority)} answered ${status}, and not as a kubelet does` };
  } catch (error) {
    if (error instanceof Interrupted || !(error instanceof TransportError)) throw error;
    if (causeOfTransport(error) === 'connection refused')
      return { found: { port, said: 'closed' } };
    return { unseen: oneLine(`${authority}: ${describeTransport(error, limits)}`) };
  } finally {
    transport.close();
  }
}
