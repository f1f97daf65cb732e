export const signIn = {
  title: 'Sign in',
  email: 'E-mail address',
  password: 'Password',
  action: 'Sign in',
  busy: 'Signing in …',
  wrong: 'This e-mail address and password do not belong together.',
  tooMany: 'Too many tries. Wait a minute, then try again.',
  failed: 'Wellhead answered with status {{status}}. Try again.',
  away: 'Wellhead does not answer. Is it still running?',
  noPassword:
    'No password yet? <code>wellhead start</code> prints a link that signs in once. If somebody invited you, open your invite link.',
  ended: 'Your session has ended. Sign in to go on.',
}
