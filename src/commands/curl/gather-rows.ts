import { Failure, orFailure } from '../../errors.ts';
import { answerFailure } from '../../kube/kubelet/answer-failure.ts';
import { type Kubelet, longestRefusal } from '../../kube/kubelet/kubelet.ts';
import { type TakeBody, takeInMemory, UnusableBody } from './gather-body.ts';
import type { Body, Unread } from './outcome.ts';
import type { BodyView, Companion } from './views/body-view.ts';

/** In bytes, as of a body. */
const longestCompanion = 32 * 1024 * 1024;

/** Makes rows of a body, and of what completes it. */
export function takeRows(view: BodyView): TakeBody {
  const takeText = takeInMemory({ binary: false });
  return async (kubelet, answer, taking) => {
    const { bytes, body } = await takeText(kubelet, answer, taking);
    const companions: Partial<Record<Companion, string>> = {};
    const unread: Unread[] = [];
    for (const path of view.companions) {
      const read = await readCompanion(kubelet, path);
      if (read instanceof Failure) unread.push({ path, failure: read });
      else companions[path] = read;
    }
    const rows = view.rows({ body: textOf(body), companions }, taking.name);
    if (!rows.decoded)
      throw new UnusableBody('unexpected response', `the ${kubelet.label} sent ${rows.problem}`);
    return { bytes, body: undefined, rows: rows.decoded.value, unread };
  };
}

/** Gives why it could not be read: a view goes without it. */
function readCompanion(kubelet: Kubelet, path: Companion): Promise<string | Failure> {
  const request = { method: 'GET', path };
  return orFailure(
    (async () => {
      const answer = await kubelet.send(request);
      const isRefused = answer.status >= 400;
      const read = await kubelet.read(answer, isRefused ? longestRefusal : longestCompanion);
      if (isRefused) throw answerFailure(kubelet, request, read);
      return read.text;
    })(),
  );
}

function textOf(body: Body | undefined): string {
  if (body === undefined) return '';
  return body.kind === 'text' ? body.text : body.bytes.toString('utf8');
}
