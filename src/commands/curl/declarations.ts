import { fleetOptions } from '../../cli/fleet-options.ts';
import { declare } from '../../cli/option.ts';
import { containerOption } from '../pod/container-option.ts';
import { outputs } from './options.ts';
import { paths } from './target.ts';

/** Which kubelets, and by which path. */
export const targetOptions = {
  node: () =>
    declare.selection.list(
      '--node',
      'Node whose kubelet to call. Can be repeated, or a list with commas.',
      { completes: 'nodes' },
    ),
  selector: () =>
    declare.selection.text('-l,--selector', 'Nodes with these labels, such as -l key=value.', '', {
      completes: 'label-selector',
    }),
  fieldSelector: () =>
    declare.selection.text(
      '--field-selector',
      'Nodes with these fields, such as spec.unschedulable=true.',
      '',
      { completes: ['metadata.name=', 'spec.unschedulable=true', 'spec.unschedulable=false'] },
    ),
  role: () =>
    declare.selection.text('--role', 'Nodes with this role, such as control-plane.', '', {
      completes: 'node-role',
    }),
  all: () => declare.selection.flag('--all', 'All nodes.'),
  includeNames: () =>
    declare.selection.list(
      '--include',
      'Only nodes whose name matches this regular expression. Can be repeated.',
    ),
  excludeNames: () =>
    declare.selection.list(
      '--exclude',
      'No node whose name matches this regular expression. Can be repeated.',
    ),
  shard: () =>
    declare.selection.text(
      '--shard',
      'Part of the nodes, as I/N: N processes with 1/N to N/N call each node once.',
    ),
  pod: () =>
    declare.selection.text(
      '--pod',
      'The node of this pod, as NAME or NAMESPACE/NAME. PATH may contain {namespace}, {pod} and {container}.',
      '',
      { completes: 'pod' },
    ),
  container: containerOption,
  address: () =>
    declare.selection.list(
      '--address',
      'HOST or HOST:PORT of a kubelet, called without a lookup in the API server. Can be repeated.',
    ),
  via: () =>
    declare.selection.text(
      '--via',
      `Path to the kubelet: "direct", "apiserver" for the node proxy of the API server, or "auto": direct, and through the API server if the kubelet cannot be reached.`,
      paths[0],
      { completes: paths },
    ),
};

/** What may happen, and how long. */
export const behaviorOptions = {
  timeout: () =>
    declare.behavior.text(
      '--timeout',
      'Time limit of one node: for a response to begin, and with several nodes to its end. Defaults to 60s, or 30s with several nodes, and with --via apiserver or auto to --request-timeout if that is given; for a profile, plus the time that it measures.',
    ),
  parallel: fleetOptions.parallel,
  failFast: () => declare.behavior.flag('--fail-fast', 'End at the first node that fails.'),
  noCache: () =>
    declare.behavior.flag(
      '--no-cache',
      'Look up the address of the node, also if it was looked up in the last ten minutes.',
    ),
  allowUnsafe: () =>
    declare.behavior.flag(
      '--allow-unsafe',
      'Allow a request that runs code or changes something on the node.',
    ),
  allNodesUnsafe: () =>
    declare.behavior.flag(
      '--all-nodes-unsafe',
      'With --allow-unsafe, allow such a request to several nodes.',
    ),
};

/** What is printed. */
export const outputOptions = {
  output: () =>
    declare.output.text(
      '-o,--output',
      `Output format. One of: ${outputs.join(', ')}. raw is the body: of several nodes, each line behind the name of its node. Defaults to raw, and on a terminal to table for a short name that has a view.`,
      '',
      { completes: outputs },
    ),
  showHeaders: () =>
    declare.output.flag(
      '-i,--show-headers',
      'Print status line and headers too, also of error responses.',
    ),
  prefix: () =>
    declare.output.flagOrText(
      '--prefix',
      'With several nodes, begin each line with the name of its node.',
      'true',
      { completes: ['true', 'false'] },
    ),
  template: () =>
    declare.output.text(
      '--template',
      'Template for each line: {node}, {address}, {via}, {status}, {ms}, {bytes} and {line}; without {line}, for each node.',
    ),
  outputDir: () =>
    declare.output.text(
      '--output-dir',
      'Write the body of each node to a file in this folder, as a whole or not at all.',
      '',
      { completes: 'folder' },
    ),
  timing: () =>
    declare.output.flag(
      '--timing',
      'Print how long name resolution, connection, TLS handshake, the first byte and the whole response took; with -o json and ndjson, in the field timing.',
    ),
  forceTerminal: () =>
    declare.output.flag('--force-terminal', 'Print a body that is not text to a terminal, too.'),
};
