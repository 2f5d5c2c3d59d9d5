import { nodeOptions, streamPaths } from '../../../cli/node-options.ts';
import { declare, type ValuesOf } from '../../../cli/option.ts';

/** The container and the path: options of all commands about one pod. */
export const streamOptions = {
  node: () =>
    declare.selection.text(
      '--node',
      'Node that runs the pod: the pod is looked up in its kubelet.',
      { completes: 'node' },
    ),
  container: () =>
    declare.selection.text(
      '-c,--container',
      "Container name. Defaults to the pod's default container, else the first.",
      { completes: 'container' },
    ),
  address: () =>
    declare.selection.text(
      '--address',
      'HOST or HOST:PORT of the kubelet, called without the API server.',
    ),
  via: () =>
    declare.selection.text('--via', 'Path to the kubelet: direct or apiserver.', {
      initial: streamPaths[0],
      completes: streamPaths,
    }),
  timeout: () => nodeOptions.timeout('Maximum time to wait for the stream to start.'),
  allowExec: () =>
    declare.behavior.flag(
      '--allow-exec',
      "Required. Direct requests bypass admission control and the API server's audit log.",
    ),
};

export type StreamOptions = ValuesOf<Omit<typeof streamOptions, 'allowExec'>>;

/** Options of exec and attach for streams. */
export const terminalOptions = {
  stdin: () => declare.behavior.flag('-i,--stdin', 'Send standard input to the container.'),
  tty: () => declare.behavior.flag('-t,--tty', 'Stdin is a TTY. Requires -i.'),
  keepStdinOpen: () =>
    declare.behavior.flag(
      '--keep-stdin-open',
      "Keep the command's stdin open after local input ends. Needed for kubelets before 1.36.",
    ),
};
