import { parseParallel } from '../../cli/fleet-options.ts';
import { parseOneOf } from '../../cli/parse-options.ts';
import { UsageFailure } from '../../errors.ts';
import type { LogOptions } from './logs/log-kinds.ts';
import { type LogRequest, parseLogOptions } from './logs/log-options.ts';
import { parseTemplate, type TextStyle } from './render-text.ts';
import { parseRequest, type RequestHead } from './request.ts';
import {
  checkRetries,
  parseSending,
  type RequestOptions,
  type Sending,
} from './request-options.ts';
import { parseTargets, type TargetOptions, type TargetRequest } from './target.ts';

export const outputs = ['raw', 'json', 'ndjson'] as const;

/** As they are given; empty if not given. */
export interface CurlOptions extends TargetOptions, RequestOptions, LogOptions {
  readonly headers: readonly string[];
  readonly allowUnsafe: boolean;
  readonly allNodesUnsafe: boolean;
  readonly showHeaders: boolean;
  readonly parallel: string;
  readonly failFast: boolean;
  readonly output: string;
  readonly prefix: string | boolean;
  readonly template: string;
  readonly outputDir: string;
  readonly timing: boolean;
  readonly forceTerminal: boolean;
}

/** What the command line asks for. */
export interface CurlRequest extends RequestHead, Sending {
  readonly target: TargetRequest;
  /** Whether status line and headers are printed. */
  readonly showHeaders: boolean;
  readonly parallel: number;
  readonly failFast: boolean;
  readonly output: CurlOutput;
  /** Whether it is printed how long the response took. */
  readonly timing: boolean;
  /** Whether a terminal gets a body that is not text. */
  readonly forceTerminal: boolean;
  /** What is asked for by log options; undefined without any. */
  readonly log: LogRequest | undefined;
}

/** `stream` is the body of one node, as it comes. */
export type CurlOutput =
  | { readonly kind: 'stream' | 'json' | 'ndjson' }
  | { readonly kind: 'text'; readonly style: TextStyle }
  | { readonly kind: 'files'; readonly folder: string };

export function parseCurlOptions(
  path: string,
  options: CurlOptions,
  reaching: Pick<TargetRequest, 'types' | 'port'>,
  nowMs: number,
): CurlRequest {
  const { head, failFast, timing, forceTerminal } = options;
  const sending = parseSending(options);
  const target = parseTargets(options, reaching);
  if (!target)
    throw new UsageFailure(
      'missing kubelet: use --node NAME, --selector LABELS, --all, --pod NAME or --address HOST',
      { hints: ['kubectl get nodes'] },
    );
  const { isFleet } = target;
  const request = parseRequest({
    ...options,
    method: head ? 'HEAD' : options.method,
    path,
    isFleet,
    hasBody: sending.data.length > 0,
    hasPod: target.targets.kind === 'pod',
  });
  const output = parseOutput(options, isFleet);
  if (sending.printCurl && /^(?:json|ndjson|files)$/.test(output.kind))
    throw new UsageFailure('--print-curl cannot be used with --output or --output-dir');
  if (output.kind === 'files' && (head || options.showHeaders))
    throw new UsageFailure(
      `${head ? '--head' : '--show-headers'} and --output-dir cannot be used together: the files hold bodies alone`,
      { hints: ['with headers, a line of JSON each: --show-headers -o ndjson'] },
    );
  checkRetries(sending.retries, request.method, request.path);
  const log = parseLogOptions(request.path, request.method, options, nowMs);
  if (log?.follow) checkFollow(output, options, sending);
  if (sending.printCurl && (log?.follow || log?.tail !== undefined))
    throw new UsageFailure(
      `--print-curl and --${log.follow ? 'follow' : 'tail'} cannot be used together: no single request does that`,
    );
  return {
    ...request,
    path: log?.path ?? request.path,
    log,
    ...sending,
    target,
    showHeaders: options.showHeaders || head,
    parallel: parseParallel(options.parallel),
    failFast,
    timing,
    forceTerminal,
    output,
  };
}

/** What never ends has no whole result, and is asked for again by itself. */
function checkFollow(output: CurlOutput, options: CurlOptions, sending: Sending): void {
  const isWithoutLines = output.kind === 'text' && output.style.template?.hasLine === false;
  const beside = {
    [`--output ${output.kind}`]: output.kind === 'json' || output.kind === 'ndjson',
    '--output-dir': output.kind === 'files',
    '--template without {line}': isWithoutLines,
    '--show-headers': options.showHeaders,
    '--max-time': sending.maxTimeMs !== undefined,
    '--retry': sending.retries > 0,
  };
  for (const [option, isGiven] of Object.entries(beside))
    if (isGiven) throw new UsageFailure(`--follow and ${option} cannot be used together`);
}

function parseOutput(options: CurlOptions, isFleet: boolean): CurlOutput {
  const { output, template, outputDir } = options;
  const format = parseOneOf('--output', output, outputs);
  const prefix = parseOneOf('--prefix', String(options.prefix), ['true', 'false']) === 'true';
  const others = [
    format !== 'raw' && `--output ${format}`,
    template !== '' && '--template',
    !prefix && '--prefix=false',
    outputDir !== '' && '--output-dir',
  ].filter((each) => each !== false);
  const [first, second] = others;
  if (second !== undefined)
    throw new UsageFailure(`${first} and ${second} cannot be used together`);
  if (outputDir !== '') return { kind: 'files', folder: outputDir };
  if (format !== 'raw') return { kind: format };
  if (!isFleet && template === '') return { kind: 'stream' };
  const style = { prefix, template: template === '' ? undefined : parseTemplate(template) };
  return { kind: 'text', style };
}
