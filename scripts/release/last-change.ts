import { execFileSync } from 'node:child_process';
import { root } from '../paths.ts';

/** When the program or how it is built last changed: the same program has the same archives, whatever else was committed since. */
export function lastChange(): Date {
  const sources = ['src', 'scripts', 'package.json', 'package-lock.json', 'LICENSE'];
  const seconds =
    process.env['SOURCE_DATE_EPOCH'] ??
    execFileSync('git', ['log', '-1', '--format=%ct', '--', ...sources], {
      cwd: root,
      encoding: 'utf8',
    });
  return new Date(Number(seconds) * 1000);
}
