import { nodeOptions } from '../../../cli/node-options.ts';
import { declare } from '../../../cli/option.ts';

export const streamOptions = {
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
  timeout: () => nodeOptions.timeout('Maximum time to wait for the stream to start.'),
};
