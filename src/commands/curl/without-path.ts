import type { GivenOption } from '../../cli/argv.ts';
import { optionGroups } from '../../cli/option.ts';
import { UsageFailure } from '../../errors.ts';

/** Of one node, the list of endpoints says what this account may do. */
const listing = '--as-serviceaccount';

const aboutRequests: readonly string[] = optionGroups.filter((group) => group !== 'Selection');

/** Throws for an option that is about a request, and would be without effect where endpoints are listed. */
export function rejectWithoutPath(given: readonly GivenOption[]): void {
  const needing = given.find(
    ({ option: { group, name } }) => aboutRequests.includes(group) && name !== listing,
  );
  if (needing)
    throw new UsageFailure(`missing PATH: ${needing.option.name} needs one`, {
      hints: ['kubectl kubeletaccess curl lists the paths'],
    });
}
