import { Failure } from '../../../errors.ts';

/** A log that a terminal would take for commands. */
export class LogNotText extends Failure {
  constructor(label: string) {
    super(`the log of the ${label} is not text, and would garble the terminal`, {
      hints: ['redirect it to a file, or print it anyway: | cat'],
    });
  }
}
