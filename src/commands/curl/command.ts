import { Command, Option } from 'clipanion';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { requestLimitOf } from '../../cli/connection.ts';
import { isTerminal } from '../../cli/is-terminal.ts';
import {
  addressTypesOf,
  kubeletPortOf,
  rejectKubeletCredential,
  rejectKubeletFlags,
} from '../../cli/kubelets.ts';
import { completing } from '../../cli/option.ts';
import { rejectOwnAuthorization, serviceAccountOption } from '../../cli/service-account.ts';
import { isHarmlessHeader } from '../../kube/transport/harmless-header.ts';
import { defaultLimits } from '../../kube/transport/limits.ts';
import { behaviorOptions, outputOptions, targetOptions } from './declarations.ts';
import { endpointCandidates } from './endpoint-candidates.ts';
import { logOptions } from './log-declarations.ts';
import { type CurlRequest, parseCurlOptions, withProfileTime } from './options.ts';
import { printAnswers } from './print-answers.ts';
import { withRequestBody } from './request-body.ts';
import { requestOptions } from './request-options.ts';
import { parseTargets } from './target.ts';
import { rejectUnprintable } from './unprintable-options.ts';
import { usage } from './usage.ts';
import { viewOptions } from './view-declarations.ts';
import { rejectWithoutPath } from './without-path.ts';

export class CurlCommand extends ClusterCommand {
  static override paths = [['curl']];
  static override usage = Command.Usage(usage);

  endpoint = completing(endpointCandidates, Option.String({ required: false, name: 'PATH' }));
  node = targetOptions.node();
  selector = targetOptions.selector();
  fieldSelector = targetOptions.fieldSelector();
  role = targetOptions.role();
  all = targetOptions.all();
  includeNames = targetOptions.includeNames();
  excludeNames = targetOptions.excludeNames();
  shard = targetOptions.shard();
  pod = targetOptions.pod();
  container = targetOptions.container();
  address = targetOptions.address();
  via = targetOptions.via();
  method = requestOptions.method();
  headers = requestOptions.headers();
  data = requestOptions.data();
  dataBinary = requestOptions.dataBinary();
  head = requestOptions.head();
  compressed = requestOptions.compressed();
  connectTimeout = requestOptions.connectTimeout();
  maxTime = requestOptions.maxTime();
  retry = requestOptions.retry();
  printCurl = requestOptions.printCurl();
  serviceAccount = serviceAccountOption();
  unit = logOptions.unit();
  since = logOptions.since();
  until = logOptions.until();
  tail = logOptions.tail();
  pattern = logOptions.pattern();
  boot = logOptions.boot();
  follow = logOptions.follow();
  previous = logOptions.previous();
  timestamps = logOptions.timestamps();
  pods = viewOptions.pods();
  containers = viewOptions.containers();
  volumes = viewOptions.volumes();
  quantiles = viewOptions.quantiles();
  series = viewOptions.series();
  diff = viewOptions.diff();
  compare = viewOptions.compare();
  filter = viewOptions.filter();
  by = viewOptions.by();
  sortBy = viewOptions.sortBy();
  top = viewOptions.top();
  chart = viewOptions.chart();
  noHeaders = viewOptions.noHeaders();
  labelColumns = viewOptions.labelColumns();
  showLabels = viewOptions.showLabels();
  watch = viewOptions.watch();
  interval = viewOptions.interval();
  timeout = behaviorOptions.timeout();
  parallel = behaviorOptions.parallel();
  failFast = behaviorOptions.failFast();
  noCache = behaviorOptions.noCache();
  allowUnsafe = behaviorOptions.allowUnsafe();
  allNodesUnsafe = behaviorOptions.allNodesUnsafe();
  output = outputOptions.output();
  showHeaders = outputOptions.showHeaders();
  prefix = outputOptions.prefix();
  template = outputOptions.template();
  outputDir = outputOptions.outputDir();
  timing = outputOptions.timing();
  forceTerminal = outputOptions.forceTerminal();

  override async execute(): Promise<number> {
    if (this.endpoint === undefined) {
      rejectWithoutPath(this.given);
      const { printEndpoints } = await import('./print-endpoints.ts');
      return printEndpoints(parseTargets(this, this.reaching()), this.serviceAccount, this);
    }
    const request = this.parseOptions(this.endpoint);
    this.addSecrets(request);
    return printAnswers(
      request,
      request.printCurl ? request : await withRequestBody(request, this.context),
      this.serviceAccount,
      this,
    );
  }

  private parseOptions(path: string): CurlRequest {
    const request = parseCurlOptions(path, this, this.reaching(), {
      nowMs: Date.now(),
      onTerminal: isTerminal(this.context.stdout),
    });
    if (request.printCurl) rejectUnprintable(this.given);
    rejectOwnAuthorization(this.serviceAccount, request.headers);
    const { via } = request.target;
    if (via === 'apiserver') rejectKubeletFlags(this.given, '--via apiserver');
    if (via === 'auto') rejectKubeletCredential(this.globals, '--via auto');
    // What may go to the API server has its limit, unless there is one for kubelets.
    const timeoutMs = via === 'direct' ? undefined : requestLimitOf(this.globals);
    const limited = { ...request, timeoutMs: request.timeoutMs ?? timeoutMs };
    return withProfileTime(limited, defaultLimits.answerMs);
  }

  private reaching() {
    return { types: addressTypesOf(this.globals), port: kubeletPortOf(this.globals) };
  }

  private addSecrets({ headers }: CurlRequest): void {
    for (const [name, values] of Object.entries(headers))
      if (!isHarmlessHeader(name))
        for (const value of [values].flat()) this.context.secrets.addAuthorization(value);
  }
}
