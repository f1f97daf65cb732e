/** For what the page finds out by itself. What the API says is shown in the API's own words. */
export const problems = {
  unreachable: 'Wellhead does not answer. Is it still running?',
  status: 'Wellhead answered with status {{status}}.',
  unknown: 'Something went wrong.',
}
