import { parseParallel } from '../../cli/fleet-options.ts';
import type { TargetRequest } from '../../cli/node-options.ts';
import { parseCount, parseOneOf, parsePositiveDuration } from '../../cli/parse-options.ts';
import { notTogether, UsageFailure } from '../../errors.ts';
import { pprofProfileOf } from '../../kubelet/pprof.ts';
import { unsafeEndpoint } from '../../kubelet/unsafe-request.ts';
import { formatDuration } from '../../text/duration.ts';
import { joinWords } from '../../text/list.ts';
import { methodOf, parseRequest, type RequestHead, type RequestOptions } from './request.ts';

export const responseFormats = ['raw', 'json', 'ndjson'] as const;

/** As they are given; empty if not given. */
interface CurlOptions
  extends Pick<CurlRequest, 'data' | 'printCurl' | 'serviceAccount' | 'showHeaders' | 'timing'>,
    Pick<RequestOptions, 'method' | 'headers' | 'allowUnsafe' | 'allNodesUnsafe'> {
  readonly head: boolean;
  readonly retry: string;
  readonly timeout: string;
  readonly parallel: string;
  readonly output: string;
  readonly outputDir: string;
}

export interface CurlRequest extends RequestHead {
  readonly target: TargetRequest;
  /** Values of `-d`, in order; empty without a body. */
  readonly data: readonly string[];
  readonly retries: number;
  readonly printCurl: boolean;
  /** Empty for the caller's own credential. */
  readonly serviceAccount: string;
  /** In ms, of one node, from start to end; of one node alone without --timeout, until its response begins. */
  readonly timeoutMs: number;
  readonly isTimeoutGiven: boolean;
  readonly parallel: number;
  /** Whether status line and headers are printed. */
  readonly showHeaders: boolean;
  readonly output: CurlOutput;
  /** Whether it is printed how long the response took. */
  readonly timing: boolean;
}

/** `stream` is the body of one node, as it comes; `text` those of several, each line after the name of its node. */
type CurlOutput =
  | { readonly kind: 'stream' | 'text' | 'json' | 'ndjson' }
  | { readonly kind: 'files'; readonly folder: string };

/**
 * @param path as `parsePath` reads it
 * @param isGiven whether an option stands on the command line
 */
export function parseCurlOptions(
  path: string,
  options: CurlOptions,
  target: TargetRequest,
  isGiven: (name: string) => boolean,
): CurlRequest {
  const { head, showHeaders, data } = options;
  const { isFleet } = target;
  if (head && data.length > 0) throw notTogether('--head', '--data');
  if (head && !/^(?:head)?$/i.test(options.method)) throw notTogether('--head', '--request');
  const request = parseRequest({
    ...options,
    method: methodOf(options),
    path,
    isFleet,
  });
  const output = parseOutput(options, isFleet);
  if (output.kind === 'files' && (head || showHeaders))
    throw notTogether('--output-dir', head ? '--head' : '--show-headers', {
      why: 'the files hold bodies alone',
      hints: ['with headers, a line of JSON for each node: --show-headers -o ndjson'],
    });
  if (!isFleet && isGiven('--parallel')) throw new UsageFailure('--parallel is for several nodes');
  const retries = parseCount('--retry', options.retry, { least: 0, most: 1000 });
  checkRetries(retries, request);
  return {
    ...request,
    ...{ target, data, retries, output },
    printCurl: options.printCurl,
    serviceAccount: options.serviceAccount,
    timeoutMs: parseTimeout(options.timeout, request, isGiven('--timeout')),
    isTimeoutGiven: isGiven('--timeout'),
    parallel: parseParallel(options.parallel),
    showHeaders: showHeaders || head,
    timing: options.timing,
  };
}

/** A request whose answer was lost may have taken effect: only idempotent requests are sent again. */
function checkRetries(retries: number, { method, path }: RequestHead): void {
  if (retries === 0) return;
  // Source: RFC 9110, section 9.2.2.
  const isIdempotent = /^(?:GET|HEAD|OPTIONS|PUT|DELETE|TRACE)$/.test(method);
  if (isIdempotent && unsafeEndpoint(method, path)?.effect !== 'acts') return;
  throw new UsageFailure(
    `--retry cannot be used with ${method} ${path}: a request that seems to fail may have run, and would run twice`,
  );
}

/** To curl, `.5` is half a second. A profile takes the time that it measures besides. */
function parseTimeout(text: string, { method, path }: RequestHead, isGiven: boolean): number {
  const ms = parsePositiveDuration('--timeout', /^\d*\.\d+$/.test(text) ? `${text}s` : text);
  const measuredMs = method === 'GET' ? (pprofProfileOf(path)?.ms ?? 0) : 0;
  if (!isGiven) return ms + measuredMs;
  if (ms > measuredMs) return ms;
  const [limit, needed] = [ms, measuredMs].map(formatDuration);
  throw new UsageFailure(
    `--timeout ${limit} is too short: the kubelet measures for ${needed} before it answers`,
    {
      hints: [
        `--timeout ${formatDuration(measuredMs + 30_000)}`,
        'or measure for less: ?seconds=5',
      ],
    },
  );
}

function parseOutput({ output, outputDir }: CurlOptions, isFleet: boolean): CurlOutput {
  const tables = /^(?:table|wide|csv|yaml|name|prometheus|(?:jsonpath|custom-columns)(?:=.*)?)$/s;
  if (tables.test(output))
    throw new UsageFailure(`curl prints responses, not --output ${output.split('=')[0]}`, {
      hints: ['tables: kubectl kubeletaccess top, get, diff and metrics'],
    });
  if (!(responseFormats as readonly string[]).includes(output) && /[./]|^[A-Z]|\w{9}/.test(output))
    throw new UsageFailure(`curl --output takes ${joinWords(responseFormats, 'or')}, not a file`, {
      hints: ['write the body of one node: > FILE', 'a file for each node: --output-dir DIR'],
    });
  const format = parseOneOf('--output', output, responseFormats);
  if (outputDir !== '') {
    if (format !== 'raw') throw notTogether(`--output ${format}`, '--output-dir');
    return { kind: 'files', folder: outputDir };
  }
  if (format !== 'raw') return { kind: format };
  return { kind: isFleet ? 'text' : 'stream' };
}
