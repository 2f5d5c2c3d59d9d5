import { Failure } from '../../../errors.ts';
import { escapeControl } from '../../../text/escape.ts';

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

export function queryFailed(label: string, path: string, found: readonly string[]): Failure {
  const lines = found.map(escapeControl).join('; ');
  const files = found.flatMap(
    (line) =>
      /^options present and query resolved to log files for \[(.*)\]$/
        .exec(line)?.[1]
        ?.split(' ') ?? [],
  );
  return new Failure(`the ${label} could not answer GET ${path}: ${lines}`, {
    details:
      files.length > 0
        ? {
            why: 'the journal has no such unit, or it logs to files, for which there are no log options',
          }
        : [],
    hints: files.flatMap((name) => [
      `for the last lines of its file: --path ${name}.log --tail 100 (or --path ${name}, --path ${name}/${name}.log)`,
    ]),
  });
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
