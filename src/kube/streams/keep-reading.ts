import type { Duplex } from 'node:stream';

type Done = (error?: Error | null) => void;

/**
 * Node destroys a socket of which a write fails, and what has come and is not read yet is lost with it: the last output and the exit
 * code of a command that ended before it had read its input. So a failed write ends the sending alone: from then on, what is
 * written is dropped. Reading sees the end, or the reset, after all that came before it.
 */
export function keepReading(socket: Duplex): void {
  let isGone = false;
  const forgiving =
    (done: Done): Done =>
    (error) => {
      isGone ||= error != null;
      done();
    };
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  socket._write = (chunk, encoding, done) =>
    isGone ? done() : write(chunk, encoding, forgiving(done));
  if (writev)
    socket._writev = (chunks, done) => (isGone ? done() : writev(chunks, forgiving(done)));
}
