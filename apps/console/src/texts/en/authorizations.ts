/** An OAuth attempt, in words. */
export const authorizations = {
  opening: 'Opening {{source}} …',
  statuses: {
    pending: 'Waiting for you to give access at {{source}}, in the other window.',
    exchanging: '{{source}} gave access. Finishing the connection …',
    expired: 'This attempt took longer than ten minutes. Nothing was connected.',
    cancelled: 'You did not give access at {{source}}. Nothing was connected.',
    failed: 'The connection could not be made.',
  },
  connected: '“{{name}}” is connected.',
  connectedAgain: '“{{name}}” is authorized again.',
  openAgain: 'Open the window again',
  stop: 'Stop waiting',
  tryAgain: 'Try again',
  dismiss: 'Dismiss',
  list: 'Attempts to connect {{source}}',
}
