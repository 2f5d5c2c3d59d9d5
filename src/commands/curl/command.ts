import { Option } from 'clipanion';
import { isGiven } from '../../cli/argv.ts';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { describe } from '../../cli/command-definition.ts';
import { requestLimitOf } from '../../cli/connection.ts';
import { fleetOptions, parseParallel } from '../../cli/fleet-options.ts';
import { addressChoiceOf, parseVia } from '../../cli/kubelets.ts';
import {
  checkChosen,
  type FleetChoice,
  nodeOptions,
  parseFleetChoice,
} from '../../cli/node-options.ts';
import { completing, declare } from '../../cli/option.ts';
import { parseCount } from '../../cli/parse-options.ts';
import { rejectOwnAuthorization, serviceAccountOption } from '../../cli/service-account.ts';
import { exitCodeOf, notTogether, UsageFailure } from '../../errors.ts';
import { isHarmlessHeader } from '../../kube/transport/request-head.ts';
import { isRead } from '../../kubelet/unsafe-request.ts';
import { printResponses } from './print-responses.ts';
import {
  type CurlSettings,
  checkRetries,
  checkSafety,
  checkSeveral,
  parseHeaders,
  parseOutput,
  parsePath,
  parseTimeout,
  pathCandidates,
  requestMethod,
  responseFormats,
} from './request.ts';

const headersOutside = {
  with: '--show-headers',
  why: 'the files hold only bodies',
  hints: ['with headers, a line of JSON for each node: --show-headers -o ndjson'],
};

export class CurlCommand extends ClusterCommand {
  static override paths = [['curl']];
  static override usage = describe({
    needs: ['PATH'],
    details:
      'Send an HTTP request to one or more kubelets. The body of one node is printed unchanged; with several nodes, each line begins with the node.\n\nGET and HEAD requests go directly to each kubelet if possible, otherwise through the API server. Other methods go directly unless --via is set.\n\nPATH is a path or a short name, such as summary for /stats/summary: kubectl kubeletaccess endpoints lists them. For tables, use top, get or metrics. For logs, use logs or node-logs.',
    examples: [
      ['Usage of a node, as JSON', 'kubectl kubeletaccess curl /stats/summary --node node-1'],
      [
        'Configuration of all nodes, one line of JSON per node',
        'kubectl kubeletaccess curl /configz --all -o ndjson',
      ],
      [
        'A snapshot of all kubelets, a folder for each node',
        'kubectl kubeletaccess curl configz statusz flagz metrics pods summary --all --output-dir DIR',
      ],
      [
        'A CPU profile of the kubelet',
        "kubectl kubeletaccess curl '/debug/pprof/profile?seconds=10' --node node-1 > cpu.pprof",
      ],
      [
        'Set the log level of a kubelet',
        'kubectl kubeletaccess curl -X PUT -d 4 --allow-unsafe loglevel --node node-1',
      ],
    ],
    exitCodes: [
      [0, 'all nodes answered'],
      [4, 'some nodes failed, or some of several paths'],
      [1, 'all nodes failed'],
    ],
  });

  endpoints = completing(pathCandidates, Option.Rest({ name: 'PATH' }));
  node = nodeOptions.node();
  selector = nodeOptions.selector();
  role = nodeOptions.role();
  all = nodeOptions.all();
  shard = nodeOptions.shard();
  kubeletAddress = nodeOptions.kubeletAddress();
  via = nodeOptions.via();
  method = declare.request.text(
    '-X,--request',
    'HTTP method: GET by default, POST with --data. HEAD prints headers.',
    { completes: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] },
  );
  headers = declare.request.list('-H,--header', 'Header to send, as "Name: value".');
  data = declare.request.list(
    '-d,--data',
    'Body to send. @FILE reads a file and strips newlines, @- stdin.',
    { completes: '@file' },
  );
  retry = declare.request.text(
    '--retry',
    'Retry up to N times after a connection failure or transient error.',
    { initial: '0' },
  );
  printCurl = declare.request.flag(
    '--print-curl',
    'Print a command for curl instead. It reads secrets when it runs.',
  );
  serviceAccount = serviceAccountOption();
  timeout = nodeOptions.timeout();
  parallel = fleetOptions.parallel();
  allowUnsafe = declare.behavior.flagOrText(
    '--allow-unsafe',
    'Allow running code or changing a node; =all-nodes: several nodes.',
    false,
    { completes: ['all-nodes'] },
  );
  output = declare.output.text(
    '-o,--output',
    'raw prints the body, json one list, ndjson a line of JSON per node.',
    { initial: responseFormats[0], completes: responseFormats },
  );
  showHeaders = declare.output.flag(
    '-i,--show-headers',
    'Also print the status line and headers, even for error responses.',
  );
  outputDir = declare.output.text('--output-dir', 'Folder for bodies, also of several paths.', {
    completes: 'folder',
    not: [headersOutside],
  });
  timing = declare.output.flag('--timing', 'Print how long each stage of the response took.');

  override offlineHint() {
    return { without: ['--selector'] };
  }

  override async execute(): Promise<number> {
    const [first, ...others] = this.endpoints;
    if (first === undefined)
      throw new UsageFailure('missing PATH', { hints: ['kubectl kubeletaccess endpoints'] });
    const settings = this.parseOptions(first, others);
    for (const [name, values] of Object.entries(settings.headers))
      if (!isHarmlessHeader(name))
        for (const value of [values].flat()) this.context.secrets.addAuthorization(value);
    if (!settings.printCurl) return exitCodeOf(await printResponses(settings, this));
    const { printCommands } = await import('./print-commands.ts');
    return exitCodeOf(await printCommands(settings, this));
  }

  private parseOptions(text: string, others: readonly string[]): CurlSettings {
    const { globals, given, data, serviceAccount, printCurl, timing } = this;
    // Parses PATH first. If PATH is a URL, it names a kubelet, and an error about a missing kubelet would mislead.
    const path = parsePath(text);
    const paths = [path, ...others.map(parsePath)];
    const method = requestMethod(this);
    const chosen = this.parseChoice(method, path);
    const { via, isFleet } = chosen;
    const headers = parseHeaders(this.headers);
    const isHead = method === 'HEAD';
    if (isHead && data.length > 0) throw notTogether('--request HEAD', '--data');
    const showHeaders = this.showHeaders || isHead;
    for (const each of paths) checkSafety(method, each, this.allowUnsafe, isFleet);
    const output = parseOutput(this.output, this.outputDir, isFleet);
    if (output.kind === 'files' && isHead)
      throw notTogether('--output-dir', '--request HEAD', headersOutside);
    if (!isFleet && isGiven(given, '--parallel'))
      throw new UsageFailure('--parallel is for several nodes');
    const retries = parseCount('--retry', this.retry, { least: 0, most: 1000 });
    checkRetries(retries, method, path);
    rejectOwnAuthorization(serviceAccount, headers);
    const options = [['--retry', retries > 0] as const, ['--print-curl', printCurl] as const];
    checkSeveral(paths, output, { method, options: [...options, ['--timing', timing]] });
    const isTimeoutGiven = isGiven(given, '--timeout');
    const limits = paths.map((each) => parseTimeout(this.timeout, method, each, isTimeoutGiven));
    const ownMs = isTimeoutGiven ? Math.max(...limits) : limits.reduce((sum, ms) => sum + ms, 0);
    const limitMs = via === 'direct' || isTimeoutGiven ? undefined : requestLimitOf(globals);
    return {
      ...{
        method,
        path,
        paths,
        headers,
        chosen,
        data,
        retries,
        output,
        printCurl,
        serviceAccount,
        timing,
      },
      ...{ timeoutMs: limitMs ?? ownMs, isTimeoutGiven },
      parallel: parseParallel(this.parallel),
      showHeaders,
    };
  }

  private parseChoice(method: string, path: string): FleetChoice {
    const options = { ...this, nodeSelector: this.selector };
    const via = parseVia(this, {
      isRead: isRead(method, path),
      hasOwnCredential: this.headers.some((header) => /^\s*authorization\s*:/i.test(header)),
    });
    checkChosen(options);
    return parseFleetChoice(options, [], { via, ...addressChoiceOf(this.globals) });
  }
}
