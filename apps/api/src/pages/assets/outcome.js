// Follows an authorization until it has an outcome, then tells the console's other tabs.
const { id, status, connection } = document.body.dataset
const settled = status !== 'pending' && status !== 'exchanging'

if (settled) {
  const channel = new BroadcastChannel('wellhead')
  channel.postMessage({ type: 'authorization', id, status, connection_id: connection || null })
  channel.close()
} else {
  const events = new EventSource(`/oauth/outcome/${encodeURIComponent(id)}/events`)
  events.addEventListener('settled', () => {
    events.close()
    location.reload()
  })
}
