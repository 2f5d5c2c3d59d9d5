import { Failure } from '../../../errors.ts';
import { type Kubelet, longestErrorBody } from '../../../kube/kubelet-client/client.ts';
import { readChunks } from '../../../kube/kubelet-client/read-chunks.ts';
import { responseFailure } from '../../../kube/kubelet-client/response-failure.ts';
import type { HttpResponse, Request } from '../../../kube/transport/transport.ts';
import { escapeControl } from '../../../text/escape.ts';
import { joinWords } from '../../../text/list.ts';
import { splitLines } from '../../shared/logs/whole-lines.ts';
import { listFolder } from './ask-range.ts';
import { idleMs } from './poll.ts';

/** Kubelets end a query after 30 s: an answer that took this many ms may be cut off. */
const kubeletLimitMs = 29_500;

/** Limit in characters; by default, a line of the journal has at most 48 KiB. */
const longestLine = 4 * 1024 * 1024;

interface QueryAnswer {
  /** When the node answered, in ms since 1970. */
  readonly nowMs: number;
  /** Whole lines, as latin1 text. */
  readonly lines: AsyncIterable<string>;
  /** Called after the last line. `isCut`: the kubelet may have cut off the answer. `failure`: the body reports an error. */
  end(): Promise<{ readonly isCut: boolean; readonly failure: Failure | undefined }>;
}

export async function openQuery(
  kubelet: Kubelet,
  request: Request,
  signal: AbortSignal,
): Promise<QueryAnswer> {
  const headers = { ...request.headers, 'accept-encoding': 'identity' };
  const response = await kubelet.send({ ...request, headers });
  if (response.status >= 400)
    throw responseFailure(kubelet, request, await kubelet.read(response, longestErrorBody));
  return answerOf(kubelet, request, response, signal);
}

/** Yields the lines of a response. Throws after the last line if the response reports a failure or may be cut off. */
export async function* checkedQuery(
  kubelet: Kubelet,
  request: Request,
  response: HttpResponse,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void> {
  const { lines, end } = answerOf(kubelet, request, response, signal);
  for await (const text of lines) yield Buffer.from(text, 'latin1');
  const { isCut, failure } = await end();
  if (failure) throw failure;
  if (isCut)
    throw new Failure(`the ${kubelet.label} ended the query after 30s: lines may be missing`, {
      hints: ['ask for less: --since, --until, --tail or --grep'],
    });
}

function answerOf(
  kubelet: Kubelet,
  request: Request,
  response: HttpResponse,
  signal: AbortSignal,
): QueryAnswer {
  // If log queries are off, a kubelet sends the listing of /var/log.
  if (response.headers['content-type']?.startsWith('text/html')) {
    response.body.destroy();
    throw queriesAreOff(kubelet.label);
  }
  const date = Date.parse(response.headers.date ?? '');
  const filter = failureFilter();
  const start = performance.now();
  async function* lines() {
    let rest = '';
    for await (const chunk of readChunks(kubelet, response, { idleMs, signal })) {
      const [whole, more] = splitLines(rest + chunk.toString('latin1'));
      rest = more;
      if (rest.length > longestLine)
        throw new Failure(`the ${kubelet.label} answered with a line of more than 4 MiB`);
      const text = whole.map(filter.take).join('');
      if (text !== '') yield text;
    }
    const last = filter.take(rest) + filter.end();
    if (last !== '') yield last;
  }
  return {
    nowMs: Number.isNaN(date) ? Date.now() : date,
    lines: lines(),
    end: async () => {
      const { found } = filter;
      const isFailed = found.length > 0;
      // Kubelets do not check whether the service has a file.
      const names = found.some(isAboutFiles)
        ? await listFolder(kubelet, { ...request, path: '/logs/' })
        : [];
      return {
        isCut: !isFailed && performance.now() - start > kubeletLimitMs,
        failure: isFailed ? queryFailed(kubelet.label, request.path, found, names) : undefined,
      };
    },
  };
}

/**
 * A kubelet writes these failures into an answer with status 200, after an empty line. Source: kubernetes
 * `pkg/kubelet/kubelet_server_journal.go`.
 */
const failures =
  /^(?:log not found for [\w.:@-]+|error: journal output not available|error getting log for [\w.:@-]+: .*|context error: .*|failed to get (?:gzip writer|logging cmd): .*|options present and query resolved to log files for \[.*\])$/;

/** The kubelet adds this line after the failure `options present…`. */
const advice = 'try without specifying options';

/** Limit of collected failures. A query names at most four services. */
const mostFailures = 10;

/** Removes failures from the lines of an answer, and collects them. Each line has its line end, except for the last. */
export function failureFilter() {
  const found: string[] = [];
  let blank = '';
  return {
    found: found as readonly string[],
    /** Returns the text to print, without failures. Holds back an empty line until the next line, because a failure may follow. */
    take(line: string): string {
      const text = line.replace(/\n$/, '');
      if (failures.test(text) && blank !== '') {
        blank = '';
        if (found.length < mostFailures) found.push(text);
        return '';
      }
      if (text === advice && found.at(-1)?.startsWith('options present')) return '';
      const held = blank;
      blank = line === '\n' ? line : '';
      return blank === '' ? held + line : held;
    },
    /** Returns the empty line that `take` held back. */
    end: () => blank,
  };
}

const resolved =
  /^options present and query resolved to log files for \[(\w[\w.:@-]*(?: \w[\w.:@-]*)*)\]$/;

/** Whether a kubelet did not find services in the journal, and rejected the options before it searched for files of the services. */
function isAboutFiles(line: string): boolean {
  return resolved.test(line);
}

/** @param names the names in /var/log; not needed without a line that `isAboutFiles` */
function queryFailed(
  label: string,
  path: string,
  found: readonly string[],
  names: readonly string[],
): Failure {
  const services = found.flatMap((line) => resolved.exec(line)?.[1]?.split(' ') ?? []);
  const files = services.flatMap((service) => fileOf(service, names) ?? []);
  const missing = [
    ...found.flatMap((line) => /^log not found for (\w[\w.:@-]*)$/.exec(line)?.[1] ?? []),
    ...services.filter((service) => fileOf(service, names) === undefined),
  ];
  const whys = [
    ...(files.length > 0
      ? ['it logs to a file: only --tail, --grep and --follow apply, with --path']
      : []),
    ...(missing.length > 0
      ? [
          `neither the journal of the node nor its /var/log has a log of ${joinWords(missing, 'or')}: kubelets read no other logs`,
        ]
      : []),
  ];
  return new Failure(
    `the ${label} could not answer GET ${path}: ${found.map(escapeControl).join('; ')}`,
    {
      details: whys.map((text) => ({ label: 'why', text })),
      hints: [
        ...files.map((file) => `for the last lines of its file: --path ${file} --tail 100`),
        ...missing.map(
          (service) => `on the node, find its log: ls -l /proc/$(pgrep -xo ${service})/fd/2`,
        ),
      ],
    },
  );
}

/** Returns the file that a kubelet reads for a service. */
function fileOf(service: string, names: readonly string[]): string | undefined {
  if (names.includes(service)) return service;
  if (names.includes(`${service}.log`)) return `${service}.log`;
  return names.includes(`${service}/`) ? `${service}/${service}.log` : undefined;
}

function queriesAreOff(label: string): Failure {
  return new Failure(`the ${label} ignores log queries: it answered with the list of /var/log`, {
    details: {
      why: 'log queries are switched off on this kubelet, as they are by default',
      remedy:
        'set enableSystemLogHandler and enableSystemLogQuery to true in its KubeletConfiguration, before 1.36 also the feature gate NodeLogQuery',
    },
    hints: ['for a file under /var/log: --path FILE'],
  });
}
