import { type Case, withFlags } from '../case.ts';

/** A server that never responds: only a timeout ends the request. */
const silent = { answers: { https: ['never'] } } as const;

export const requestTimeoutCases: readonly Case[] = [
  withFlags('--request-timeout=5s is fine', ['--request-timeout=5s']),
  withFlags('--request-timeout 5 is in seconds', ['--request-timeout', '5']),
  withFlags('--request-timeout=0 is no limit', ['--request-timeout=0']),
  withFlags('--request-timeout=1m30s is fine', ['--request-timeout=1m30s']),
  withFlags('--request-timeout=-1s is accepted', ['--request-timeout=-1s']),
  withFlags('--request-timeout=-1 is an error', ['--request-timeout=-1']),
  withFlags('an empty --request-timeout is no limit', ['--request-timeout=']),
  withFlags('--request-timeout=5x is an error', ['--request-timeout=5x']),
  withFlags('--request-timeout=1.5 is an error', ['--request-timeout=1.5']),
  withFlags('--request-timeout with a space is an error', ['--request-timeout=5 s']),
  withFlags('--request-timeout=+5s is fine', ['--request-timeout=+5s']),
  withFlags('--request-timeout=5us ends a request at once', ['--request-timeout=5us'], silent),
  withFlags(
    '--request-timeout ends the wait for a silent server',
    ['--request-timeout=1s'],
    silent,
  ),
  withFlags(
    '--request-timeout=1 ends the wait for a silent server after a second',
    ['--request-timeout=1'],
    silent,
  ),
];
