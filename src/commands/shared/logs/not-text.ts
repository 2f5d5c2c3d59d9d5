import { Failure } from '../../../errors.ts';

export function logNotText(label: string): Failure {
  return new Failure(`the log of the ${label} is not text, and would garble the terminal`, {
    kind: 'not text',
    hints: ['redirect it to a file, or print it anyway: | cat'],
  });
}
