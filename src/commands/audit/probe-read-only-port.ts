import { Failure } from '../../errors.ts';
import { longestRefusal } from '../../kube/kubelet-client/client.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import { TransportError } from '../../kube/transport/error.ts';
import type { Limits } from '../../kube/transport/limits.ts';
import { openTransport, readText } from '../../kube/transport/transport.ts';
import { formatHostPort } from '../../kubelet/address.ts';
import { causeOfTransport, describeTransport } from '../../kubelet/causes/causes.ts';
import { anonymousPath, isHealth } from './anonymous-answer.ts';
import type { NodeAuditFacts, ReadOnlyAnswer } from './facts.ts';
import type { AnonymousAccess } from './probe-anonymous.ts';

/** Whether a kubelet serves on a port of plain HTTP, without authentication. */
export function probeReadOnlyPort(
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
  return readOrNote(async (): Promise<ReadOnlyAnswer> => {
    try {
      const answer = await transport.send({ method: 'GET', path: anonymousPath }, signal, limits);
      const { status, text } = await readText(answer, signal, limits, longestRefusal);
      if (isHealth(status, text)) return { port, result: 'served' };
      throw new Failure(`${authority} answered ${status}, not as a kubelet does`);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      if (causeOfTransport(error) === 'connection refused') return { port, result: 'closed' };
      throw new Failure(`${authority}: ${describeTransport(error, limits)}`, { cause: error });
    } finally {
      transport.close();
    }
  });
}
