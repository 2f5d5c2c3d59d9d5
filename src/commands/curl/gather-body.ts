import { Failure } from '../../errors.ts';
import type { Kubelet } from '../../kube/kubelet/kubelet.ts';
import { type Answer, bodyError } from '../../kube/transport/transport.ts';
import { makeFolder, writeWhole } from '../../kube/whole-file.ts';
import type { Answered } from './outcome.ts';
import { readBody } from './read-body.ts';

/** Reads the body of a response to its end. Throws an UnusableBody for one that cannot be passed on. */
export type TakeBody = (
  kubelet: Kubelet,
  answer: Answer,
  name: string,
) => Promise<Pick<Answered, 'bytes' | 'body'>>;

export class UnusableBody extends Failure {
  readonly why: 'response too large' | 'not text';

  constructor(why: UnusableBody['why'], message: string) {
    super(message, { hints: ['write each response to a file: --output-dir DIR'] });
    this.why = why;
  }
}

/** In bytes: of several nodes, whole bodies are in memory. */
const longestBody = 32 * 1024 * 1024;

/** In memory. Without `binary`, a body must be text. */
export function takeInMemory({ binary }: { readonly binary: boolean }): TakeBody {
  return async (kubelet, answer) => {
    const { bytes, cut } = await kubelet.readBytes(answer, longestBody);
    if (cut)
      throw new UnusableBody(
        'response too large',
        `the ${kubelet.label} sent more than ${longestBody / 1024 / 1024} MiB`,
      );
    const body = readBody(bytes, answer.headers['content-type'] ?? '');
    if (body.kind === 'binary' && !binary)
      throw new UnusableBody(
        'not text',
        `the ${kubelet.label} sent ${bytes.length} bytes that are not text`,
      );
    return { bytes: bytes.length, body };
  };
}

/** In a file of a folder, named after the node: whole, or not at all. */
export async function takeInFolder(folder: string, signal: AbortSignal): Promise<TakeBody> {
  await makeFolder(folder);
  return async (kubelet, answer, name) => {
    const file = `${name.replaceAll(/[^\w.-]/g, '_')}.${extensionOf(answer.headers['content-type'])}`;
    try {
      return { bytes: await writeWhole(folder, file, answer.body), body: undefined };
    } catch (error) {
      throw error instanceof Failure ? error : kubelet.broken(bodyError(error, signal));
    }
  };
}

function extensionOf(contentType = ''): string {
  if (/\bjson\b/i.test(contentType)) return 'json';
  if (/^text\/html\b/i.test(contentType)) return 'html';
  // Without a type it is the log of a container.
  return contentType === '' || /^text\//i.test(contentType) ? 'txt' : 'bin';
}
