import { setFlagsFromString } from 'node:v8'

/**
 * To be called before anything large is loaded. On a machine with much memory V8 lets the young generation grow to well over a hundred
 * megabytes before it looks for what is dead; what streams needs no such room.
 * https://nodejs.org/api/cli.html#--max-semi-space-sizesize-in-mib
 */
export function keepYoungGenerationSmall(): void {
  // The maximum is taken at the start of the process; the factor by which it grows towards it is read each time.
  setFlagsFromString('--semi-space-growth-factor=1')
}
