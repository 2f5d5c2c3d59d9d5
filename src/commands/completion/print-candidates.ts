import type { Catalog } from '../../cli/argv.ts';
import { writeOutput } from '../../cli/write-output.ts';
import type { Context } from '../../context.ts';
import { exitCodes } from '../../errors.ts';
import { openNames } from './gather-names.ts';
import { makeOffer, noOffer, type Offer, renderOffer } from './offer.ts';
import { findPosition } from './position.ts';

/** In ms: who presses a key waits no longer. */
const limitMs = 1500;

/**
 * `__complete WORD…`, which shells call: prints what the last word can be. Never fails: a message would stand in the prompt. Its
 * context must not show what is written to standard error.
 */
export async function printCandidates(
  words: readonly string[],
  catalog: Catalog,
  context: Context,
): Promise<number> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(limitMs)]);
  const limited = Object.create(context, { signal: { value: signal } }) as Context;
  await writeOutput(context, renderOffer(await offerFor(words, catalog, limited)));
  return exitCodes.ok;
}

async function offerFor(
  words: readonly string[],
  catalog: Catalog,
  context: Context,
): Promise<Offer> {
  try {
    const position = await findPosition(words, catalog);
    return await makeOffer(position, openNames({ globals: position.globals, context }, limitMs));
  } catch {
    return noOffer;
  }
}
