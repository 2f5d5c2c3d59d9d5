import { declare } from '../../cli/option.ts';
import { containerOption } from '../pod/container-option.ts';
import { paths } from './target.ts';

/** Which container, and by which path: what all commands into containers have. */
export const streamOptions = {
  node: () =>
    declare.selection.text('--node', 'Node that runs the pod, in place of the argument NODE.', '', {
      completes: 'node',
    }),
  pod: () =>
    declare.selection.text(
      '--pod',
      'The pod, as NAME or NAMESPACE/NAME. Its node is looked up in the API server; with NODE or --address, the pod is looked up in that kubelet.',
      '',
      { completes: 'pod' },
    ),
  container: containerOption,
  address: () =>
    declare.selection.text(
      '--address',
      'HOST or HOST:PORT of a kubelet, called without the API server.',
    ),
  via: () =>
    declare.selection.text(
      '--via',
      'Path to the kubelet: "direct", or "apiserver", as kubectl goes.',
      paths[0],
      { completes: paths },
    ),
  timeout: () =>
    declare.behavior.text(
      '--timeout',
      'Time limit for the connection to be made. What runs has none. Defaults to 60s.',
    ),
  allowExec: () =>
    declare.behavior.flag(
      '--allow-exec',
      'Required: you know that no admission and no audit log sees what a kubelet is sent directly.',
    ),
};

/** What only run has. */
export const runOptions = {
  timeout: () =>
    declare.behavior.text('--timeout', 'Time limit for the command. Without it, it has none.'),
};

/** What exec and attach connect. */
export const terminalOptions = {
  stdin: () => declare.behavior.flag('-i,--stdin', 'Send standard input to the container.'),
  tty: () =>
    declare.behavior.flag('-t,--tty', 'Make a terminal of it. Needs -i, and a terminal as input.'),
  keepStdinOpen: () =>
    declare.behavior.flag(
      '--keep-stdin-open',
      'Do not tell the command when standard input ends, which kubelets before 1.36 cannot: for a command that ends by itself.',
    ),
};
