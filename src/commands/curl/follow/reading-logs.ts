import type { Kubelet } from '../../../kube/kubelet/kubelet.ts';
import { withBody } from '../../../kube/kubelet/with-body.ts';
import type { Answer, Request } from '../../../kube/transport/transport.ts';
import type { LogRequest } from '../logs/log-options.ts';
import { placeBeforeLines } from './read-file.ts';
import { checkedQuery } from './read-query.ts';

/** The same kubelet, for requests of a log as options describe it: what it cannot do is a failure, also where it says 200. */
export function readingLogs(
  kubelet: Kubelet,
  { kind, tail }: LogRequest,
  signal: AbortSignal,
): Kubelet {
  const send = { query, file, container: (request: Request) => kubelet.send(request) }[kind];
  return Object.assign(Object.create(kubelet) as Kubelet, { send });

  async function query(request: Request): Promise<Answer> {
    const answer = await kubelet.send(request);
    if (answer.status >= 400) return answer;
    return withBody(answer, checkedQuery(kubelet, request, answer, signal));
  }

  async function file(request: Request): Promise<Answer> {
    if (tail === undefined) return kubelet.send(request);
    const { offset, size } = await placeBeforeLines(kubelet, request, tail, signal);
    const range = `bytes=${offset < size ? offset : 0}-`;
    const answer = await kubelet.send({ ...request, headers: { ...request.headers, range } });
    if (offset < size) return answer;
    await kubelet.read(answer, 1);
    return withBody(answer, []);
  }
}
