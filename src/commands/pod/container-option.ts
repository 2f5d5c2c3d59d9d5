import { declare } from '../../cli/option.ts';

export const containerOption = () =>
  declare.selection.text(
    '-c,--container',
    'Container of the pod. Defaults to its only or default container.',
    '',
    { completes: 'container' },
  );
