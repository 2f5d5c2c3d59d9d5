import type { GivenOption } from '../../cli/argv.ts';
import { declare } from '../../cli/option.ts';
import { parseCount, parseOneOf, parsePositiveDuration } from '../../cli/parse-options.ts';
import { UsageFailure } from '../../errors.ts';
import { unsafeEndpoint } from '../../kubelet/unsafe-request.ts';
import type { GivenData } from './request-body.ts';

/** How the request looks: as curl has these options. */
export const requestOptions = {
  method: () =>
    declare.request.text('-X,--request', 'HTTP method. Defaults to GET, or POST with --data.', '', {
      completes: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    }),
  headers: () =>
    declare.request.list('-H,--header', 'Header to send, as "Name: value". Can be repeated.'),
  data: () =>
    declare.request.list(
      '-d,--data',
      'Body to send. @FILE reads a file without its line ends, @- standard input. Several are joined by &.',
      { completes: '@file' },
    ),
  dataBinary: () =>
    declare.request.list(
      '--data-binary',
      'Body to send, as with --data, but @FILE and @- keep line ends.',
      { completes: '@file' },
    ),
  head: () => declare.request.flag('-I,--head', 'Send HEAD, and print status line and headers.'),
  compressed: () =>
    declare.request.flag('--compressed', 'Ask for a compressed response, and decode it.'),
  connectTimeout: () =>
    declare.request.text(
      '--connect-timeout',
      'Time limit for connection and TLS handshake. Defaults to 10s.',
    ),
  maxTime: () =>
    declare.request.text(
      '--max-time',
      'Time limit of one node from the start to the end of its response, with all retries.',
    ),
  retry: () =>
    declare.request.text(
      '--retry',
      'How many times to send the request again if the connection fails or the status is 408, 429, 500, 502, 503 or 504. Waits 1s, then 2s, 4s and so on, or as long as Retry-After says. Not for POST and PATCH.',
      '0',
    ),
  printCurl: () =>
    declare.request.flagOrText(
      '--print-curl',
      'Send nothing, and print a curl command for bash, which reads secrets from the kubeconfig. --print-curl=files writes them to private files.',
      '',
      { completes: ['files'] },
    ),
};

/** As they are given; empty if not given. */
export interface RequestOptions {
  readonly method: string;
  readonly given: readonly GivenOption[];
  readonly head: boolean;
  readonly compressed: boolean;
  readonly timeout: string;
  readonly connectTimeout: string;
  readonly maxTime: string;
  readonly retry: string;
  readonly printCurl: string | boolean;
}

/** How a request is sent, whatever it is. */
export interface Sending {
  /** What `-d` and `--data-binary` give, in their order; empty if there is no body. */
  readonly data: readonly GivenData[];
  readonly compressed: boolean;
  readonly retries: number;
  /** In ms; undefined for the default. */
  readonly timeoutMs: number | undefined;
  readonly connectMs: number | undefined;
  readonly maxTimeMs: number | undefined;
  /** Whether a command is printed in place of the request, and where it has its secrets from. */
  readonly printCurl: 'kubeconfig' | 'files' | undefined;
}

export function parseSending(options: RequestOptions): Sending {
  const { timeout, connectTimeout, maxTime, retry, printCurl } = options;
  const data = dataOf(options.given);
  if (options.head && data.length > 0)
    throw new UsageFailure('--head and --data cannot be used together');
  if (options.head && !/^(?:head)?$/i.test(options.method))
    throw new UsageFailure('--head and --request cannot be used together');
  const limit = (flag: string, text: string) =>
    text === '' ? undefined : parsePositiveDuration(flag, withUnit(text));
  return {
    data,
    compressed: options.compressed,
    retries: parseCount('--retry', retry, { least: 0, most: 1000 }),
    timeoutMs: limit('--timeout', timeout),
    connectMs: limit('--connect-timeout', connectTimeout),
    maxTimeMs: limit('--max-time', maxTime),
    printCurl: parsePrintCurl(printCurl),
  };
}

/** A request whose answer was lost may have taken effect: only what has the same effect twice is sent again. */
export function checkRetries(retries: number, method: string, path: string): void {
  if (retries === 0) return;
  // Source: RFC 9110, section 9.2.2.
  const isIdempotent = /^(?:GET|HEAD|OPTIONS|PUT|DELETE|TRACE)$/.test(method);
  if (isIdempotent && unsafeEndpoint(method, path)?.effect !== 'acts') return;
  throw new UsageFailure(
    `--retry cannot be used with ${method} ${path}: a request that seems to fail may have run, and would run twice`,
  );
}

/** clipanion keeps each option by itself, and their order counts. */
function dataOf(given: readonly GivenOption[]): readonly GivenData[] {
  return given.flatMap(({ option: { name }, value = '' }) =>
    name === '--data' || name === '--data-binary' ? [{ flag: name, value }] : [],
  );
}

/** To curl, `.5` is half a second. */
function withUnit(text: string): string {
  return /^\d*\.\d+$/.test(text) ? `${text}s` : text;
}

function parsePrintCurl(value: string | boolean): Sending['printCurl'] {
  if (value === '' || value === false) return undefined;
  return value === true ? 'kubeconfig' : parseOneOf('--print-curl', value, ['files'] as const);
}
