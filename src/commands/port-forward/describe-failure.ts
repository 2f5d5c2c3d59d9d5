import { Failure } from '../../errors.ts';
import { lostStream } from '../../kubelet/lost-stream.ts';

/** A connection that a client of ours has made. */
export interface ClientConnection {
  readonly local: number;
  readonly remote: number;
  /** NAMESPACE/NAME */
  readonly pod: string;
}

/** Why the pod's side failed, by the words of a container runtime. */
export function portFailure(words: string, connection: ClientConnection): Failure {
  const { remote, pod } = connection;
  const message = (why: string) => `cannot forward ${titleOf(connection)}: ${why}`;
  if (/connection refused/i.test(words))
    return new Failure(message('connection refused'), {
      details: [`why: nothing listens on localhost:${remote} in pod ${pod}`],
      cause: new Error(words),
    });
  return new Failure(message(withoutFrame(words)), {
    details: ['why: the connection inside the pod failed; the client may lack what came last'],
    cause: new Error(words),
  });
}

/** The connection to the kubelet ended before that of the pod did. */
export function lostFailure(
  words: string,
  connection: ClientConnection,
  kubelet: string,
  cause: unknown,
): Failure {
  return new Failure(`lost ${titleOf(connection)} by the ${kubelet}: ${words}`, {
    cause,
    details: [
      `why: ${lostStream}, or the pod closed while the client sent; the client may lack what came last`,
    ],
  });
}

/** The client waited, and the pod had not ended. */
export function silenceFailure(connection: ClientConnection, silenceMs: number): Failure {
  return new Failure(
    `closed ${titleOf(connection)}: the client ended its side, and the pod was silent for ${silenceMs / 1000} s`,
    {
      details: [
        'why: kubelets cannot close one direction; the pod has all that the client sent, and the client sees a reset, as the pod may have had more to send',
      ],
      hints: ['let the client keep its side open until it has its answer, as nc does without -N'],
    },
  );
}

export function violationFailure(
  words: string,
  connection: ClientConnection,
  kubelet: string,
  cause: unknown,
): Failure {
  return new Failure(`the ${kubelet} sent ${words}`, {
    cause,
    details: [`why: it does not keep to the protocol; ${titleOf(connection)} is closed`],
  });
}

function titleOf({ local, remote, pod }: ClientConnection): string {
  return `a connection for ${local} to port ${remote} of pod ${pod}`;
}

/** containerd and CRI-O first name the sandbox and its network namespace, which help nobody. */
function withoutFrame(words: string): string {
  return words
    .replace(/^error forwarding port \d+ to pod \S+, uid \S*: /, '')
    .replace(/^failed to execute portforward in network namespace "[^"]*": /, '');
}
