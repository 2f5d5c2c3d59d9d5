import { parseParallel } from '../../cli/fleet-options.ts';
import { invalidValue, parseOneOf } from '../../cli/parse-options.ts';
import { UsageFailure } from '../../errors.ts';
import { type Profile, profileOf } from '../../kubelet/pprof.ts';
import { formatDuration, longestMs } from '../../text/duration.ts';
import { templateFormats } from '../../text/output-template.ts';
import { rowFormats } from '../../text/render-rows.ts';
import type { LogOptions } from './logs/log-kinds.ts';
import { type LogRequest, parseLogOptions } from './logs/log-options.ts';
import { parseTemplate, type TextStyle } from './render-text.ts';
import { isShortName, parseRequest, type RequestHead } from './request.ts';
import {
  checkRetries,
  parseSending,
  type RequestOptions,
  type Sending,
} from './request-options.ts';
import { parseTargets, type TargetOptions, type TargetRequest } from './target.ts';
import { chooseView, requestOfView, type ViewRequest } from './views/choose-view.ts';
import type { ViewOptions } from './views/view-options.ts';

const responseFormats = ['raw', 'ndjson', 'json'] as const;

/** What -o takes, for help and completion. */
export const outputs = [
  ...new Set([...responseFormats, ...rowFormats]),
  ...templateFormats.map((format) => `${format}=`),
] as const;

/** In ms, for one node of several. */
export const usualFleetTimeout = 30_000;

/** As they are given; empty if not given. */
export interface CurlOptions extends TargetOptions, RequestOptions, LogOptions, ViewOptions {
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
  readonly noCache: boolean;
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
  /** Whether the address of a node is looked up, also if it is known. */
  readonly noCache: boolean;
  /** What is asked for by log options; undefined without any. */
  readonly log: LogRequest | undefined;
  /** What is asked for of a profile; undefined of another response. */
  readonly profile: Profile | undefined;
}

/** `stream` is the body of one node, as it comes. */
export type CurlOutput =
  | { readonly kind: 'stream' | 'json' | 'ndjson' }
  | { readonly kind: 'text'; readonly style: TextStyle }
  | { readonly kind: 'view'; readonly rows: ViewRequest }
  | { readonly kind: 'files'; readonly folder: string }
  /** A file of the current folder for each node. */
  | { readonly kind: 'profile'; readonly profile: Profile };

interface Surroundings {
  /** The time that durations count from. */
  readonly nowMs: number;
  /** Whether stdout is a terminal. */
  readonly onTerminal: boolean;
}

export function parseCurlOptions(
  path: string,
  options: CurlOptions,
  reaching: Pick<TargetRequest, 'types' | 'port'>,
  { nowMs, onTerminal }: Surroundings,
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
  const [instead] = insteadOfView(options);
  const rows = chooseView(
    {
      ...request,
      isShortName: isShortName(path),
      output: options.output,
      isFleet,
      byAddress: target.targets.kind === 'addresses',
      hasReader: onTerminal && instead === undefined,
    },
    options,
  );
  if (rows && instead !== undefined)
    throw new UsageFailure(`${instead} cannot be used with a view`, {
      hints: ['print the response in place of a view: -o raw'],
    });
  if (rows?.readsTwice) checkInterval(rows.parameters.intervalMs, isFleet, sending);
  const profile = request.method === 'GET' ? profileOf(request.path) : undefined;
  const isSaved = onTerminal && options.output === '' && instead === undefined;
  const output: CurlOutput = rows
    ? { kind: 'view', rows }
    : profile && isSaved
      ? { kind: 'profile', profile }
      : parseOutput(options, isFleet);
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
  const sent = rows ? requestOfView(rows.view, request) : request;
  return {
    ...sent,
    path: log?.path ?? sent.path,
    log,
    profile,
    ...sending,
    target,
    showHeaders: options.showHeaders || head,
    parallel: parseParallel(options.parallel),
    failFast,
    timing,
    forceTerminal,
    noCache: options.noCache,
    output,
  };
}

/** Both responses are within the time limit of a node. */
function checkInterval(
  intervalMs: number,
  isFleet: boolean,
  { timeoutMs, maxTimeMs }: Sending,
): void {
  const limits = [
    ...(isFleet ? [['--timeout', timeoutMs ?? maxTimeMs ?? usualFleetTimeout] as const] : []),
    ...(maxTimeMs === undefined ? [] : [['--max-time', maxTimeMs] as const]),
  ];
  for (const [option, limitMs] of limits)
    if (intervalMs >= limitMs)
      throw new UsageFailure(
        `--interval ${formatDuration(intervalMs)} does not fit ${option} ${formatDuration(limitMs)}, which is for both responses of a node`,
        { hints: [`allow more time: ${option} ${formatDuration(intervalMs + limitMs)}`] },
      );
}

/**
 * The request with the time that a profile takes: the usual limit, in ms, counts from when it is measured. A limit that is given
 * must not end before.
 */
export function withProfileTime<
  Timed extends Pick<CurlRequest, 'profile' | 'timeoutMs' | 'maxTimeMs' | 'target'>,
>(request: Timed, usualTimeout: number): Timed {
  const { profile, timeoutMs, maxTimeMs, target } = request;
  if (!profile || profile.ms === 0) return request;
  const limits = { '--max-time': maxTimeMs, '--timeout': timeoutMs };
  for (const [option, limitMs = longestMs] of Object.entries(limits)) {
    if (limitMs > profile.ms) continue;
    const [limit, needed] = [limitMs, profile.ms].map(formatDuration);
    throw new UsageFailure(
      `a time limit of ${limit} is too short: the kubelet measures for ${needed} before it answers`,
      {
        hints: [
          `allow it more: ${option} ${formatDuration(profile.ms + usualFleetTimeout)}`,
          'or measure for less: ?seconds=5',
        ],
      },
    );
  }
  const usual = target.isFleet ? usualFleetTimeout : usualTimeout;
  return { ...request, timeoutMs: timeoutMs ?? profile.ms + usual };
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

/** Options that are about responses, so that a terminal gets no table instead. */
function insteadOfView(options: CurlOptions): readonly string[] {
  return Object.entries({
    '--template': options.template !== '',
    '--prefix=false': !parsePrefix(options),
    '--output-dir': options.outputDir !== '',
    '--show-headers': options.showHeaders,
    '--head': options.head,
    '--timing': options.timing,
    '--force-terminal': options.forceTerminal,
    '--print-curl': options.printCurl,
    '--follow': options.follow,
  }).flatMap(([option, isGiven]) => (isGiven ? [option] : []));
}

function parsePrefix({ prefix }: Pick<CurlOptions, 'prefix'>): boolean {
  return parseOneOf('--prefix', String(prefix), ['true', 'false']) === 'true';
}

function parseOutput(options: CurlOptions, isFleet: boolean): CurlOutput {
  const { output, template, outputDir } = options;
  const format = responseFormats.find((each) => each === (output || 'raw'));
  if (!format) throw invalidValue('--output', output, outputs);
  const prefix = parsePrefix(options);
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
