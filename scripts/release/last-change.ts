import { execFileSync } from 'node:child_process';
import { root } from '../paths.ts';

/** Returns the time when the program or its build scripts last changed. Later commits to other files do not change the archives. */
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
