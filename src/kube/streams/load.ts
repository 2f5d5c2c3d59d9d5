import type * as libraries from './libraries.ts';

type StreamLibraries = typeof libraries;

/** What only streams need. It is evaluated when it is first called for. */
export function loadLibraries(): Promise<StreamLibraries> {
  return import('./libraries.ts');
}
