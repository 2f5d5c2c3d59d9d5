import { Readable } from 'node:stream';
import type { KubeletAnswer } from './kubelet-answer.ts';

interface Line {
  readonly at: Date;
  readonly text: string;
}

/** A container log that a test ends. */
export class ContainerLog {
  readonly #lines: Line[];
  readonly #followers = new Set<(line: Line | undefined) => void>();
  #hasEnded = false;

  constructor(...lines: readonly (string | Line)[]) {
    this.#lines = lines.map((line) =>
      typeof line === 'string' ? { at: new Date(), text: line } : line,
    );
  }

  append(text: string): void {
    const line = { at: new Date(), text };
    this.#lines.push(line);
    for (const follow of this.#followers) follow(line);
  }

  /** Ends the log and the requests that follow it, as when the container exits. */
  end(): void {
    this.#hasEnded = true;
    for (const follow of this.#followers) follow(undefined);
  }

  /** Calls `write` with each new line. Returns a function that stops the calls. */
  follow(write: (line: string) => void): () => void {
    const follow = (line: Line | undefined) => line && write(`${line.text}\n`);
    this.#followers.add(follow);
    return () => this.#followers.delete(follow);
  }

  /** The number of requests that follow the log now. */
  get followers(): number {
    return this.#followers.size;
  }

  answer(query: URLSearchParams): KubeletAnswer {
    const seconds = query.get('sinceSeconds');
    const time = query.get('sinceTime');
    const tail = query.get('tailLines') ?? query.get('tail');
    const since =
      seconds === null ? Date.parse(time ?? '1970-01-01Z') : Date.now() - Number(seconds) * 1000;
    const lines = this.#lines.filter(({ at }) => at.getTime() >= since);
    const shown =
      tail === null || tail === 'all' ? lines : lines.slice(lines.length - Number(tail));
    const format = ({ at, text }: Line) =>
      `${isOn(query.get('timestamps')) ? `${at.toISOString().replace('Z', '000000Z')} ` : ''}${text}\n`;
    if (!isOn(query.get('follow')) || this.#hasEnded)
      return { status: 200, headers: {}, body: shown.map(format).join('') };
    const follow = (line: Line | undefined) => stream.push(line ? format(line) : null);
    const stream: Readable = new Readable({
      read() {},
      destroy: (error, done) => {
        this.#followers.delete(follow);
        done(error);
      },
    });
    this.#followers.add(follow);
    for (const line of shown) follow(line);
    return { status: 200, headers: {}, stream };
  }
}

/** Answers `/containerLogs/…` with the errors of a kubelet. */
export function answerLog(
  logOf: (previous: boolean) => ContainerLog | undefined,
  {
    pod,
    container,
    query,
  }: { readonly pod: string; readonly container: string; readonly query: URLSearchParams },
): KubeletAnswer {
  const invalid = { status: 422, headers: {}, body: '{"message": "Invalid request."}' };
  const seconds = query.get('sinceSeconds');
  const tail = query.get('tailLines') ?? query.get('tail');
  if (seconds !== null && (query.has('sinceTime') || Number(seconds) < 1)) return invalid;
  if (tail !== null && tail !== 'all' && Number(tail) < 0) return invalid;
  const log = logOf(isOn(query.get('previous')));
  if (log) return log.answer(query);
  return {
    status: 400,
    headers: {},
    body: `previous terminated container "${container}" in pod "${pod}" not found`,
  };
}

/** Go decodes every value except false and 0 as true. */
function isOn(value: string | null): boolean {
  return value !== null && value !== 'false' && value !== '0';
}
