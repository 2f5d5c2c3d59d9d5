import { declare } from '../../cli/option.ts';

/** Which part of which log. */
export const logOptions = {
  unit: () =>
    declare.logs.list(
      '--unit',
      'With PATH logs, service whose journal to query, such as kubelet. Can be repeated.',
      { completes: ['kubelet', 'containerd', 'crio'] },
    ),
  since: () =>
    declare.logs.textIfGiven(
      '--since',
      'Only what is newer than a duration, such as 5m, or a time, such as 2026-01-02T15:04:05Z.',
    ),
  until: () =>
    declare.logs.textIfGiven(
      '--until',
      'With --unit, only what is older than a duration or a time.',
    ),
  tail: () => declare.logs.textIfGiven('--tail', 'Only so many last lines.'),
  pattern: () =>
    declare.logs.textIfGiven(
      '--pattern',
      'With --unit, only what matches this regular expression, which the node reads (PCRE2, or PowerShell).',
    ),
  boot: () =>
    declare.logs.textIfGiven(
      '--boot',
      'With --unit, only this boot of the node: 0 for the current one, --boot=-1 for the one before.',
    ),
  follow: () =>
    declare.logs.flag(
      '-f,--follow',
      'Print what is added to the log as it comes: to the journal, to a file /logs/FILE also through its rotations, or to containerLogs until the container ends.',
    ),
  previous: () =>
    declare.logs.flag(
      '-p,--previous',
      'With PATH containerLogs, print the log of the previous instance of the container.',
    ),
  timestamps: () =>
    declare.logs.flag('--timestamps', 'With PATH containerLogs, begin each line with its time.'),
};
