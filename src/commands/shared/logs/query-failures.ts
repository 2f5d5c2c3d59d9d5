import { Failure } from '../../../errors.ts';
import { escapeControl } from '../../../text/escape.ts';
import { joinWords } from '../../../text/list.ts';

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
export function isAboutFiles(line: string): boolean {
  return resolved.test(line);
}

/** @param names the names in /var/log; not needed without a line that `isAboutFiles` */
export function queryFailed(
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

/** Returns whether a response is the listing of /var/log, which a kubelet sends if log queries are off. */
export function isListing(contentType: string | undefined): boolean {
  return contentType?.startsWith('text/html') ?? false;
}

export function queriesAreOff(label: string): Failure {
  return new Failure(`the ${label} ignores log queries: it answered with the list of /var/log`, {
    details: {
      why: 'log queries are switched off on this kubelet, as they are by default',
      remedy:
        'set enableSystemLogHandler and enableSystemLogQuery to true in its KubeletConfiguration, before 1.36 also the feature gate NodeLogQuery',
    },
    hints: ['for a file under /var/log: --path FILE'],
  });
}
