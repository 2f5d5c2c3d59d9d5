import * as assert from 'uvu/assert';
import { openProgress } from '../../src/text/progress.ts';
import { suite } from '../kit/suite.ts';

function screen(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) };
}

suite('progress of a wait', (test) => {
  test('rewrites one line on a terminal and erases it at the end', () => {
    const terminal = screen(true);
    const progress = openProgress(terminal, 'waiting for kubelets');
    for (const done of [0, 9, 10]) progress.update(done, 10);
    progress.end();
    assert.equal(terminal.written, [
      '\rwaiting for kubelets: 0/10 nodes',
      '\rwaiting for kubelets: 9/10 nodes',
      '\rwaiting for kubelets: 10/10 nodes',
      `\r${' '.repeat('waiting for kubelets: 10/10 nodes'.length)}\r`,
    ]);
  });

  test('prints a line at the start and a line at the end if the output is not a terminal', () => {
    const file = screen(false);
    const progress = openProgress(file, 'waiting for kubelets');
    for (const done of [0, 1, 2, 3]) progress.update(done, 5);
    progress.end();
    assert.equal(file.written, [
      'waiting for kubelets: 0/5 nodes\n',
      'waiting for kubelets: 3/5 nodes\n',
    ]);
  });

  test('prints nothing for a wait that did not start', () => {
    for (const isTTY of [true, false]) {
      const nowhere = screen(isTTY);
      openProgress(nowhere, 'waiting for kubelets').end();
      assert.equal(nowhere.written, []);
    }
  });
});
