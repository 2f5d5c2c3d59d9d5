import { Failure } from '../../../errors.ts';
import type { Kubelet } from '../../../kube/kubelet/kubelet.ts';
import { emptyBody, withBody } from '../../../kube/kubelet/with-body.ts';
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
    let refused: Answer | undefined;
    const asking = Object.assign(Object.create(kubelet) as Kubelet, {
      send: async (part: Request) => {
        const answer = await kubelet.send(part);
        if (answer.status < 400 || answer.status === 416) return answer;
        refused = answer;
        throw new Failure(`${answer.status}`);
      },
    });
    const place = await placeBeforeLines(asking, request, tail, signal).catch((error: unknown) => {
      if (!refused) throw error;
    });
    // Unread, for whoever retries it or explains it.
    if (refused || !place) return refused as Answer;
    const { offset, size } = place;
    const range = `bytes=${offset < size ? offset : 0}-`;
    const answer = await kubelet.send({ ...request, headers: { ...request.headers, range } });
    if (offset < size) return answer;
    await kubelet.read(answer, 1);
    return withBody(answer, emptyBody());
  }
}
